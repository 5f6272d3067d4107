//! Bodies that nobody can read, and bodies that are merely odd: an answer for each, and no panic for any.

use proptest::prelude::*;
use serde_json::json;
use storefront::{MAX_BYTES, Parsed, Unreadable, shopify};

use crate::after_sales::{carrier, parcel, refund};
use crate::carts::checkout;
use crate::edit::odd_bodies;
use crate::hear::{CONSENT, CUSTOMER, CUSTOMER_TOPICS, ORDER, ORDER_TOPICS, event, hear, mistake, with};
use crate::products::body as product_body;

fn topics() -> impl Iterator<Item = &'static str> {
    ORDER_TOPICS.into_iter().chain(CUSTOMER_TOPICS).chain(fixtures().into_iter().map(|(topic, _)| topic))
}

fn unreadable(body: &[u8]) -> Unreadable {
    hear("orders/create", body).expect_err("readable")
}

#[test]
fn every_topic_that_is_subscribed_to_is_read() {
    for topic in storefront::shopify::TOPICS {
        assert!(!matches!(hear(topic, b"{}"), Ok(Parsed::UnknownTopic(_))), "{topic}");
    }
}

#[test]
fn an_unknown_topic_is_named_whatever_its_body_is() {
    for topic in ["carts/update", "Orders/Create", "", "orders/create, orders/create"] {
        assert_eq!(hear(topic, b"not JSON"), Ok(Parsed::UnknownTopic(topic.replace(' ', "?"))));
    }
    let Ok(Parsed::UnknownTopic(shown)) = hear(&"\n".repeat(999), b"{}") else { panic!("known") };
    assert_eq!(shown, "?".repeat(64));
}

#[test]
fn a_delivery_without_a_topic_has_an_unknown_one() {
    let signature = shopify::sign(b"{}", &crate::hear::secrets());
    let delivery = storefront::Delivery::new([(shopify::SIGNATURE_HEADER, signature.as_str())], b"{}");
    let verified = shopify::verify(&delivery, &crate::hear::secrets()).unwrap();
    let parsed = shopify::parse(&verified, &crate::hear::source(), crate::hear::heard_at());
    assert_eq!(parsed, Ok(Parsed::UnknownTopic(String::new())));
}

#[test]
fn what_is_not_json_is_unreadable_at_its_place() {
    assert_eq!(unreadable(b""), Unreadable::NotJson { line: 1, column: 0 });
    assert_eq!(unreadable(b"webhook_id=7"), Unreadable::NotJson { line: 1, column: 1 });
    assert_eq!(unreadable(b"{\n  \"id\": 1,\n}"), Unreadable::NotJson { line: 3, column: 1 });
    for (body, what) in [("{} {}", 4), ("{\"id\": 1", 8), ("{'id': 1}", 2), ("\u{feff}{}", 1)] {
        assert_eq!(unreadable(body.as_bytes()), Unreadable::NotJson { line: 1, column: what }, "{body}");
    }
}

#[test]
fn what_is_not_utf_8_is_unreadable_at_its_place() {
    assert_eq!(unreadable(b"{\"id\": \"\xff\"}"), Unreadable::NotUtf8(9));
    assert_eq!(unreadable(b"\xef\xbf"), Unreadable::NotUtf8(1));
}

#[test]
fn a_body_at_the_limit_is_read_and_one_byte_more_is_not() {
    let mut body = ORDER.as_bytes().to_vec();
    body.resize(MAX_BYTES, b' ');
    assert!(hear("orders/create", &body).is_ok());
    body.push(b' ');
    assert_eq!(unreadable(&body), Unreadable::Long(MAX_BYTES + 1));
    assert_eq!(unreadable(&body).to_string(), "the body has 6291457 bytes; at most 6291456 are read");
}

#[test]
fn a_body_nested_10_000_deep_is_unreadable_and_64_deep_is_read() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |levels: usize| {
            let deep = format!("{}null{}", open.repeat(levels - 1), close.repeat(levels - 1));
            ORDER.replacen('{', &format!("{{\"unknown\": {deep},"), 1)
        };
        assert!(hear("orders/create", nested(64).as_bytes()).is_ok());
        assert!(matches!(unreadable(nested(65).as_bytes()), Unreadable::Deep(_)));
        assert!(matches!(unreadable(nested(10_000).as_bytes()), Unreadable::Deep(_)));
        assert!(matches!(unreadable(open.repeat(10_000).as_bytes()), Unreadable::Deep(_)));
    }
}

#[test]
fn brackets_in_text_are_no_depth() {
    let note = json!({"note": format!("\\\"{}\\", "[{".repeat(500))});
    assert!(hear("orders/create", with(ORDER, note).as_bytes()).is_ok());
}

#[test]
fn a_body_of_another_shape_is_unreadable_without_a_word_of_its_content() {
    for body in ["[]", "\"ada@example.com\"", "7", "null"] {
        assert!(matches!(unreadable(body.as_bytes()), Unreadable::Shape { line: 1, .. }), "{body}");
    }
    let bodies = [
        with(ORDER, json!({"customer": "ada@example.com"})),
        with(ORDER, json!({"customer": ["ada@example.com"]})),
        with(ORDER, json!({"line_items": [["ada@example.com"]]})),
        with(ORDER, json!({"line_items": {"ada@example.com": 1}})),
        with(ORDER, json!({"shipping_address": 7})),
        with(ORDER, json!({"refunds": ["ada@example.com"]})),
    ];
    for body in bodies {
        let what = mistake("orders/create", &body);
        assert!(what.ends_with("has another shape than expected") && !what.contains("ada"), "{what}");
    }
}

