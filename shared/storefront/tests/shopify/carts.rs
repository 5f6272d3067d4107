//! Checkouts: carts whose owner has begun to say who they are.

use retention::cart::{Cart, CartState};
use retention::event::{Entity, Event};
use serde_json::{Value, json};
use storefront::Parsed;

use crate::hear::{event, hear, mistake, time};

pub(crate) fn checkout() -> Value {
    json!({ "id": 1, "token": "2a1ace52", "email": "nora@example.com", "currency": "EUR", "total_price": "25.80",
        "created_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T10:05:00Z", "completed_at": null,
        "abandoned_checkout_url": "https://shop.example/checkouts/2a1ace52", "customer_locale": "en-IE",
        "shipping_address": { "country_code": "IE" }, "customer": { "id": 42, "first_name": "Nora" },
        "line_items": [{ "sku": "TEA-FOG-100", "title": "Harbour Fog", "quantity": 2, "price": "12.90" }] })
}

fn but(fields: &Value) -> Value {
    let mut body = checkout();
    for (name, value) in fields.as_object().expect("fields") {
        body[name] = value.clone();
    }
    body
}

fn cart(body: &Value) -> (Event, Cart) {
    let event = event("checkouts/update", &body.to_string());
    let Entity::Cart(cart) = &event.entity else { panic!("no cart") };
    let cart = cart.as_ref().clone();
    (event, cart)
}

#[test]
fn a_checkout_is_a_cart_with_whose_it_is() {
    let (event, cart) = cart(&checkout());
    assert_eq!((cart.id.as_str(), cart.state(), cart.lines.len()), ("shopify:2a1ace52", CartState::Open, 1));
    assert_eq!((cart.total.map(|total| total.minor), cart.begun_at), (Some(2580), time("2026-03-02T10:00:00Z")));
    assert_eq!(cart.url.as_deref(), Some("https://shop.example/checkouts/2a1ace52"));
    assert_eq!((event.person.id.as_deref(), event.person.locale.as_deref()), (Some("42"), Some("en-IE")));
    assert_eq!(event.aliases().len(), 3, "by account, by address and by cart");
}

#[test]
fn an_empty_one_was_emptied_and_a_completed_one_was_bought() {
    assert_eq!(cart(&but(&json!({ "line_items": [] }))).1.state(), CartState::Emptied);
    let bought = cart(&but(&json!({ "completed_at": "2026-03-02T10:06:00Z" }))).1;
    assert_eq!(bought.state(), CartState::Completed);
    assert!(bought.stamp > cart(&checkout()).1.stamp, "also in one second");
}

#[test]
fn a_checkout_of_nobody_is_about_nobody_and_one_without_lines_is_unreadable() {
    let nobody = but(&json!({ "email": "", "customer": null }));
    assert_eq!(hear("checkouts/create", nobody.to_string().as_bytes()), Ok(Parsed::Nobody));
    for (fields, what) in [
        (json!({ "line_items": null }), "line_items: missing"),
        (json!({ "token": "" }), "token: missing"),
        (json!({ "currency": null }), "currency: missing"),
    ] {
        assert_eq!(mistake("checkouts/update", &but(&fields).to_string()), what);
    }
}
