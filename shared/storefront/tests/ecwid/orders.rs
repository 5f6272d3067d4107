//! What an order comes out as.

use retention::after_sale::ReturnState;
use retention::consent::Said;
use retention::order::{Parts, Payment};
use serde_json::json;
use storefront::{FetchKind, Parsed};

use crate::hear::{ORDER, changed, event, mistake, order, read, time, with, without};

#[test]
fn an_order_comes_out_with_its_amounts_lines_and_times() {
    let order = order(json!({}));
    assert_eq!((order.id.as_str(), order.number.as_str()), ("shop:731904412", "TEA-7KQ2Z"));
    assert_eq!(order.placed_at, time("2026-03-14T08:26:53Z"));
    assert_eq!((order.stamp.at, order.stamp.rank), (time("2026-03-15T10:00:00Z"), 12));
    assert!(order.counts() && !order.test && order.cancelled_at.is_none());
    assert_eq!((order.total.minor, order.total.currency.code()), (5790, "EUR"), "the currency is the store's");
    let parts = Parts { subtotal: Some(5290), discount: Some(710), shipping: Some(500), tax: Some(1158) };
    assert_eq!(order.parts, parts, "both kinds of discounts taken off");
    assert_eq!((order.refunded_minor, order.codes.as_slice()), (0, &["SPRING10".to_owned()][..]));
    let lines: Vec<_> = order.lines.iter().map(|l| (l.product.as_str(), l.quantity, l.unit_minor)).collect();
    assert_eq!(lines, [("OAT-100", 2, 2000), ("product:95", 1, 2000)]);
    assert_eq!(order.lines[0].variant.as_deref(), Some("100 g, Paper"), "not what the customer typed in");
    assert_eq!(order.lines[1].variant, None);
}

#[test]
fn an_order_names_its_person() {
    let person = event(FetchKind::Order, ORDER).person;
    assert_eq!((person.id.as_deref(), person.locale.as_deref()), (Some("318"), Some("sv")));
    assert_eq!(person.email.unwrap().normal(), "ada.lindqvist@example.com");
    assert_eq!(person.name.unwrap().expose(), "Ada", "from the bill, not from the parcel");
    assert_eq!((person.country.unwrap().code(), person.region.as_deref()), ("CA", Some("ON")));
    let guest = event(FetchKind::Order, &changed(ORDER, json!({"customerId": null, "billingPerson": null})));
    assert_eq!((guest.person.id, guest.person.name), (None, None));
    let nobody = changed(ORDER, json!({"customerId": 0, "email": ""}));
    assert_eq!(read(FetchKind::Order, &nobody), Ok(Parsed::Nobody));
}

#[test]
fn a_tick_at_the_checkout_is_an_act_of_that_moment_and_no_tick_is_none() {
    let said = event(FetchKind::Order, ORDER).statements;
    assert_eq!((said[0].said, said[0].act_at), (Said::Subscribed, Some(time("2026-03-14T08:26:53Z"))));
    for accepts in [json!(false), json!(null), json!("true")] {
        let body = changed(ORDER, json!({"acceptMarketing": accepts}));
        assert_eq!(event(FetchKind::Order, &body).statements, [], "{accepts}");
    }
}

#[test]
fn the_two_statuses_say_how_far_an_order_is() {
    let standing = |payment: &str, fulfilment: &str| {
        let order = order(json!({"paymentStatus": payment, "fulfillmentStatus": fulfilment}));
        (order.payment, order.cancelled_at.is_some(), order.fulfilled_at.is_some(), order.refunded_minor)
    };
    assert_eq!(standing("AWAITING_PAYMENT", "AWAITING_PROCESSING"), (Payment::Pending, false, false, 0));
    assert_eq!(standing("INCOMPLETE", ""), (Payment::Pending, false, false, 0));
    assert_eq!(standing("CUSTOM_PAYMENT_STATUS_1", "CUSTOM_FULFILLMENT_STATUS_2"), (Payment::Pending, false, false, 0));
    assert_eq!(standing("PAID", "READY_FOR_PICKUP"), (Payment::Paid, false, false, 0));
    assert_eq!(standing("PAID", "DELIVERED"), (Payment::Paid, false, true, 0));
    assert_eq!(standing("PAID", "WILL_NOT_DELIVER"), (Payment::Paid, true, false, 0));
    assert_eq!(standing("CANCELLED", "PROCESSING"), (Payment::Voided, true, false, 0));
    assert_eq!(standing("REFUNDED", "SHIPPED"), (Payment::Refunded, false, true, 5790), "whole, by its status");
    assert_eq!(standing("PARTIALLY_REFUNDED", "SHIPPED"), (Payment::PartlyRefunded, false, true, 0));
}