#[test]
fn a_key_that_stands_twice_is_unreadable_where_it_matters() {
    let twice = ORDER.replacen('{', "{\"id\": 1,", 1);
    assert!(matches!(unreadable(twice.as_bytes()), Unreadable::Shape { line: 2, .. }));
    let unknown_twice = ORDER.replacen('{', "{\"x\": 1, \"x\": 2,", 1);
    assert_eq!(event("orders/create", &unknown_twice).person, event("orders/create", ORDER).person);
}

#[test]
fn a_lone_surrogate_is_unreadable_where_it_matters() {
    let lone = |field: &str| ORDER.replacen('{', &format!("{{\"{field}\": \"\\ud83d\","), 1);
    assert!(hear("orders/create", lone("unknown").as_bytes()).is_ok());
    let title = ORDER.replace("\"Soap dish\"", "\"Soap \\udc00\"");
    assert!(matches!(unreadable(title.as_bytes()), Unreadable::NotJson { .. }));
}

#[test]
fn raw_control_characters_are_not_json_and_escaped_ones_become_spaces() {
    let raw = ORDER.replace("Oat shampoo bar", "Oat\u{1}bar");
    assert!(matches!(unreadable(raw.as_bytes()), Unreadable::NotJson { .. }));
    let escaped = ORDER.replace("\"title\": \"Oat shampoo bar\"", "\"title\": \"Oat\\u0000\\u001bbar\"");
    let order = crate::hear::order_of(event("orders/create", &escaped));
    assert_eq!(order.lines[0].title, "Oat  bar");
}

#[test]
fn a_number_that_no_program_holds_is_unreadable_where_it_matters() {
    let total = ORDER.replace("\"total_price\": \"91.30\"", "\"total_price\": 1e400");
    assert!(matches!(unreadable(total.as_bytes()), Unreadable::NotJson { .. }));
    let unknown = ORDER.replacen('{', "{\"weight\": 1e400,", 1);
    assert!(hear("orders/create", unknown.as_bytes()).is_ok());
}

#[test]
fn unknown_fields_never_matter() {
    let more = json!({"new": {"deep": [1, {"x": null}]}, "customer": {"new": "x"}, "total_price_set": {"new": []}});
    let (plain, more) = (event("orders/create", ORDER), event("orders/create", &with(ORDER, more)));
    assert_eq!((plain.person, plain.statements), (more.person, more.statements));
}

#[test]
fn two_million_empty_items_are_an_answer_and_no_flood() {
    for list in ["line_items", "refunds", "fulfillments", "shipping_lines", "discount_codes"] {
        let body = format!("{{\"{list}\": [{}{{}}]}}", "{},".repeat(2_000_000));
        assert_eq!(unreadable(body.as_bytes()).to_string(), "id: missing", "{list}");
    }
}

#[test]
fn every_field_holding_anything_is_an_answer_and_no_panic() {
    for (topic, fixture) in fixtures() {
        for body in odd_bodies(&fixture) {
            let _answer = hear(topic, body.as_bytes());
        }
    }
}

/// A body for each kind of topic.
fn fixtures() -> Vec<(&'static str, String)> {
    let person = json!({ "shop_domain": "tea.example.com", "customer": { "id": 42, "email": "nora@example.com" },
        "orders_to_redact": [1], "data_request": { "id": 1 } });
    vec![
        ("orders/paid", ORDER.to_owned()),
        ("customers/update", CUSTOMER.to_owned()),
        ("customers/enable", CUSTOMER.to_owned()),
        ("customers/delete", json!({ "id": 42, "admin_graphql_api_id": "gid://shopify/Customer/42" }).to_string()),
        (
            "customers/merge",
            json!({ "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/42",
            "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/57", "status": "completed" })
            .to_string(),
        ),
        (shopify::CONSENT_TOPIC, CONSENT.to_owned()),
        ("checkouts/update", checkout().to_string()),
        ("refunds/create", refund().to_string()),
        ("fulfillments/update", parcel().to_string()),
        ("fulfillment_events/create", carrier("delivered").to_string()),
        ("returns/update", json!({ "id": 3, "status": "closed", "order": { "id": 1001 } }).to_string()),
        ("products/update", product_body(&json!({})).to_string()),
        ("products/delete", json!({ "id": 7 }).to_string()),
        ("customers/data_request", person.to_string()),
        ("customers/redact", person.to_string()),
        ("shop/redact", person.to_string()),
    ]
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        for topic in topics() {
            prop_assert!(hear(topic, &body).is_err());
        }
    }

    #[test]
    fn arbitrary_text_of_json_never_panics(body in "[\\[\\]{}\",:0-9a-z\\\\ .e-]{0,200}") {
        for topic in topics() {
            let _answer = hear(topic, body.as_bytes());
        }
    }

    #[test]
    fn an_order_with_bytes_overwritten_never_panics(at in 0..ORDER.len(), with in proptest::collection::vec(any::<u8>(), 1..9)) {
        let mut body = ORDER.as_bytes().to_vec();
        let end = (at + with.len()).min(body.len());
        body[at..end].copy_from_slice(&with[..end - at]);
        let _answer = hear("orders/updated", &body);
    }

    #[test]
    fn an_order_cut_short_is_unreadable(at in 0..ORDER.len() - 2) {
        prop_assert!(hear("orders/updated", &ORDER.as_bytes()[..at]).is_err());
    }
}
