//! The verbs of these tests: sign a body, deliver it, and take what came out apart.

use retention::Time;
use retention::event::{Entity, Event};
use retention::ids::SourceName;
use retention::order::Order;
use serde_json::Value;
use storefront::standard::{self, ID_HEADER, Keys, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use storefront::{Delivery, Parsed, Unreadable, Unverified};

pub(crate) use crate::edit::{with, without};
pub(crate) use crate::examples::example;

/// The base64 of `invented for the tests of regulars`.
pub(crate) const SECRET: &str = "whsec_aW52ZW50ZWQgZm9yIHRoZSB0ZXN0cyBvZiByZWd1bGFycw==";
pub(crate) const ID: &str = "msg_7FKq2Zr4TbVn";

pub(crate) fn keys() -> Keys {
    Keys::new([SECRET]).expect("a secret")
}

pub(crate) fn source() -> SourceName {
    SourceName::parse("shop").expect("a name")
}

pub(crate) fn time(text: &str) -> Time {
    text.parse().expect("a time")
}

/// When deliveries arrive.
pub(crate) fn now() -> Time {
    time("2026-06-01T12:00:00Z")
}

/// Whether a delivery of these three headers is believed.
pub(crate) fn verify(id: &str, timestamp: &str, signature: &str, body: &[u8]) -> Result<(), Unverified> {
    let headers = [(ID_HEADER, id), (TIMESTAMP_HEADER, timestamp), (SIGNATURE_HEADER, signature)];
    standard::verify(&Delivery::new(headers, body), &keys(), now()).map(|_| ())
}

/// Signs a body, verifies it and reads it.
pub(crate) fn hear(body: &[u8]) -> Result<Parsed, Unreadable> {
    let signature = standard::sign(ID, body, &keys(), now());
    let timestamp = now().timestamp().to_string();
    let headers = [(ID_HEADER, ID), (TIMESTAMP_HEADER, &timestamp), (SIGNATURE_HEADER, &signature)];
    let verified = standard::verify(&Delivery::new(headers, body), &keys(), now()).expect("a signature");
    standard::parse(&verified, &source(), now())
}

pub(crate) fn event(body: &str) -> Event {
    match hear(body.as_bytes()) {
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

/// The example of a type with some of its data changed.
pub(crate) fn changed(kind: &str, data: Value) -> String {
    with(&example(kind), Value::from_iter([("data", data)]))
}

/// Why a body is unreadable, in its one line.
pub(crate) fn mistake(body: &str) -> String {
    match hear(body.as_bytes()) {
        Err(error) => error.to_string(),
        Ok(other) => panic!("readable: {other:?}"),
    }
}
