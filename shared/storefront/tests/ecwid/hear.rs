//! The verbs of these tests: sign a callback, read what was fetched, and take what came out apart.

use retention::Time;
use retention::event::{Entity, Event};
use retention::ids::SourceName;
use retention::order::Order;
use serde_json::Value;
use storefront::{App, Delivery, FetchKind, Parsed, Unreadable, Unverified, ecwid};

pub(crate) use crate::edit::{with, without};

pub(crate) const CALLBACK: &str = include_str!("../fixtures/ecwid/callback.json");
pub(crate) const ORDER: &str = include_str!("../fixtures/ecwid/order.json");
pub(crate) const CART: &str = include_str!("../fixtures/ecwid/cart.json");
pub(crate) const CUSTOMER: &str = include_str!("../fixtures/ecwid/customer.json");
pub(crate) const PRODUCT: &str = include_str!("../fixtures/ecwid/product.json");

/// All that is fetched, with its kind.
pub(crate) const FETCHED: [(FetchKind, &str); 4] = [
    (FetchKind::Order, ORDER),
    (FetchKind::Cart, CART),
    (FetchKind::Customer, CUSTOMER),
    (FetchKind::Product, PRODUCT),
];

pub(crate) const SECRET: &str = "the client secret of an app";

pub(crate) fn app() -> App {
    App::new([SECRET]).expect("a secret")
}

pub(crate) fn source() -> SourceName {
    SourceName::parse("shop").expect("a name")
}

pub(crate) fn time(text: &str) -> Time {
    text.parse().expect("a time")
}

/// When the callback of the fixture was created.
pub(crate) fn created() -> Time {
    time("2026-03-20T09:46:40Z")
}

/// Whether a body under this signature is believed at `now`.
pub(crate) fn verify(body: &str, signature: &str, now: Time) -> Result<(), Unverified> {
    let delivery = Delivery::new([(ecwid::SIGNATURE_HEADER, signature)], body.as_bytes());
    ecwid::verify(&delivery, &app(), now).map(|_| ())
}

/// Signs a callback, verifies it and reads it, as a store that is named or not.
pub(crate) fn call_for(store: Option<&str>, body: &str) -> Result<Parsed, Unreadable> {
    let signature = ecwid::sign(body.as_bytes(), &app());
    let delivery = Delivery::new([(ecwid::SIGNATURE_HEADER, signature.as_str())], body.as_bytes());
    ecwid::parse(&ecwid::verify(&delivery, &app().of_store(store), created()).expect("a signature"))
}

pub(crate) fn call(fields: Value) -> Result<Parsed, Unreadable> {
    call_for(None, &with(CALLBACK, fields))
}

/// Reads what was fetched.
pub(crate) fn read(kind: FetchKind, body: &str) -> Result<Parsed, Unreadable> {
    ecwid::entity(kind, body.as_bytes(), &source(), time("2026-04-02T00:00:00Z"))
}

/// A fixture with some fields of its entity changed.
pub(crate) fn changed(fixture: &str, fields: Value) -> String {
    with(fixture, Value::from_iter([("entity", fields)]))
}

pub(crate) fn event(kind: FetchKind, body: &str) -> Event {
    match read(kind, body) {
        Ok(Parsed::Event(event)) => *event,
        other => panic!("not an event: {other:?}"),
    }
}

/// The order in the fixture with some fields changed.
pub(crate) fn order(fields: Value) -> Order {
    match event(FetchKind::Order, &changed(ORDER, fields)).entity {
        Entity::Order(order) => *order,
        other => panic!("not an order: {other:?}"),
    }
}

/// Why a body is unreadable, in its one line.
pub(crate) fn mistake(kind: FetchKind, body: &str) -> String {
    match read(kind, body) {
        Err(error) => error.to_string(),
        Ok(other) => panic!("readable: {other:?}"),
    }
}