#[test]
fn refunds_are_read_with_their_times_and_twice_is_once() {
    let refund = json!({"date": "2026-03-20 12:00:00 +0000", "source": "CP", "reason": "", "amount": 7.5});
    let refunded = order(json!({"refunds": [refund, refund]}));
    let refunds: Vec<_> = refunded.after.refunds.iter().map(|r| (r.at, r.money.minor)).collect();
    assert_eq!(refunds, [(time("2026-03-20T12:00:00Z"), 750)]);
    assert_eq!((refunded.payment, refunded.refunded_minor), (Payment::PartlyRefunded, 1500));
    let by_sum = order(json!({"refundedAmount": 57.9}));
    assert_eq!((by_sum.payment, by_sum.refunded_minor), (Payment::Refunded, 5790));
    let body = changed(ORDER, json!({"refunds": [{"date": "soon", "amount": 1}]}));
    assert!(mistake(FetchKind::Order, &body).starts_with("refunds[0].date: "));
}

#[test]
fn the_parcel_of_an_order_is_followed() {
    let parcel = |status: &str| {
        let mut after = order(json!({"fulfillmentStatus": status})).after;
        (after.fulfilments.pop(), after.returns.pop())
    };
    let (shipped, _) = parcel("SHIPPED");
    let shipped = shipped.unwrap();
    assert_eq!((shipped.shipped_at, shipped.delivered_at), (Some(time("2026-03-15T10:00:00Z")), None));
    let tracking = &shipped.tracking[0];
    assert_eq!((tracking.number.as_str(), tracking.carrier.as_deref()), ("PN00041234SE", Some("Post")));
    assert!(tracking.url.as_deref().unwrap().starts_with("https://carrier.example/"));
    assert!(parcel("OUT_FOR_DELIVERY").0.unwrap().out_for_delivery_at.is_some());
    assert!(parcel("DELIVERED").0.unwrap().delivered_at.is_some());
    assert_eq!(parcel("RETURNED").1.unwrap().state, ReturnState::Received);
    assert_eq!(parcel("PROCESSING"), (None, None));
}

#[test]
fn an_older_store_knows_an_order_by_its_number() {
    let old =
        without(&serde_json::from_str::<serde_json::Value>(ORDER).unwrap()["entity"].to_string(), &["internalId"]);
    let old: serde_json::Value = serde_json::from_str(&old).unwrap();
    let body = json!({"currency": "EUR", "entity": old}).to_string();
    let event = event(FetchKind::Order, &body);
    assert_eq!(event.aliases()[0].parts()[2], "shop:731904412");
}

#[test]
fn the_currency_is_needed_and_has_its_decimals() {
    assert_eq!(mistake(FetchKind::Order, &without(ORDER, &["currency"])), "currency: missing");
    assert_eq!(mistake(FetchKind::Order, &without(ORDER, &["entity"])), "entity: missing");
    let yen = json!({"currency": "JPY", "entity": {"total": 5790, "items": []}});
    let Ok(Parsed::Event(event)) = read(FetchKind::Order, &with(ORDER, yen)) else { panic!("unreadable") };
    let retention::event::Entity::Order(order) = event.entity else { panic!("not an order") };
    assert_eq!(order.total.minor, 5790);
}
