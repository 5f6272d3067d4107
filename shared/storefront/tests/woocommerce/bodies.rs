//! Bodies that nobody can read, and bodies that are merely odd: an answer for each, and no panic for any.

use proptest::prelude::*;
use serde_json::json;
use storefront::{MAX_BYTES, Parsed, Unreadable};

use crate::edit::odd_bodies;
use crate::goods::{coupon_body, product_body};
use crate::hear::{
    CUSTOMER, CUSTOMER_TOPICS, DELETED_TOPICS, ORDER, ORDER_TOPICS, event, hear, hear_with, mistake, with,
};

fn topics() -> impl Iterator<Item = &'static str> {
    let goods = ["product.updated", "product.deleted", "coupon.updated", "coupon.deleted"];
    ORDER_TOPICS.into_iter().chain(CUSTOMER_TOPICS).chain(DELETED_TOPICS).chain(goods)
}

#[test]
fn every_topic_that_is_subscribed_to_is_read() {
    for topic in storefront::woocommerce::TOPICS {
        assert!(!matches!(hear(topic, b"{}"), Ok(Parsed::UnknownTopic(_))), "{topic}");
    }
}

#[test]
fn a_topic_that_is_not_read_is_named_whatever_its_body_is() {
    for topic in ["product.sold", "action.woocommerce_add_to_cart", "Order.Created", ""] {
        assert_eq!(hear(topic, b"not JSON"), Ok(Parsed::UnknownTopic(topic.to_owned())));
    }
    assert_eq!(hear_with(&[], b"{}"), Ok(Parsed::UnknownTopic(String::new())));
}

#[test]
fn something_deleted_is_its_id_alone_and_nothing_is_concluded_from_it() {
    for topic in DELETED_TOPICS {
        assert_eq!(hear(topic, br#"{"id":4711}"#), Ok(Parsed::Deleted));
        assert_eq!(mistake(topic, "{}"), "id: missing");
        assert_eq!(mistake(topic, r#"{"id":"all"}"#), "id: not an id: a whole number");
    }
}

#[test]
fn a_body_sent_again_under_the_topic_of_another_kind_changes_nothing() {
    assert_eq!(mistake("customer.updated", ORDER), "line_items: an order under the topic of a customer");
    assert_eq!(mistake("order.updated", CUSTOMER), "currency: missing");
    assert_eq!(mistake("order.updated", r#"{"id":4711}"#), "currency: missing");
    let product =
        json!({"id": 9, "name": "Soap", "sku": "S", "date_modified_gmt": "2026-03-14T08:26:58", "price": "1"});
    let coupon =
        json!({"id": 9, "code": "spring", "email_restrictions": [], "date_modified_gmt": "2026-03-14T08:26:58"});
    for body in [product, coupon, json!({"id": 4711})] {
        assert_eq!(mistake("customer.updated", &body.to_string()), "email: missing");
    }
    for body in [ORDER, CUSTOMER] {
        assert_eq!(hear("order.deleted", body.as_bytes()), Ok(Parsed::Deleted));
    }
}

#[test]
fn what_is_not_json_too_long_or_too_deep_is_unreadable() {
    for topic in topics() {
        assert_eq!(hear(topic, b"webhook_id=7"), Err(Unreadable::NotJson { line: 1, column: 1 }));
        assert_eq!(hear(topic, b"\xff{}"), Err(Unreadable::NotUtf8(1)));
        assert_eq!(hear(topic, &vec![b' '; MAX_BYTES + 1]), Err(Unreadable::Long(MAX_BYTES + 1)));
        assert!(matches!(hear(topic, "[".repeat(10_000).as_bytes()), Err(Unreadable::Deep(65))));
        assert!(matches!(hear(topic, b"[]"), Err(Unreadable::Shape { line: 1, .. })));
    }
}

#[test]
fn the_answer_of_the_rest_api_that_the_webhooks_user_may_not_see_the_order_is_unreadable() {
    let refused = r#"{"code":"woocommerce_rest_cannot_view","message":"Sorry","data":{"status":401}}"#;
    assert_eq!(mistake("order.updated", refused), "id: missing");
    assert_eq!(mistake("customer.updated", refused), "email: missing");
}

#[test]
fn unknown_fields_never_matter() {
    let more = json!({"new": {"deep": [1, {"x": null}]}, "billing": {"new": "x"}});
    let (plain, more) = (event("order.created", ORDER), event("order.created", &with(ORDER, more)));
    assert_eq!(plain.person, more.person);
}

#[test]
fn two_million_empty_items_are_an_answer_and_no_flood() {
    for list in ["line_items", "coupon_lines", "refunds"] {
        let body = format!("{{\"{list}\": [{}{{}}]}}", "{},".repeat(2_000_000));
        assert_eq!(mistake("order.created", &body), "id: missing", "{list}");
    }
}

#[test]
fn every_field_holding_anything_is_an_answer_and_no_panic() {
    let (product, coupon) = (product_body(&json!({})).to_string(), coupon_body(&json!({})).to_string());
    for (fixture, topics) in [
        (ORDER, &ORDER_TOPICS[..1]),
        (CUSTOMER, &CUSTOMER_TOPICS[..1]),
        (&product, &["product.updated"]),
        (&coupon, &["coupon.updated"]),
    ] {
        for body in odd_bodies(fixture) {
            for topic in topics.iter().chain(&DELETED_TOPICS) {
                let _answer = hear(topic, body.as_bytes());
            }
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        for topic in topics() {
            prop_assert!(hear(topic, &body).is_err());
        }
    }

    #[test]
    fn an_order_with_bytes_overwritten_never_panics(at in 0..ORDER.len(), with in proptest::collection::vec(any::<u8>(), 1..9)) {
        let mut body = ORDER.as_bytes().to_vec();
        let end = (at + with.len()).min(body.len());
        body[at..end].copy_from_slice(&with[..end - at]);
        let _answer = hear("order.updated", &body);
    }
}
