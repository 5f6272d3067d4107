//! The schema and the reading agree: what the one refuses, the other refuses too.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};
use storefront::Parsed;

use crate::edit::odd_bodies;
use crate::examples::examples;
use crate::hear::{changed, example, hear, with};

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../docs/webhooks.schema.json")).expect("the schema is JSON")
});

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::options().should_validate_formats(true).build(&SCHEMA).expect("the schema is one"));

/// Whether the schema takes a body.
pub(crate) fn accepts(body: &str) -> bool {
    VALIDATOR.is_valid(&serde_json::from_str(body).expect("JSON"))
}

/// The types that the schema names.
pub(crate) fn types() -> Vec<String> {
    serde_json::from_value(SCHEMA["properties"]["type"]["enum"].clone()).expect("a list of types")
}

/// Whether something comes of a body. An address that is none makes nobody of a guest, and is a string all the same.
fn reads(body: &str) -> bool {
    matches!(hear(body.as_bytes()), Ok(Parsed::Event(_) | Parsed::Product(_) | Parsed::Request(_) | Parsed::Nobody))
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&SCHEMA));
}

#[test]
fn every_field_without_which_the_schema_refuses_a_body_is_missed_by_the_reading_too() {
    let mut refused = 0;
    for (kind, body) in examples() {
        let whole: Value = serde_json::from_str(&body).expect("JSON");
        for path in crate::edit::paths(&whole, "") {
            let mut less = whole.clone();
            let (parent, name) = path.rsplit_once('/').expect("a path");
            match less.pointer_mut(parent).expect("a parent") {
                Value::Object(fields) => drop(fields.remove(name)),
                Value::Array(items) => drop(items.remove(name.parse::<usize>().expect("an index"))),
                _ => unreachable!("a parent holds something"),
            }
            let less = less.to_string();
            assert_eq!(reads(&less), accepts(&less), "{kind} without {path}");
            refused += usize::from(!accepts(&less));
        }
    }
    assert!(refused > 50, "{refused} bodies were refused: the test tests something");
}

#[test]
fn every_odd_value_in_every_field_is_refused_by_both_or_by_neither() {
    let (mut refused, mut accepted) = (0, 0);
    for (kind, body) in examples() {
        for odd in odd_bodies(&body) {
            // No schema knows what time it is.
            if hear(odd.as_bytes()).is_err_and(|error| error.to_string() == "timestamp: in the future") {
                continue;
            }
            assert_eq!(reads(&odd), accepts(&odd), "{kind}: {odd}\n{:?}", hear(odd.as_bytes()));
            if accepts(&odd) { accepted += 1 } else { refused += 1 }
        }
    }
    assert!(refused > 1000 && accepted > 100, "{refused} refused, {accepted} accepted");
}

