//! The verbs of these tests: sign a callback, read what was fetched, and take what came out apart.

use retention::Time;
use retention::event::{Entity, Event};
use retention::ids::SourceName;
use retention::order::Order;
use serde_json::Value;
use storefront::bigcommerce::{self, ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use storefront::{App, Delivery, FetchKind, Parsed, Unreadable};

pub(crate) use crate::edit::{with, without};

pub(crate) const CALLBACK: &str = include_str!("../fixtures/bigcommerce/callback.json");
pub(crate) const ORDER: &str = include_str!("../fixtures/bigcommerce/order.json");
pub(crate) const CART: &str = include_str!("../fixtures/bigcommerce/cart.json");
pub(crate) const CUSTOMER: &str = include_str!("../fixtures/bigcommerce/customer.json");
pub(crate) const SUBSCRIBER: &str = include_str!("../fixtures/bigcommerce/subscriber.json");
pub(crate) const PRODUCT: &str = include_str!("../fixtures/bigcommerce/product.json");

/// All that is fetched, with its kind.
pub(crate) const FETCHED: [(FetchKind, &str); 5] = [
    (FetchKind::Order, ORDER),
    (FetchKind::Cart, CART),
    (FetchKind::Customer, CUSTOMER),
    (FetchKind::Subscriber, SUBSCRIBER),
    (FetchKind::Product, PRODUCT),
];

pub(crate) const SECRET: &str = "the client secret of an account";
pub(crate) const ID: &str = "msg_2YcQm7wKp0";

pub(crate) fn app() -> App {
    App::new([SECRET]).expect("a secret")
}

pub(crate) fn source() -> SourceName {
    SourceName::parse("shop").expect("a name")
}

pub(crate) fn time(text: &str) -> Time {
    text.parse().expect("a time")
}

/// When deliveries arrive.
pub(crate) fn now() -> Time {
    time("2026-03-20T09:46:45Z")
}

/// Signs a callback, verifies it and reads it, as a store that is named or not.
pub(crate) fn call_for(store: Option<&str>, body: &str) -> Result<Parsed, Unreadable> {
    let signature = bigcommerce::sign(ID, body.as_bytes(), &app(), now());
    let timestamp = now().timestamp().to_string();
    let headers = [(ID_HEADER, ID), (TIMESTAMP_HEADER, timestamp.as_str()), (SIGNATURE_HEADER, signature.as_str())];
    let delivery = Delivery::new(headers, body.as_bytes());
    bigcommerce::parse(&bigcommerce::verify(&delivery, &app().of_store(store), now()).expect("a signature"))
}

/// A callback of this scope about this.
pub(crate) fn call(scope: &str, data: Value) -> Result<Parsed, Unreadable> {
    let fields = [("scope", scope.into()), ("producer", "stores/q7example".into()), ("data", data)];
    call_for(None, &Value::from_iter::<[(&str, Value); 3]>(fields).to_string())
}

/// Reads what was fetched.
pub(crate) fn read(kind: FetchKind, body: &str) -> Result<Parsed, Unreadable> {
    bigcommerce::entity(kind, body.as_bytes(), &source(), time("2026-04-02T00:00:00Z"))
}

pub(crate) fn event(kind: FetchKind, body: &str) -> Event {
    match read(kind, body) {
        Ok(Parsed::Event(event)) => *event,
        other => panic!("not an event: {other:?}"),
    }
}

/// What was fetched of an order, with some of it changed.
pub(crate) fn whole(fields: Value) -> Order {
    match event(FetchKind::Order, &with(ORDER, fields)).entity {
        Entity::Order(order) => *order,
        other => panic!("not an order: {other:?}"),
    }
}

/// The order in the fixture with some fields changed.
pub(crate) fn order(fields: Value) -> Order {
    whole(Value::from_iter([("order", fields)]))
}

/// Why a body is unreadable, in its one line.
pub(crate) fn mistake(kind: FetchKind, body: &str) -> String {
    match read(kind, body) {
        Err(error) => error.to_string(),
        Ok(other) => panic!("readable: {other:?}"),
    }
}
