//! What is to be fetched.

use serde_json::{Value, json};
use storefront::{FetchKind, Parsed};

use crate::hear::{CALLBACK, call, call_for, with, without};

fn fetch(scope: &str, data: Value) -> (FetchKind, String) {
    match call(scope, data) {
        Ok(Parsed::Fetch(fetch)) => (fetch.kind, fetch.id().to_owned()),
        other => panic!("nothing to fetch: {other:?}"),
    }
}

fn mistake(scope: &str, data: Value) -> String {
    call(scope, data).expect_err("readable").to_string()
}

#[test]
fn every_change_of_an_order_is_read_from_the_order() {
    for scope in ["created", "updated", "statusUpdated", "archived", "refund/created"] {
        let found =
            fetch(&format!("store/order/{scope}"), json!({"type": "order", "id": 4711, "refund": {"refund_id": 3}}));
        assert_eq!(found, (FetchKind::Order, "4711".into()), "{scope}");
    }
    for scope in ["created", "updated", "deleted"] {
        let data = json!({"type": "shipment", "id": 12, "orderId": 4711});
        assert_eq!(fetch(&format!("store/shipment/{scope}"), data), (FetchKind::Order, "4711".into()));
    }
}

#[test]
fn a_cart_is_fetched_by_its_own_id_and_one_that_became_an_order_by_the_orders() {
    let cart = "5d3c1f8e-27aa-4b60-9a61-8f0d4c2b7e19";
    for scope in ["created", "updated", "deleted", "abandoned", "couponApplied"] {
        let data = json!({"type": "cart", "id": cart, "token": "1e", "couponId": 1});
        assert_eq!(fetch(&format!("store/cart/{scope}"), data), (FetchKind::Cart, cart.into()));
    }
    let line = json!({"type": "cart_line_item", "id": "743bfd94-d5dd-47c5-9c19-6eec32ca6119", "cartId": cart});
    assert_eq!(fetch("store/cart/lineItem/updated", line), (FetchKind::Cart, cart.into()));
    let converted = json!({"type": "cart", "id": cart, "orderId": 4711});
    assert_eq!(fetch("store/cart/converted", converted), (FetchKind::Order, "4711".into()));
}

#[test]
fn people_and_products_are_fetched_by_their_ids() {
    for (scope, kind) in [
        ("customer/created", FetchKind::Customer),
        ("customer/deleted", FetchKind::Customer),
        ("subscriber/created", FetchKind::Subscriber),
        ("subscriber/deleted", FetchKind::Subscriber),
        ("product/updated", FetchKind::Product),
        ("product/inventory/updated", FetchKind::Product),
        ("product/inventory/order/updated", FetchKind::Product),
    ] {
        assert_eq!(fetch(&format!("store/{scope}"), json!({"id": 32})), (kind, "32".into()), "{scope}");
    }
    // The id of an address is none of a customer's.
    let address = json!({"type": "customer", "id": 60, "address": {"customer_id": 32}});
    assert_eq!(fetch("store/customer/address/updated", address), (FetchKind::Customer, "32".into()));
}

#[test]
fn a_body_without_its_id_or_with_one_that_leaves_the_path_is_unreadable() {
    assert_eq!(mistake("store/order/created", json!({})), "data.id: missing");
    assert_eq!(mistake("store/order/created", json!(null)), "data: missing");
    assert_eq!(mistake("store/shipment/created", json!({"id": 12})), "data.orderId: missing");
    assert_eq!(mistake("store/customer/address/created", json!({"id": 60})), "data.address: missing");
    for id in ["../../v3/customers", "1?x", "a b", "%2e%2e"] {
        let why = "data.id: not an id: letters, digits, hyphens and underscores";
        assert_eq!(mistake("store/cart/updated", json!({"id": id})), why);
    }
    assert_eq!(call_for(None, &without(CALLBACK, &["scope"])).unwrap_err().to_string(), "scope: missing");
}

#[test]
fn any_other_scope_is_named_and_left() {
    for scope in [
        "store/category/created",
        "store/order/message/created",
        "store/cart/metafield/created",
        "store/app/uninstalled",
        "x",
    ] {
        assert_eq!(call(scope, json!(null)), Ok(Parsed::UnknownTopic(scope.into())));
    }
}

#[test]
fn a_delivery_of_another_store_is_none_of_ours() {
    assert_eq!(call_for(Some("another"), CALLBACK), Ok(Parsed::OtherStore));
    assert_eq!(call_for(Some("another"), &with(CALLBACK, json!({"data": {"id": null}}))), Ok(Parsed::OtherStore));
    for ours in [Some("q7example"), None] {
        assert!(matches!(call_for(ours, CALLBACK), Ok(Parsed::Fetch(_))));
    }
}