#[test]
fn values_that_only_just_fit_or_do_not_are_refused_by_both_or_by_neither() {
    let line = |fields: Value| {
        let base = json!({"title": "T", "quantity": 1, "unit_price": "1"}).to_string();
        let line: Value = serde_json::from_str(&with(&base, fields)).expect("a line");
        json!({"lines": [line]})
    };
    let customer = |fields: Value| json!({"customer": fields});
    let consent = |fields: Value| json!({"customer": {"consent": fields}});
    let many = |count: usize| vec![json!({"title": "T", "quantity": 1, "unit_price": "1"}); count];
    let cases = [
        (true, json!({"id": "a".repeat(64)})),
        (false, json!({"id": "a".repeat(65)})),
        (false, json!({"id": "1001/7"})),
        (false, json!({"id": "1001:7"})),
        (false, json!({"id": " 1001"})),
        (false, json!({"id": 1001})),
        (true, json!({"placed_at": "2026-03-02T09:59:00.123456Z"})),
        (false, json!({"placed_at": "2026-03-02T09:59:00"})),
        (false, json!({"placed_at": "2026-03-02 09:59:00Z"})),
        (false, json!({"placed_at": "2026-03-02t09:59:00z"})),
        (false, json!({"placed_at": "2026-03-02T09:59:00z"})),
        (false, json!({"placed_at": "2026-03-02T09:59:60Z"})),
        (false, json!({"placed_at": "2026-03-02T23:59:60Z"})),
        (false, json!({"placed_at": "2026-03-02T24:00:00Z"})),
        (false, json!({"placed_at": "2026-02-30T09:59:00Z"})),
        (false, json!({"placed_at": "2026-03-02T09:59:00\u{2212}05:00"})),
        (false, json!({"placed_at": "2026-03-02T09:59:00+0100"})),
        (false, json!({"placed_at": "2026-03-02"})),
        (false, json!({"placed_at": 1_772_445_540})),
        (false, json!({"payment_status": "Paid"})),
        (false, json!({"payment_status": null})),
        (false, json!({"currency": "eur"})),
        (false, json!({"currency": "EURO"})),
        (false, json!({"currency": " EUR"})),
        (true, json!({"total": "999999999999.9999"})),
        (true, json!({"total": "-16.51"})),
        (false, json!({"total": "9999999999999"})),
        (false, json!({"total": "16,51"})),
        (false, json!({"total": "16."})),
        (false, json!({"total": ".51"})),
        (false, json!({"total": "+16.51"})),
        (false, json!({"total": "16.51 "})),
        (false, json!({"total": "1e3"})),
        (false, json!({"total": "16.51000"})),
        (false, json!({"total": 16.51})),
        (false, json!({"total": "16.51 EUR"})),
        (false, json!({"discount": "-1.29"})),
        (false, json!({"refunded": "-1.29"})),
        (true, json!({"test": true})),
        (false, json!({"test": "true"})),
        (false, json!({"test": 1})),
        (true, json!({"discount_codes": vec!["A"; 20]})),
        (false, json!({"discount_codes": vec!["A"; 21]})),
        (false, json!({"discount_codes": ["A", null]})),
        (false, json!({"discount_codes": "A"})),
        (true, json!({"lines": []})),
        (true, json!({"lines": many(500)})),
        (false, json!({"lines": many(501)})),
        (false, json!({"lines": null})),
        (true, line(json!({"quantity": -1_000_000}))),
        (false, line(json!({"quantity": 1_000_001}))),
        (false, line(json!({"quantity": 1.5}))),
        (false, line(json!({"quantity": "1"}))),
        (true, line(json!({"quantity": 1.0}))),
        (false, line(json!({"sku": ""}))),
        (false, line(json!({"sku": 7}))),
        (false, line(json!({"title": " \t"}))),
        (false, line(json!({"unit_price": 12.9}))),
        (false, customer(json!({"id": null, "email": null}))),
        (true, customer(json!({"id": null}))),
        (true, customer(json!({"email": null}))),
        (true, customer(json!({"email": "nobody"}))),
        (false, customer(json!({"email": ""}))),
        (false, customer(json!({"first_name": ["Nora"]}))),
        (false, customer(json!({"locale": "en IE"}))),
        (false, customer(json!({"locale": "a".repeat(36)}))),
        (false, customer(json!({"country": "Ireland"}))),
        (false, customer(json!({"country": "ie"}))),
        (true, customer(json!({"birthday": "1990-02-28"}))),
        (true, customer(json!({"birthday": "12-31"}))),
        (false, customer(json!({"birthday": "--12-31"}))),
        (false, customer(json!({"birthday": "31.12."}))),
        (false, customer(json!({"birthday": "13-01"}))),
        (false, customer(json!({"birthday": " 12-31"}))),
        (false, consent(json!({"state": "yes"}))),
        (false, consent(json!({"state": true}))),
        (false, consent(json!({"wording": null}))),
        (false, consent(json!({"acted_at": null}))),
        (false, consent(json!({"acted_at": "2026-03-02T09:58:30"}))),
        (false, consent(json!({"source": null}))),
        (true, consent(json!({"state": "unsubscribed", "wording": null}))),
        (true, customer(json!({"consent": null}))),
        (false, customer(json!({"consent": true}))),
    ];
    for (good, data) in cases {
        let body = changed("order.placed", data.clone());
        assert_eq!((accepts(&body), reads(&body)), (good, good), "{data}\n{:?}", hear(body.as_bytes()));
    }
}

#[test]
fn a_type_must_be_borne_out_by_its_data() {
    for (kind, data) in [
        ("order.paid", json!({"payment_status": "pending"})),
        ("order.paid", json!({"payment_status": "voided"})),
        ("order.cancelled", json!({"cancelled_at": null})),
        ("customer.created", json!({"id": null})),
        ("customer.changed", json!({"id": null})),
        ("consent.changed", json!({"consent": null})),
    ] {
        let body = changed(kind, data.clone());
        assert!(!accepts(&body) && hear(body.as_bytes()).is_err(), "{kind} with {data}");
    }
}

#[test]
fn an_unknown_type_is_refused_by_the_schema_and_comes_to_nothing() {
    for kind in ["order.shipped", "Order.Placed", "parcel.lost"] {
        let body = with(&example("order.placed"), json!({"type": kind}));
        assert!(!accepts(&body));
        assert_eq!(hear(body.as_bytes()), Ok(Parsed::UnknownTopic(kind.to_owned())));
    }
}

#[test]
fn the_reading_refuses_what_no_schema_can() {
    let too_much = changed(
        "order.placed",
        json!({"lines": [{"title": "T", "quantity": 1_000_000, "unit_price": "999999999999"}]}),
    );
    let no_day = changed("customer.changed", json!({"birthday": "02-30"}));
    let future = with(&example("order.placed"), json!({"timestamp": "2026-06-01T12:05:01Z"}));
    for (body, what) in [
        (too_much, "data.lines[0].unit_price: an amount out of range"),
        (no_day, "data.birthday: not a birthday: MM-DD or YYYY-MM-DD"),
        (future, "timestamp: in the future"),
    ] {
        assert!(accepts(&body));
        assert_eq!(crate::hear::mistake(&body), what);
    }
}
