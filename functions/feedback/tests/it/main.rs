//! Feedback against the embedded engine: what each event of SES does to the ledger, the person and the address.

mod bench;
mod bounces;
mod breaker;
mod envelopes;
mod orders_of_arrival;
mod settling;
