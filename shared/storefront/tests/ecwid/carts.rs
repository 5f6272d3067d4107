//! What an unfinished order comes out as.

use retention::cart::{Cart, CartState};
use retention::event::Entity;
use serde_json::{Value, json};
use storefront::{FetchKind, Parsed};

use crate::hear::{CART, changed, event, mistake, read, time};

fn cart(fields: Value) -> Cart {
    match event(FetchKind::Cart, &changed(CART, fields)).entity {
        Entity::Cart(cart) => *cart,
        other => panic!("not a cart: {other:?}"),
    }
}

#[test]
fn a_cart_comes_out_with_its_lines_and_its_person() {
    let whole = cart(json!({}));
    assert_eq!(whole.id.as_str(), "shop:7C1F2A64-33D0-4E0B-9B57-0E4A9F6D1B22");
    assert_eq!((whole.begun_at, whole.stamp.at), (time("2026-03-14T08:00:00Z"), time("2026-03-14T08:20:00Z")));
    assert_eq!((whole.total.unwrap().minor, whole.lines[0].product.as_str()), (4500, "OAT-100"));
    assert_eq!((whole.state(), whole.url.as_deref()), (CartState::Open, None));
    let person = event(FetchKind::Cart, CART).person;
    assert_eq!((person.id.as_deref(), person.name.unwrap().expose()), (Some("318"), "Ada"));
}

#[test]
fn a_cart_that_became_an_order_is_completed_and_a_hidden_one_is_empty() {
    assert_eq!(cart(json!({"recoveredOrderId": 731_904_412})).state(), CartState::Completed);
    assert_eq!(cart(json!({"recoveredOrderId": 0})).state(), CartState::Open);
    assert_eq!(cart(json!({"hidden": true})).state(), CartState::Emptied);
    assert_eq!(cart(json!({"items": []})).state(), CartState::Emptied);
}

#[test]
fn of_two_versions_of_one_second_the_one_that_ends_is_newer() {
    let (open, over) = (cart(json!({})), cart(json!({"recoveredOrderId": 1})));
    assert!(over.stamp > open.stamp);
}

#[test]
fn a_cart_of_nobody_is_nobodys() {
    let nobody = changed(CART, json!({"email": null, "customerId": null}));
    assert_eq!(read(FetchKind::Cart, &nobody), Ok(Parsed::Nobody));
    assert_eq!(mistake(FetchKind::Cart, &changed(CART, json!({"cartId": ""}))), "cartId: missing");
}
