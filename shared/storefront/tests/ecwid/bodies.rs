//! Bodies that nobody can read, and bodies that are merely odd: an answer for each, and no panic for any.

use proptest::prelude::*;
use storefront::{Delivery, FetchKind, MAX_BYTES, Parsed, Unreadable, ecwid};

use crate::edit::odd_bodies;
use crate::hear::{CALLBACK, FETCHED, ORDER, app, created, mistake, read, source, time};

#[test]
fn what_is_not_json_too_long_or_too_deep_is_unreadable() {
    for (kind, _) in FETCHED {
        let read = |body: &[u8]| ecwid::entity(kind, body, &source(), time("2026-04-02T00:00:00Z"));
        assert_eq!(read(b"webhook"), Err(Unreadable::NotJson { line: 1, column: 1 }));
        assert_eq!(read(&vec![b' '; MAX_BYTES + 1]), Err(Unreadable::Long(MAX_BYTES + 1)));
        assert!(matches!(read("[".repeat(10_000).as_bytes()), Err(Unreadable::Deep(65))));
        assert!(matches!(read(b"[]"), Err(Unreadable::Shape { line: 1, .. })));
    }
}

#[test]
fn two_million_empty_items_are_an_answer_and_no_flood() {
    let body = format!("{{\"currency\": \"EUR\", \"entity\": {{\"items\": [{}{{}}]}}}}", "{},".repeat(2_000_000));
    assert_eq!(mistake(FetchKind::Order, &body), "internalId: missing");
}

#[test]
fn ecwid_has_no_subscribers() {
    assert_eq!(read(FetchKind::Subscriber, "{}"), Ok(Parsed::UnknownTopic("subscriber".into())));
}

#[test]
fn every_field_holding_anything_is_an_answer_and_no_panic() {
    for (kind, fixture) in FETCHED {
        for body in odd_bodies(fixture) {
            let _answer = read(kind, &body);
        }
    }
    for body in odd_bodies(CALLBACK) {
        let signature = ecwid::sign(body.as_bytes(), &app());
        let delivery = Delivery::new([(ecwid::SIGNATURE_HEADER, signature.as_str())], body.as_bytes());
        let _answer = ecwid::verify(&delivery, &app(), created()).map(|verified| ecwid::parse(&verified));
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        for (kind, _) in FETCHED {
            prop_assert!(ecwid::entity(kind, &body, &source(), time("2026-04-02T00:00:00Z")).is_err());
        }
    }

    #[test]
    fn an_order_with_bytes_overwritten_never_panics(at in 0..ORDER.len(), with in proptest::collection::vec(any::<u8>(), 1..9)) {
        let mut body = ORDER.as_bytes().to_vec();
        let end = (at + with.len()).min(body.len());
        body[at..end].copy_from_slice(&with[..end - at]);
        let _answer = ecwid::entity(FetchKind::Order, &body, &source(), time("2026-04-02T00:00:00Z"));
    }
}
