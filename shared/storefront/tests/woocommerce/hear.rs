//! The verbs of these tests: change a body, deliver it, and take what came out apart.

use retention::event::{Entity, Event};
use retention::ids::SourceName;
use retention::{Order, Time};
use serde_json::Value;
use storefront::woocommerce::{self, Keys};
use storefront::{Delivery, Parsed, Unreadable};

pub(crate) use crate::edit::{with, without};

pub(crate) const ORDER: &str = include_str!("../fixtures/woocommerce/order.json");
pub(crate) const CUSTOMER: &str = include_str!("../fixtures/woocommerce/customer.json");

pub(crate) const SECRET: &str = "a webhook secret somebody typed";

pub(crate) const ORDER_TOPICS: [&str; 3] = ["order.created", "order.updated", "order.restored"];
pub(crate) const CUSTOMER_TOPICS: [&str; 2] = ["customer.created", "customer.updated"];
pub(crate) const DELETED_TOPICS: [&str; 2] = ["order.deleted", "customer.deleted"];

pub(crate) fn keys() -> Keys {
    Keys::new([SECRET]).expect("a secret")
}

pub(crate) fn source() -> SourceName {
    SourceName::parse("shop").expect("a name")
}

pub(crate) fn time(text: &str) -> Time {
    text.parse().expect("a time")
}

/// Signs a body, verifies it and reads it.
pub(crate) fn hear(topic: &str, body: &[u8]) -> Result<Parsed, Unreadable> {
    hear_with(&[(woocommerce::TOPIC_HEADER, topic)], body)
}

/// The same with all headers but the signature.
pub(crate) fn hear_with(headers: &[(&str, &str)], body: &[u8]) -> Result<Parsed, Unreadable> {
    let signature = woocommerce::sign(body, &keys());
    let headers = headers.iter().copied().chain([(woocommerce::SIGNATURE_HEADER, signature.as_str())]);
    let verified = woocommerce::verify(&Delivery::new(headers, body), &keys()).expect("a signature");
    woocommerce::parse(&verified, &source(), time("2026-04-02T00:00:00Z"))
}

pub(crate) fn event_of(parsed: Result<Parsed, Unreadable>) -> Event {
    match parsed {
        Ok(Parsed::Event(event)) => *event,
        other => panic!("not an event: {other:?}"),
    }
}

pub(crate) fn event(topic: &str, body: &str) -> Event {
    event_of(hear(topic, body.as_bytes()))
}

pub(crate) fn order_of(event: Event) -> Order {
    match event.entity {
        Entity::Order(order) => *order,
        other => panic!("not an order: {other:?}"),
    }
}

/// The order in the fixture with some fields changed.
pub(crate) fn order(fields: Value) -> Order {
    order_of(event("order.updated", &with(ORDER, fields)))
}

/// Why a body is unreadable, in its one line.
pub(crate) fn mistake(topic: &str, body: &str) -> String {
    match hear(topic, body.as_bytes()) {
        Err(error) => error.to_string(),
        Ok(other) => panic!("readable: {other:?}"),
    }
}
