//! What a cart comes out as.

use retention::cart::{Cart, CartState};
use retention::event::Entity;
use serde_json::{Value, json};
use storefront::{FetchKind, Parsed};

use crate::hear::{CART, event, mistake, order, read, time, with};

fn cart(fields: Value) -> Cart {
    match event(FetchKind::Cart, &with(CART, Value::from_iter([("cart", fields)]))).entity {
        Entity::Cart(cart) => *cart,
        other => panic!("not a cart: {other:?}"),
    }
}

#[test]
fn a_cart_comes_out_with_its_lines_of_all_kinds_and_no_gift_for_somebody_else() {
    let cart = cart(json!({}));
    assert_eq!((cart.begun_at, cart.stamp.at), (time("2026-03-14T08:00:00Z"), time("2026-03-14T08:20:00Z")));
    let lines: Vec<_> = cart.lines.iter().map(|l| (l.product.as_str(), l.quantity, l.unit_minor)).collect();
    assert_eq!(lines, [("OAT-100", 2, 2000), ("Soap dish, by hand", 1, 2000)], "at the price of now");
    assert_eq!((cart.total.unwrap().minor, cart.state(), cart.url.as_deref()), (6000, CartState::Open, None));
    let person = event(FetchKind::Cart, CART).person;
    assert_eq!((person.id, person.email.unwrap().expose()), (None, "ada.lindqvist@example.com"));
}

#[test]
fn a_cart_and_the_order_that_it_became_have_one_name() {
    assert_eq!(order(json!({})).cart, Some(cart(json!({})).id));
}

#[test]
fn an_emptied_cart_is_empty_and_one_of_nobody_is_nobodys() {
    assert_eq!(cart(json!({"line_items": null})).state(), CartState::Emptied);
    let nobody = with(CART, json!({"cart": {"email": "", "customer_id": 0}}));
    assert_eq!(read(FetchKind::Cart, &nobody), Ok(Parsed::Nobody));
    let dear = with(CART, json!({"cart": {"currency": {"code": "EURO"}}}));
    assert_eq!(mistake(FetchKind::Cart, &dear), "cart.currency.code: not a currency of three letters");
}
