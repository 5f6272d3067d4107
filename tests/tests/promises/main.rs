//! The promises of the README, each kept by a test named as the promise is.

mod bad_webhooks;
mod erasing;
mod identity;
mod importing;
mod leaving;
mod orders_become_letters;
mod planning;
mod sources;
