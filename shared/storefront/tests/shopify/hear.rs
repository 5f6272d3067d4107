//! The verbs of these tests: change a body, deliver it, and take what came out apart.

use retention::event::{Entity, Event};
use retention::ids::SourceName;
use retention::{Order, Time};
use serde_json::Value;
use storefront::{Delivery, Parsed, Secrets, Unreadable, shopify};

pub(crate) use crate::edit::{with, without};

pub(crate) const ORDER: &str = include_str!("../fixtures/order.json");
pub(crate) const CUSTOMER: &str = include_str!("../fixtures/customer.json");
pub(crate) const OLD_CUSTOMER: &str = include_str!("../fixtures/old_customer.json");
pub(crate) const CONSENT: &str = include_str!("../fixtures/consent.json");

pub(crate) const SECRET: &str = "a client secret of 32 characters";

pub(crate) const ORDER_TOPICS: [&str; 5] =
    ["orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/fulfilled"];
pub(crate) const CUSTOMER_TOPICS: [&str; 2] = ["customers/create", "customers/update"];

pub(crate) fn secrets() -> Secrets {
    Secrets::new([SECRET]).expect("a secret")
}

pub(crate) fn source() -> SourceName {
    SourceName::parse("shopify").expect("a name")
}

pub(crate) fn time(text: &str) -> Time {
    text.parse().expect("a time")
}

pub(crate) fn heard_at() -> Time {
    time("2026-04-02T00:00:00Z")
}

/// Signs a body, verifies it and reads it.
pub(crate) fn hear(topic: &str, body: &[u8]) -> Result<Parsed, Unreadable> {
    let signature = shopify::sign(body, &secrets());
    let headers = [(shopify::SIGNATURE_HEADER, signature.as_str()), (shopify::TOPIC_HEADER, topic)];
    let verified = shopify::verify(&Delivery::new(headers, body), &secrets()).expect("a signature");
    shopify::parse(&verified, &source(), heard_at())
}

pub(crate) fn event(topic: &str, body: &str) -> Event {
    match hear(topic, body.as_bytes()) {
        Ok(Parsed::Event(event)) => *event,
        other => panic!("not an event: {other:?}"),
    }
}

pub(crate) fn order_of(event: Event) -> Order {
    match event.entity {
        Entity::Order(order) => *order,
        other => panic!("not an order: {other:?}"),
    }
}

/// The order in the fixture with some fields changed.
pub(crate) fn order(fields: Value) -> Order {
    order_of(event("orders/updated", &with(ORDER, fields)))
}

/// Why the order in the fixture with some fields changed is unreadable, in its one line.
pub(crate) fn mistake(topic: &str, body: &str) -> String {
    match hear(topic, body.as_bytes()) {
        Err(error) => error.to_string(),
        Ok(other) => panic!("readable: {other:?}"),
    }
}
