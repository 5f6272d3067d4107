//! The store against an engine that others wrote: the embedded one, or whichever `AWS_ENDPOINT_URL_DYNAMODB` names.

mod codes;
mod customers;
mod index;
mod kept;
mod ledger;
mod orders_to_come;
mod pacing;
mod products;
mod release;
mod suppressing;

use cloud::store::Write;
use retention::flow::Class;
use retention::{Customer, Send, Time};

/// A moment of the tests.
pub(crate) fn at(second: i64) -> Time {
    Time::from_timestamp(1_772_000_000 + second, 0).expect("a time")
}

/// A write of a new customer and nothing else.
pub(crate) fn newcomer(customer: &Customer) -> Write<'_> {
    Write { exact: true, ..Write::new(None, customer) }
}

/// A planned send of a customer.
pub(crate) fn send_of(customer: &Customer, occasion: &str) -> Send {
    testkit::people::planned(customer, occasion, Class::Marketing, 28, at(0))
}
