//! Webhook bytes to verified, normalised events.
//!
//! Every storefront is one module of the same shape: `verify` proves that the storefront wrote a [`Delivery`], `parse`
//! reads what `verify` returned and nothing else, and `sign` signs as the storefront would, for a local run. The type
//! that stands between the two is the module's own `Verified`, which nothing else makes: a body that was not proven,
//! or was proven by another storefront's rules, cannot be read. [`adapter`] chooses the module by the kind that a source
//! has in `shop.toml`.
//!
//! Some storefronts send no more than the id of what changed. It is then fetched by somebody else, and `entity` reads
//! what came.
//!
//! ```
//! use storefront::{Delivery, Parsed, Secrets, shopify};
//!
//! let secrets = Secrets::new(["the app's client secret"])?;
//! let body = br#"{"customer_id": 7, "email_address": "ada@example.com", "email_marketing_consent": {"state": "pending"}}"#;
//! let signature = shopify::sign(body, &secrets);
//! let headers = [("x-shopify-hmac-sha256", signature.as_str()), ("x-shopify-topic", shopify::CONSENT_TOPIC)];
//!
//! let verified = shopify::verify(&Delivery::new(headers, body), &secrets)?;
//! let source = retention::ids::SourceName::parse("shopify")?;
//! let parsed = shopify::parse(&verified, &source, retention::Time::UNIX_EPOCH)?;
//! assert!(matches!(parsed, Parsed::Event(event) if event.statements.is_empty()), "`pending` says nothing yet");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate is pure: no clock, no environment, no input or output. Its errors are one line each and repeat nothing of
//! what they stumbled on, so that they may be logged: no secret, no address, no name.

pub mod adapter;
mod amount;
mod app;
pub mod bigcommerce;
mod body;
mod delivery;
pub mod ecwid;
mod gone;
mod heard;
mod link;
mod list;
mod moment;
mod object;
mod parsed;
mod person;
mod product;
mod scalar;
mod secrets;
pub mod shopify;
mod signature;
pub mod standard;
mod standard_webhooks;
mod unreadable;
mod variant;
pub mod woocommerce;

pub use app::App;
pub use body::{MAX_BYTES, MAX_DEPTH};
pub use delivery::Delivery;
pub use parsed::{Parsed, Request};
pub use retention::fetch::{Fetch, FetchKind};
pub use secrets::{BadSecrets, Secrets};
pub use signature::Unverified;
pub use unreadable::Unreadable;
