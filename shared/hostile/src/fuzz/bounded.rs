//! How long the texts of an answer may be, and how many of them there may be.
//!
//! The limits are above those of the adapters, which differ from field to field: what is looked for here is a field that
//! has none.

use retention::after_sale::AfterSale;
use retention::event::{Entity, Event, Person};
use serde::Serialize;
use serde_json::Value;
use storefront::{Parsed, Request};

/// The longest topic that is repeated.
pub(super) const TOPIC_BYTES: usize = 64;
/// The longest error: one line that names a field.
pub(super) const ERROR_BYTES: usize = 300;
/// The longest text: an address of a page has up to 2,000.
const TEXT_BYTES: usize = 2_000;
/// The most items of a list: the variants of a product.
const ITEMS: usize = 2_048;
/// The longest event: a row of the table holds as much.
const EVENT_BYTES: usize = 400_000;

/// Checks what was read.
pub(super) fn check(parsed: &Parsed) -> Result<(), String> {
    match parsed {
        Parsed::Event(about) => event(about),
        Parsed::Product(product) => texts("product", product),
        Parsed::Coupon(coupon) => texts("coupon", coupon),
        Parsed::Request(Request::Export(about) | Request::Erase(about)) => person(about),
        Parsed::Fetch(fetch) => text("the id to fetch", fetch.id(), TOPIC_BYTES),
        Parsed::UnknownTopic(topic) => text("a topic", topic, TOPIC_BYTES),
        Parsed::Request(Request::Leave) | Parsed::Deleted | Parsed::Nobody | Parsed::OtherStore => Ok(()),
    }
}

fn event(event: &Event) -> Result<(), String> {
    person(&event.person)?;
    for statement in &event.statements {
        texts("statement", statement)?;
    }
    match &event.entity {
        Entity::Customer(stamp) => texts("stamp", stamp),
        Entity::Gone(_) | Entity::OnePerson | Entity::AccountEnabled(_) | Entity::Consent | Entity::Answer(_) => Ok(()),
        Entity::Cart(cart) => texts("cart", cart),
        Entity::Order(order) => texts("order", order),
        Entity::AfterSale(id, happened) => {
            texts("order id", id)?;
            match happened.as_ref() {
                AfterSale::Refund(refund) => texts("refund", refund),
                AfterSale::Fulfilment(parcel) => texts("parcel", parcel),
                AfterSale::Return(back) => texts("return", back),
            }
        }
        Entity::Interest(interest) => texts("interest", interest),
        Entity::Review(review) => texts("review", review),
        Entity::Redeemed { code, .. } => text("code", code, TEXT_BYTES),
    }
}

fn person(person: &Person) -> Result<(), String> {
    const ID_BYTES: usize = 300;
    for id in [&person.id, &person.other_id, &person.locale, &person.region].into_iter().flatten() {
        text("an id, a locale or a region", id, ID_BYTES)?;
    }
    // An international domain grows in punycode.
    person.email.iter().try_for_each(|email| text("email", email.expose(), TEXT_BYTES))?;
    person.name.iter().try_for_each(|name| text("name", name.expose(), TEXT_BYTES))
}

/// Checks every text and every list in something, and the whole of it.
fn texts(what: &str, thing: &impl Serialize) -> Result<(), String> {
    let value = serde_json::to_value(thing).map_err(|e| format!("{what} cannot be written: {e}"))?;
    walk(what, &value)?;
    let whole = value.to_string().len();
    // A product of all its variants is divided among rows.
    if what != "product" && whole > EVENT_BYTES {
        return Err(format!("{what} has {whole} bytes"));
    }
    Ok(())
}

fn walk(at: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::String(found) => text(at, found, TEXT_BYTES),
        Value::Array(items) if items.len() > ITEMS => Err(format!("{at} has {} items", items.len())),
        Value::Array(items) => items.iter().try_for_each(|item| walk(at, item)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| walk(&format!("{at}.{name}"), value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// Says how long a text is, and nothing of it.
fn text(what: &str, text: &str, most: usize) -> Result<(), String> {
    if text.len() > most { Err(format!("{what} has {} bytes, and may have {most}", text.len())) } else { Ok(()) }
}
