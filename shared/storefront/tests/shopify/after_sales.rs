//! Refunds, parcels, carriers and returns: each by itself, and as the order tells of them.

use retention::after_sale::{AfterSale, Fulfilment, ReturnState, Tracking};
use retention::event::Entity;
use serde_json::{Value, json};
use storefront::Parsed;

use crate::hear::{ORDER, event, hear, mistake, order_of, time, with};

pub(crate) fn refund() -> Value {
    json!({ "id": 9, "order_id": 1001, "created_at": "2026-03-05T10:00:00+01:00", "transactions": [
        { "kind": "refund", "status": "success", "amount": "4.50", "currency": "EUR" },
        { "kind": "refund", "status": "pending", "amount": "1.00", "currency": "EUR" },
        { "kind": "sale", "status": "success", "amount": "9.00", "currency": "EUR" } ] })
}

pub(crate) fn parcel() -> Value {
    json!({ "id": 7, "order_id": 1001, "status": "success", "shipment_status": "out_for_delivery",
        "created_at": "2026-03-03T10:00:00Z", "updated_at": "2026-03-04T08:00:00Z", "tracking_company": "Example Post",
        "tracking_number": "A1", "tracking_numbers": ["A1", "A2"], "tracking_urls": ["https://post.example/A1"] })
}

pub(crate) fn carrier(status: &str) -> Value {
    json!({ "id": 1, "order_id": 1001, "fulfillment_id": 7, "status": status, "happened_at": "2026-03-04T12:00:00Z" })
}

/// What an event says of which order.
fn said(topic: &str, body: &Value) -> (String, AfterSale) {
    let event = event(topic, &body.to_string());
    assert!(event.person.aliases().is_empty(), "it names nobody");
    match event.entity {
        Entity::AfterSale(order, what) => (order.as_str().to_owned(), *what),
        other => panic!("not about an order: {other:?}"),
    }
}

fn parcel_of(topic: &str, body: &Value) -> Fulfilment {
    match said(topic, body).1 {
        AfterSale::Fulfilment(parcel) => parcel,
        other => panic!("no parcel: {other:?}"),
    }
}

#[test]
fn a_refund_is_what_went_back_and_no_more() {
    let (order, what) = said("refunds/create", &refund());
    let AfterSale::Refund(refund) = what else { panic!("no refund") };
    assert_eq!((order.as_str(), refund.id.as_str(), refund.money.minor), ("shopify:1001", "9", 450));
    assert_eq!(refund.at, time("2026-03-05T09:00:00Z"));
    let mut nothing = refund_of(json!([]));
    assert_eq!(hear("refunds/create", nothing.to_string().as_bytes()), Ok(Parsed::Nobody), "goods alone came back");
    nothing["order_id"] = json!(null);
    assert_eq!(mistake("refunds/create", &nothing.to_string()), "order_id: missing");
}

fn refund_of(transactions: Value) -> Value {
    let mut body = refund();
    body["transactions"] = transactions;
    body
}

#[test]
fn a_refund_in_two_currencies_is_not_added_up() {
    let two = json!([
        { "kind": "refund", "status": "success", "amount": "4.50", "currency": "EUR" },
        { "kind": "refund", "status": "success", "amount": "4.50", "currency": "USD" },
    ]);
    let what = "transactions[1].currency: another currency than the refund's";
    assert_eq!(mistake("refunds/create", &refund_of(two).to_string()), what);
}

#[test]
fn an_order_tells_of_the_same_refund_and_the_same_parcel() {
    let body = with(ORDER, json!({ "refunds": [refund()], "fulfillments": [parcel()] }));
    let after = order_of(event("orders/updated", &body)).after;
    let (_, AfterSale::Refund(refund)) = said("refunds/create", &refund()) else { panic!("no refund") };
    assert_eq!((after.refunds, after.fulfilments), (vec![refund], vec![parcel_of("fulfillments/update", &parcel())]));
}

#[test]
fn a_parcel_has_its_numbers_and_where_it_is() {
    let parcel = parcel_of("fulfillments/create", &parcel());
    let tracking = |number: &str, url: Option<&str>| Tracking {
        number: number.to_owned(),
        carrier: Some("Example Post".to_owned()),
        url: url.map(str::to_owned),
    };
    assert_eq!(parcel.tracking, [tracking("A1", Some("https://post.example/A1")), tracking("A2", None)]);
    assert_eq!(parcel.shipped_at, Some(time("2026-03-03T10:00:00Z")));
    assert_eq!((parcel.out_for_delivery_at, parcel.delivered_at), (Some(time("2026-03-04T08:00:00Z")), None));
}

#[test]
fn a_parcel_that_is_only_packed_has_not_left_and_a_link_that_is_none_is_left_out() {
    let mut body = parcel();
    (body["status"], body["shipment_status"]) = (json!("open"), json!(null));
    body["tracking_urls"] = json!(["javascript:alert(1)"]);
    let parcel = parcel_of("fulfillments/create", &body);
    assert_eq!((parcel.shipped_at, &parcel.tracking[0].url, parcel.cancelled), (None, &None, false));
    body["status"] = json!("cancelled");
    assert!(parcel_of("fulfillments/update", &body).cancelled);
}

#[test]
fn a_carrier_says_where_a_parcel_is_and_a_printed_label_says_nothing() {
    let when = Some(time("2026-03-04T12:00:00Z"));
    let parcel = |status: &str| parcel_of("fulfillment_events/create", &carrier(status));
    assert_eq!(parcel("in_transit").shipped_at, when);
    assert_eq!(parcel("out_for_delivery").out_for_delivery_at, when);
    assert_eq!(parcel("delivered").delivered_at, when);
    for late in ["delayed", "attempted_delivery", "failure"] {
        assert_eq!(parcel(late).delayed_at, when, "{late}");
    }
    assert_eq!(hear("fulfillment_events/create", carrier("label_printed").to_string().as_bytes()), Ok(Parsed::Nobody));
}

#[test]
fn a_return_goes_from_asked_to_received() {
    let body = |status: &str| json!({ "id": 3, "status": status, "order": { "id": 1001 } });
    for (status, state) in [
        ("requested", ReturnState::Requested),
        ("OPEN", ReturnState::Approved),
        ("declined", ReturnState::Declined),
        ("closed", ReturnState::Received),
    ] {
        let (order, what) = said("returns/update", &body(status));
        assert!(
            matches!(what, AfterSale::Return(goods) if goods.state == state && order == "shopify:1001"),
            "{status}"
        );
    }
    assert_eq!(hear("returns/update", body("canceled").to_string().as_bytes()), Ok(Parsed::Nobody));
}
