//! What an order comes out as.

use retention::consent::Said;
use retention::order::{Parts, Payment};
use serde_json::json;
use storefront::{FetchKind, Parsed};

use crate::hear::{ORDER, event, mistake, order, read, time, whole, with, without};

#[test]
fn an_order_comes_out_with_its_amounts_lines_and_times() {
    let order = order(json!({}));
    assert_eq!((order.id.as_str(), order.number.as_str()), ("shop:4711", "#4711"));
    assert_eq!((order.placed_at, order.stamp.at), (time("2026-03-14T08:26:53Z"), time("2026-03-15T10:00:00Z")));
    assert_eq!(order.fulfilled_at, Some(time("2026-03-15T09:30:00Z")));
    assert!(order.counts() && !order.test && order.cancelled_at.is_none());
    assert_eq!((order.total.minor, order.total.currency.code()), (5790, "EUR"), "paid in, not shown in");
    let parts = Parts { subtotal: Some(5290), discount: Some(710), shipping: Some(500), tax: Some(1083) };
    assert_eq!(order.parts, parts);
    assert_eq!((order.refunded_minor, order.codes.as_slice()), (0, &["SPRING10".to_owned()][..]));
    let lines: Vec<_> = order.lines.iter().map(|l| (l.product.as_str(), l.quantity, l.unit_minor)).collect();
    assert_eq!(lines, [("OAT-100", 2, 2000), ("Soap dish, by hand", 1, 2000)]);
    assert_eq!(order.lines[0].variant.as_deref(), Some("100 g"), "not what the customer typed in");
    assert_eq!(order.cart.unwrap().as_str(), "shop:5d3c1f8e-27aa-4b60-9a61-8f0d4c2b7e19");
}

#[test]
fn an_order_names_its_person_and_customer_0_is_a_guest() {
    let person = event(FetchKind::Order, ORDER).person;
    assert_eq!((person.id.as_deref(), person.locale.as_deref()), (Some("318"), Some("sv")));
    assert_eq!(person.email.unwrap().normal(), "ada.lindqvist@example.com");
    assert_eq!((person.name.unwrap().expose(), person.country.unwrap().code()), ("Ada", "SE"));
    assert_eq!(person.region, None, "a name of a state is no code of one");
    let guest = event(FetchKind::Order, &with(ORDER, json!({"order": {"customer_id": 0}})));
    assert_eq!(guest.person.id, None);
    let nobody = with(ORDER, json!({"order": {"customer_id": 0, "billing_address": {"email": ""}}}));
    assert_eq!(read(FetchKind::Order, &nobody), Ok(Parsed::Nobody));
}

#[test]
fn a_tick_at_the_checkout_is_an_act_of_that_moment_and_no_tick_is_none() {
    let said = event(FetchKind::Order, ORDER).statements;
    assert_eq!((said[0].said, said[0].act_at), (Said::Subscribed, Some(time("2026-03-14T08:26:53Z"))));
    let unticked = with(ORDER, json!({"order": {"is_email_opt_in": false}}));
    assert_eq!(event(FetchKind::Order, &unticked).statements, []);
}

#[test]
fn status_and_payment_say_how_far_an_order_is() {
    let standing = |status: i64, payment: &str| {
        let order = order(json!({"status_id": status, "payment_status": payment}));
        (order.payment, order.cancelled_at.is_some(), order.fulfilled_at.is_some())
    };
    for waits_for_customer in [0, 1, 7, 12, 99] {
        assert_eq!(standing(waits_for_customer, ""), (Payment::Pending, false, false), "{waits_for_customer}");
        assert_eq!(standing(waits_for_customer, "captured").0, Payment::Paid);
    }
    for waits_for_shop in [3, 8, 9, 11, 13] {
        assert_eq!(standing(waits_for_shop, ""), (Payment::Paid, false, false), "{waits_for_shop}");
    }
    assert_eq!(standing(11, "authorized").0, Payment::Authorised);
    assert_eq!((standing(2, ""), standing(10, "")), ((Payment::Paid, false, true), (Payment::Paid, false, true)));
    assert_eq!(
        (standing(5, ""), standing(6, "declined")),
        ((Payment::Voided, true, false), (Payment::Voided, true, false))
    );
    assert_eq!(standing(5, "captured"), (Payment::Paid, true, false));
    assert_eq!(standing(11, "void").0, Payment::Voided);
    assert_eq!((standing(4, "").0, standing(14, "").0), (Payment::Refunded, Payment::PartlyRefunded));
}

#[test]
fn what_went_back_is_the_orders_sum_else_all_of_it_by_its_status() {
    let refunded = |fields| {
        let order = order(fields);
        (order.payment, order.refunded_minor)
    };
    assert_eq!(refunded(json!({"refunded_amount": "7.5000"})), (Payment::PartlyRefunded, 750));
    assert_eq!(refunded(json!({"refunded_amount": 57.9})), (Payment::Refunded, 5790));
    assert_eq!(refunded(json!({"status_id": 4})), (Payment::Refunded, 5790));
}

#[test]
fn refunds_come_with_their_times_and_declined_ones_are_none() {
    let refunds = json!([
        {"id": 3, "order_id": 4711, "created": "2026-03-20T12:00:00+00:00", "total_amount": 7.5, "payments": [{"id": 1, "is_declined": false}]},
        {"id": 4, "order_id": 4711, "created": "2026-03-21T12:00:00+00:00", "total_amount": 9, "payments": [{"id": 2, "is_declined": true}]}
    ]);
    let after = whole(json!({"refunds": refunds})).after;
    let read: Vec<_> = after.refunds.iter().map(|r| (r.id.as_str(), r.at, r.money.minor)).collect();
    assert_eq!(read, [("3", time("2026-03-20T12:00:00Z"), 750)]);
}

#[test]
fn parcels_come_with_how_to_follow_them() {
    let mut after = whole(json!({})).after;
    let parcel = after.fulfilments.pop().unwrap();
    assert_eq!((parcel.id.as_str(), parcel.shipped_at), ("6", Some(time("2026-03-15T09:30:00Z"))));
    let tracking = &parcel.tracking[0];
    assert_eq!((tracking.number.as_str(), tracking.carrier.as_deref()), ("PN00041234SE", Some("post")));
    assert!(parcel.delivered_at.is_none(), "nobody says so");
}

#[test]
fn an_order_paid_by_the_test_gateway_does_not_count() {
    let test = order(json!({"payment_method": "Test Payment Gateway"}));
    assert!(test.test && !test.counts());
}

#[test]
fn an_order_without_its_lines_or_its_currency_is_unreadable() {
    assert_eq!(mistake(FetchKind::Order, &without(ORDER, &["products"])), "products: missing");
    assert_eq!(mistake(FetchKind::Order, &without(ORDER, &["order"])), "order: missing");
    let none = json!({"order": {"default_currency_code": null, "currency_code": null}});
    assert_eq!(mistake(FetchKind::Order, &with(ORDER, none)), "order.default_currency_code: missing");
    let line = json!({"products": [{"name": "Soap", "quantity": 1, "price_inc_tax": "cheap"}]});
    assert_eq!(
        mistake(FetchKind::Order, &with(ORDER, line)),
        "products[0].price_inc_tax: not an amount, such as 12.50"
    );
}
