//! Bodies that nobody can read, and bodies that are merely odd: an answer for each, and no panic for any.

use proptest::prelude::*;
use retention::shop::SourceKind;
use storefront::adapter::{self, Adapter};
use storefront::{Delivery, FetchKind, MAX_BYTES, Parsed, Unreadable, bigcommerce};

use crate::edit::odd_bodies;
use crate::hear::{CALLBACK, FETCHED, ORDER, SECRET, call_for, mistake, now, read, source};

#[test]
fn what_is_not_json_too_long_or_too_deep_is_unreadable() {
    for (kind, _) in FETCHED {
        let read = |body: &[u8]| bigcommerce::entity(kind, body, &source(), now());
        assert_eq!(read(b"webhook"), Err(Unreadable::NotJson { line: 1, column: 1 }));
        assert_eq!(read(&vec![b' '; MAX_BYTES + 1]), Err(Unreadable::Long(MAX_BYTES + 1)));
        assert!(matches!(read("[".repeat(10_000).as_bytes()), Err(Unreadable::Deep(65))));
    }
}

#[test]
fn two_million_empty_items_are_an_answer_and_no_flood() {
    for list in ["products", "coupons", "shipments", "refunds"] {
        let body = format!("{{\"{list}\": [{}{{}}]}}", "{},".repeat(2_000_000));
        assert_eq!(mistake(FetchKind::Order, &body), "order: missing", "{list}");
    }
}

#[test]
fn every_field_holding_anything_is_an_answer_and_no_panic() {
    for (kind, fixture) in FETCHED {
        for body in odd_bodies(fixture) {
            let _answer = read(kind, &body);
        }
    }
    for body in odd_bodies(CALLBACK) {
        let _answer = call_for(Some("q7example"), &body);
    }
}

#[test]
fn the_one_door_knows_both_kinds_of_thin_storefronts() {
    for (kind, body, topic) in [
        (SourceKind::BigCommerce, CALLBACK, "store/order/statusUpdated"),
        (SourceKind::Ecwid, include_str!("../fixtures/ecwid/callback.json"), "order.updated"),
    ] {
        let adapter = Adapter::new(kind, [SECRET]).unwrap();
        let headers = adapter.sign("", body.as_bytes(), now());
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let delivery = Delivery::new(headers, body.as_bytes());
        assert_eq!(adapter::topic(kind, &delivery), topic);
        assert!(!adapter::has_topic_header(kind) && !adapter::is_ping(kind, &delivery));
        let parse = |adapter: &Adapter| adapter.verify(&delivery, now()).unwrap().parse(&source(), now());
        assert!(matches!(parse(&adapter), Ok(Parsed::Fetch(_))));
        assert_eq!(parse(&adapter.of_store(Some("another"))), Ok(Parsed::OtherStore));
    }
}

#[test]
fn what_is_fetched_from_the_others_is_what_their_webhooks_carry() {
    let read = |kind, what, body: &str| adapter::entity(kind, what, body.as_bytes(), &source(), now());
    let (shopify, woo) = (include_str!("../fixtures/order.json"), include_str!("../fixtures/woocommerce/order.json"));
    assert!(matches!(read(SourceKind::Shopify, FetchKind::Order, shopify), Ok(Parsed::Event(_))));
    assert!(matches!(read(SourceKind::WooCommerce, FetchKind::Order, woo), Ok(Parsed::Event(_))));
    let (shopify, woo) =
        (include_str!("../fixtures/customer.json"), include_str!("../fixtures/woocommerce/customer.json"));
    assert!(matches!(read(SourceKind::Shopify, FetchKind::Customer, shopify), Ok(Parsed::Event(_))));
    assert!(matches!(read(SourceKind::WooCommerce, FetchKind::Customer, woo), Ok(Parsed::Event(_))));
    assert_eq!(read(SourceKind::Standard, FetchKind::Order, "{}"), Ok(Parsed::UnknownTopic("order".into())));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        for (kind, _) in FETCHED {
            prop_assert!(bigcommerce::entity(kind, &body, &source(), now()).is_err());
        }
    }

    #[test]
    fn an_order_with_bytes_overwritten_never_panics(at in 0..ORDER.len(), with in proptest::collection::vec(any::<u8>(), 1..9)) {
        let mut body = ORDER.as_bytes().to_vec();
        let end = (at + with.len()).min(body.len());
        body[at..end].copy_from_slice(&with[..end - at]);
        let _answer = bigcommerce::entity(FetchKind::Order, &body, &source(), now());
    }
}
