//! The clients against a program on this machine that answers as the storefronts' documentation says they do.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod bigcommerce;
mod ecwid;
mod limits;
mod refusals;
mod shopify;
mod vendor;
mod webhooks;
mod woocommerce;
