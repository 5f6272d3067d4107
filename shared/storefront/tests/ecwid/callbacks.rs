//! What is to be fetched.

use serde_json::{Value, json};
use storefront::{Fetch, FetchKind, Parsed};

use crate::hear::{CALLBACK, call, call_for, with, without};

fn fetch(fields: Value) -> Fetch {
    match call(fields) {
        Ok(Parsed::Fetch(fetch)) => fetch,
        other => panic!("nothing to fetch: {other:?}"),
    }
}

fn mistake(body: &str) -> String {
    call_for(None, body).expect_err("readable").to_string()
}

#[test]
fn an_order_is_fetched_by_the_id_that_the_api_asks_for() {
    for event in ["order.created", "order.updated", "order.deleted"] {
        let fetch = fetch(json!({"eventType": event}));
        assert_eq!((fetch.kind, fetch.id()), (FetchKind::Order, "TEA-7KQ2Z"), "{event}");
    }
}

#[test]
fn an_order_without_such_an_id_is_fetched_by_its_internal_one() {
    for data in [json!(null), json!({"orderId": null}), json!({"orderId": "#17/b"}), json!({"orderId": "../carts"})] {
        assert_eq!(fetch(json!({"data": data})).id(), "731904412", "{data}");
    }
    assert_eq!(mistake(&with(&without(CALLBACK, &["entityId"]), json!({"data": null}))), "entityId: missing");
}

#[test]
fn an_unfinished_order_is_a_cart_with_an_id_of_its_own() {
    let data = json!({"orderId": "TEA-7KQ2Z", "cartId": "7C1F2A64-33D0-4E0B-9B57-0E4A9F6D1B22"});
    for event in ["unfinished_order.created", "unfinished_order.updated", "unfinished_order.deleted"] {
        let fetch = fetch(json!({"eventType": event, "data": data}));
        assert_eq!((fetch.kind, fetch.id()), (FetchKind::Cart, "7C1F2A64-33D0-4E0B-9B57-0E4A9F6D1B22"));
    }
    // Older stores send -1 and no id of the cart.
    let old = with(CALLBACK, json!({"eventType": "unfinished_order.created", "entityId": -1, "data": null}));
    assert_eq!(mistake(&old), "data.cartId: missing");
    let leaves = with(CALLBACK, json!({"eventType": "unfinished_order.created", "data": {"cartId": "../orders"}}));
    assert_eq!(mistake(&leaves), "data.cartId: not an id: letters, digits, hyphens and underscores");
}

#[test]
fn customers_and_products_are_fetched_by_the_id_of_the_entity() {
    for (what, kind) in [("customer", FetchKind::Customer), ("product", FetchKind::Product)] {
        for change in ["created", "updated", "deleted"] {
            let fetch =
                fetch(json!({"eventType": format!("{what}.{change}"), "data": {"customerEmail": "ada@example.com"}}));
            assert_eq!((fetch.kind, fetch.id()), (kind, "731904412"));
        }
    }
    for id in [json!("1/2"), json!(-1), json!("a"), json!([1])] {
        let body = with(CALLBACK, json!({"eventType": "product.updated", "entityId": id}));
        assert!(mistake(&body).starts_with("entityId: "), "{id}");
    }
}

#[test]
fn any_other_event_is_named_and_left() {
    for event in ["category.updated", "profile.personalDataRemovalRequest", "application.installed", "Order.Created"] {
        assert_eq!(call(json!({"eventType": event})), Ok(Parsed::UnknownTopic(event.to_owned())));
    }
    assert_eq!(mistake(&without(CALLBACK, &["eventType"])), "eventType: missing");
}

#[test]
fn an_event_of_another_store_of_the_app_is_none_of_ours() {
    assert_eq!(call_for(Some("40501"), CALLBACK), Ok(Parsed::OtherStore));
    for ours in [Some("40500"), None] {
        assert!(matches!(call_for(ours, CALLBACK), Ok(Parsed::Fetch(_))));
    }
    assert!(matches!(call_for(Some("40500"), &without(CALLBACK, &["storeId"])), Ok(Parsed::Fetch(_))));
}
