//! REST clients of the storefronts: what a webhook only names is fetched here, and what no webhook brought is listed.
//!
//! A [`Client`] speaks to one store. Its host is fixed by the kind of storefront (a WooCommerce shop's own configured
//! address), redirects are not followed, ids are checked before they enter a path, and there is a limit on everything: ten
//! seconds for an answer, six megabytes for a body, three tries within thirty seconds for one question.
//!
//! What comes back are bodies in the form that `storefront::adapter::entity` reads. Where a storefront keeps the parts of
//! one thing in several places, they are asked for one after the other and put beside each other in one object.
//!
//! Errors are one line each: what happened, where (host and kind of path, never an id or a token) and what to do.

mod access;
mod bigcommerce;
mod client;
mod codes;
mod cursor;
mod ecwid;
mod error;
mod head;
mod http;
mod object;
mod page;
mod patience;
mod retry_after;
mod shopify;
mod subscriptions;
mod woocommerce;

pub use access::{Access, BadAccess};
pub use client::{Client, Fetched};
pub use codes::{MAX_CODES, Terms};
pub use cursor::{Cursor, NotACursor};
pub use error::SourceError;
pub use http::MAX_BYTES;
pub use page::Page;
pub use patience::{Patience, Waits};
pub use subscriptions::Subscriptions;
