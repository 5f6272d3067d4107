//! Bodies that nobody can read: named by their field, and no panic for any.

use proptest::prelude::*;
use serde_json::json;
use storefront::{MAX_BYTES, Unreadable};

use crate::hear::{changed, event, example, hear, mistake, with, without};

#[test]
fn what_is_wrong_is_told_by_its_field_and_never_by_its_content() {
    let placed = |data| changed("order.placed", data);
    let time = "not a time with an offset, such as 2026-03-02T09:59:00+01:00";
    let cases = [
        (
            placed(json!({"id": "ada@example.com"})),
            "data.id: not an id: 1 to 64 letters, digits, dots, underscores and hyphens",
        ),
        (placed(json!({"id": 7})), "data.id: not a string"),
        (placed(json!({"number": " "})), "data.number: blank: leave it out"),
        (placed(json!({"placed_at": "yesterday"})), &format!("data.placed_at: {time}")),
        (placed(json!({"total": 16.51})), "data.total: not a string"),
        (placed(json!({"total": "16,51"})), "data.total: not an amount as a decimal string, such as 12.50"),
        (
            placed(json!({"refunded": "-1"})),
            "data.refunded: not an amount from zero as a decimal string, such as 12.50",
        ),
        (placed(json!({"currency": "Euro"})), "data.currency: not a currency of three capitals"),
        (placed(json!({"lines": [{"title": "T", "quantity": "1"}]})), "data.lines[0].quantity: not a whole number"),
        (placed(json!({"lines": [{"title": "T"}]})), "data.lines[0].quantity: missing"),
        (
            placed(json!({"customer": {"country": "Eire"}})),
            "data.customer.country: not a country of two capitals, such as IE",
        ),
        (
            placed(json!({"customer": {"consent": {"state": "maybe"}}})),
            "data.customer.consent.state: neither subscribed nor unsubscribed",
        ),
        (placed(json!({"customer": {"consent": {"wording": null}}})), "data.customer.consent.wording: missing"),
        (
            placed(json!({"customer": {"id": null, "email": null}})),
            "data.customer.id: missing, and so is email: one of the two says who it is",
        ),
        (
            changed("order.paid", json!({"payment_status": "voided"})),
            "data.payment_status: not that of an order that was paid",
        ),
        (changed("order.cancelled", json!({"cancelled_at": null})), "data.cancelled_at: missing"),
        (changed("consent.changed", json!({"consent": null})), "data.consent: missing"),
        (with(&example("order.placed"), json!({"timestamp": 7})), "timestamp: not a string"),
        (without(&example("order.placed"), &["timestamp"]), "timestamp: missing"),
        (without(&example("order.placed"), &["type"]), "type: missing"),
        (without(&example("order.placed"), &["data"]), "data: missing"),
    ];
    for (body, what) in cases {
        assert_eq!(mistake(&body), what);
    }
}

#[test]
fn unknown_fields_never_matter() {
    let more = json!({"new": {"deep": [1]}, "data": {"new": [], "customer": {"new": "x"}}});
    let body = example("order.placed");
    assert_eq!(event(&body).person, event(&with(&body, more)).person);
}

#[test]
fn what_is_not_json_too_long_or_too_deep_is_unreadable() {
    assert_eq!(hear(b"webhook_id=7"), Err(Unreadable::NotJson { line: 1, column: 1 }));
    assert_eq!(hear(b"\xff{}"), Err(Unreadable::NotUtf8(1)));
    assert_eq!(hear(&vec![b' '; MAX_BYTES + 1]), Err(Unreadable::Long(MAX_BYTES + 1)));
    assert!(matches!(hear("[".repeat(10_000).as_bytes()), Err(Unreadable::Deep(65))));
    assert!(matches!(hear(b"[]"), Err(Unreadable::Shape { line: 1, .. })));
}

#[test]
fn two_million_empty_items_are_an_answer_and_no_flood() {
    for list in ["lines", "discount_codes"] {
        let items = format!("[{}{{}}]", "{},".repeat(2_000_000));
        let body = changed("order.paid", json!({list: "many"})).replace("\"many\"", &items);
        assert_eq!(mistake(&body), format!("data.{list}: more items than are read"));
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(hear(&body).is_err());
    }

    #[test]
    fn an_order_with_bytes_overwritten_never_panics(at in 0..1000_usize, with in proptest::collection::vec(any::<u8>(), 1..9)) {
        let mut body = example("order.placed").into_bytes();
        let at = at % body.len();
        let end = (at + with.len()).min(body.len());
        body[at..end].copy_from_slice(&with[..end - at]);
        let _answer = hear(&body);
    }
}
