//! What an order comes out as.

use retention::event::Entity;
use retention::order::{Parts, Payment};
use serde_json::{Value, json};
use storefront::Parsed;

use crate::hear::{ORDER, ORDER_TOPICS, event, hear, mistake, order, order_of, source, time, with, without};

#[test]
fn an_order_comes_out_with_its_amounts_lines_and_times() {
    let order = order(json!({}));
    assert_eq!((order.id.as_str(), order.number.as_str()), ("shopify:5501002003004", "#1042"));
    assert_eq!(order.placed_at, time("2026-03-14T08:26:53Z"), "processed_at, by its offset");
    assert_eq!(order.stamp.at, time("2026-03-14T08:26:56Z"));
    assert_eq!(order.stamp.rank, 2);
    assert_eq!(order.payment, Payment::Paid);
    assert!(order.counts() && !order.test && order.cancelled_at.is_none() && order.fulfilled_at.is_none());
    assert_eq!((order.total.minor, order.total.currency.code()), (9130, "EUR"));
    let parts = Parts { subtotal: Some(8550), discount: Some(950), shipping: Some(580), tax: Some(1826) };
    assert_eq!(order.parts, parts);
    assert_eq!((order.refunded_minor, order.codes.as_slice()), (0, &["SPRING10".to_owned()][..]));
    let lines: Vec<_> = order.lines.iter().map(|l| (l.product.as_str(), l.quantity, l.unit_minor)).collect();
    assert_eq!(lines, [("OAT-100", 2, 3000), ("variant:44100200301", 1, 3500)]);
    assert_eq!(order.lines[0].title, "Oat shampoo bar");
    assert_eq!((order.lines[0].variant.as_deref(), order.lines[1].variant.as_deref()), (Some("100 g"), None));
}

#[test]
fn an_order_names_its_person() {
    let person = event("orders/create", ORDER).person;
    assert_eq!((&person.source, person.id.as_deref()), (&source(), Some("7700111222333")));
    assert_eq!(person.email.unwrap().expose(), "Ada.Lindqvist@example.com");
    assert_eq!(person.name.unwrap().expose(), "Ada");
    assert_eq!(person.locale.as_deref(), Some("sv-SE"));
    assert_eq!((person.country.unwrap().code(), person.region.as_deref()), ("CA", Some("ON")));
    assert_eq!(person.birthday, None);
}

#[test]
fn every_topic_of_orders_is_read_alike() {
    let created = event("orders/create", ORDER);
    for topic in ORDER_TOPICS {
        assert_eq!(event(topic, ORDER), created, "{topic}");
    }
}

#[test]
fn the_content_hash_is_that_of_the_raw_body() {
    let hash = |body: &str| order_of(event("orders/updated", body)).stamp.hash;
    assert_eq!(hash(ORDER).len(), 16);
    assert_eq!(hash(ORDER), hash(ORDER));
    assert_ne!(hash(ORDER), hash(&format!("{ORDER} ")), "one more byte, another version");
}

#[test]
fn an_id_may_be_a_string() {
    let strings = json!({"id": "5501002003004", "customer": {"id": "7700111222333"},
        "line_items": [{"title": "Soap", "quantity": "1", "price": "1.00", "variant_id": "44"}]});
    let event = event("orders/create", &with(ORDER, strings));
    assert_eq!(event.person.id.as_deref(), Some("7700111222333"));
    let order = order_of(event);
    assert_eq!((order.id.own(), order.lines[0].product.as_str()), ("5501002003004", "variant:44"));
}

#[test]
fn an_order_without_an_address_is_its_customers() {
    let none = json!({"email": "", "contact_email": null, "customer": {"email": null}});
    let event = event("orders/create", &with(ORDER, none));
    assert_eq!((event.person.email, event.person.id.as_deref()), (None, Some("7700111222333")));
}

#[test]
fn an_address_is_looked_for_in_three_places() {
    let email = |fields: Value| event("orders/create", &with(ORDER, fields)).person.email.unwrap().normal();
    assert_eq!(email(json!({"email": ""})), "ada.lindqvist@example.com");
    assert_eq!(email(json!({"email": null, "contact_email": "c@example.com"})), "c@example.com");
    assert_eq!(
        email(json!({"email": "not one", "contact_email": "", "customer": {"email": "d@example.com"}})),
        "d@example.com"
    );
}

#[test]
fn an_address_that_is_none_leaves_the_order_an_order() {
    let bad = json!({"email": "a@b@c", "contact_email": "<x@y.example>", "customer": {"email": "\r\n"}});
    let event = event("orders/create", &with(ORDER, bad));
    assert_eq!(event.person.email, None);
    assert!(order_of(event).counts());
}

#[test]
fn a_guest_is_an_address_without_an_id() {
    for body in [with(ORDER, json!({"customer": null})), without(ORDER, &["customer"])] {
        let event = event("orders/create", &body);
        assert_eq!(event.person.id, None);
        assert_eq!(event.person.email.unwrap().normal(), "ada.lindqvist@example.com");
        assert_eq!(event.person.name.unwrap().expose(), "Ada", "from the bill, not from the parcel");
        assert!(event.statements.is_empty());
    }
}

#[test]
fn an_order_at_the_till_with_neither_customer_nor_address_is_nobodys() {
    let body = with(ORDER, json!({"email": "", "contact_email": null, "customer": null}));
    assert_eq!(hear("orders/create", body.as_bytes()), Ok(Parsed::Nobody));
    assert_eq!(mistake("orders/create", "{}"), "id: missing", "what is no order is not nobody's order");
}

#[test]
fn a_place_is_that_of_the_first_address_with_a_country() {
    let place = |fields: Value| {
        let person = event("orders/create", &with(ORDER, fields)).person;
        (person.country.map(|c| c.code().to_owned()), person.region)
    };
    assert_eq!(place(json!({"shipping_address": null})), (Some("SE".into()), None));
    assert_eq!(place(json!({"shipping_address": {"country_code": null}})), (Some("SE".into()), None), "not SE with ON");
    assert_eq!(place(json!({"shipping_address": null, "billing_address": null})), (Some("NO".into()), None));
    let none = json!({"shipping_address": null, "billing_address": null, "customer": {"default_address": null}});
    assert_eq!(place(none), (None, None));
}

#[test]
fn an_order_that_costs_nothing_or_is_a_test_does_not_count() {
    let free = json!({"total_price": "0.00", "total_price_set": {"shop_money": {"amount": "0.00"}}});
    let free = order(free);
    assert_eq!((free.total.minor, free.counts()), (0, false));
    let test = order(json!({"test": true}));
    assert!(test.test && !test.counts());
}

#[test]
fn a_currency_without_decimals_is_read_with_and_without_them() {
    let sets =
        ["total_price_set", "subtotal_price_set", "total_discounts_set", "total_tax_set", "total_shipping_price_set"];
    let plain = without(ORDER, &sets);
    for (total, price, shipping) in [("4200", "1900", "400"), ("4200.00", "1900.00", "400.0")] {
        let yen = json!({"currency": "JPY", "total_price": total, "subtotal_price": "3800", "total_tax": "0", "total_discounts": "0",
            "line_items": [{"sku": "S", "title": "石けん", "quantity": 2, "price": price}], "shipping_lines": [{"price": shipping}]});
        let order = order_of(event("orders/create", &with(&plain, yen)));
        assert_eq!((order.total.minor, order.total.currency.code()), (4200, "JPY"));
        assert_eq!((order.lines[0].unit_minor, order.parts.shipping), (1900, Some(400)));
    }
}

#[test]
fn older_payloads_without_sets_say_the_same() {
    let sets =
        ["total_price_set", "subtotal_price_set", "total_discounts_set", "total_tax_set", "total_shipping_price_set"];
    let old = order_of(event("orders/create", &without(ORDER, &sets)));
    let new = order(json!({}));
    assert_eq!((old.total, old.parts, old.lines), (new.total, new.parts, new.lines));
}

#[test]
fn the_shops_money_goes_before_what_stands_beside_it() {
    let order = order(json!({"currency": "SEK", "total_price": "1004.30", "subtotal_price": "940.50"}));
    assert_eq!((order.total.minor, order.total.currency.code(), order.parts.subtotal), (9130, "EUR", Some(8550)));
}

#[test]
fn parts_that_are_not_named_are_not_made_up() {
    let parts = [
        "subtotal_price",
        "subtotal_price_set",
        "total_discounts",
        "total_discounts_set",
        "total_tax",
        "total_tax_set",
        "total_shipping_price_set",
        "shipping_lines",
        "discount_codes",
    ];
    let order = order_of(event("orders/create", &without(ORDER, &parts)));
    assert_eq!((order.parts, order.codes), (Parts::default(), vec![]));
}

#[test]
fn each_financial_status_has_its_payment() {
    let statuses = [
        (json!("pending"), Payment::Pending),
        (json!("authorized"), Payment::Authorised),
        (json!("partially_paid"), Payment::Authorised),
        (json!("paid"), Payment::Paid),
        (json!("partially_refunded"), Payment::PartlyRefunded),
        (json!("refunded"), Payment::Refunded),
        (json!("voided"), Payment::Voided),
        (json!("expired"), Payment::Voided),
        (json!(null), Payment::Pending),
        (json!("something new"), Payment::Pending),
        (json!(7), Payment::Pending),
    ];
    for (status, payment) in statuses {
        assert_eq!(order(json!({"financial_status": status})).payment, payment, "{status}");
    }
    assert_eq!(order_of(event("orders/create", &without(ORDER, &["financial_status"]))).payment, Payment::Pending);
}

#[test]
fn a_cancelled_order_ranks_over_a_fulfilled_one_of_the_same_second() {
    let fulfilled = order(json!({"fulfillment_status": "fulfilled"}));
    let cancelled = order(json!({"cancelled_at": "2026-03-15T00:30:00+13:00"}));
    assert_eq!(cancelled.cancelled_at, Some(time("2026-03-14T11:30:00Z")));
    assert!(cancelled.stamp > fulfilled.stamp && fulfilled.stamp > order(json!({})).stamp);
    assert!(!cancelled.counts());
}

#[test]
fn an_order_is_fulfilled_when_its_last_parcel_has_left() {
    let parcels = json!([
        {"status": "success", "created_at": "2026-03-15T10:00:00+01:00"},
        {"status": "success", "created_at": "2026-03-16T10:00:00+01:00"},
        {"status": "cancelled", "created_at": "2026-03-17T10:00:00+01:00"}]);
    let fulfilled = order(json!({"fulfillment_status": "fulfilled", "fulfillments": parcels}));
    assert_eq!(fulfilled.fulfilled_at, Some(time("2026-03-16T09:00:00Z")));
    let partial = order(json!({"fulfillment_status": "partial", "fulfillments": parcels}));
    assert_eq!(partial.fulfilled_at, None);
    let by_hand = order(json!({"fulfillment_status": "fulfilled"}));
    assert_eq!(by_hand.fulfilled_at, Some(by_hand.stamp.at), "no parcel is named");
}

fn refund(kind: &str, status: &str, amount: &str, currency: &str) -> Value {
    json!({"transactions": [{"kind": kind, "status": status, "amount": amount, "currency": currency}]})
}

#[test]
fn refunds_that_succeeded_are_added_up() {
    let refunds = json!([refund("refund", "success", "10.00", "EUR"), refund("refund", "success", "1.30", "EUR"),
        refund("refund", "failure", "50.00", "EUR"), refund("void", "success", "5.00", "EUR"), {"transactions": []}, {}]);
    let order = order(json!({"financial_status": "partially_refunded", "refunds": refunds}));
    assert_eq!((order.refunded_minor, order.net_minor()), (1130, 8000));
    assert!(order.counts(), "a refund lowers spend, never the count");
}

#[test]
fn a_refund_in_the_currency_that_the_customer_saw_is_taken_at_the_rate_of_the_order() {
    let order = order(json!({"refunds": [refund("refund", "success", "502.15", "SEK")]}));
    assert_eq!(order.refunded_minor, 4565);
    let other = with(ORDER, json!({"refunds": [refund("refund", "success", "5.00", "USD")]}));
    let what = "refunds[0].transactions[0].currency: neither the order's currency nor the one its customer saw";
    assert_eq!(mistake("orders/updated", &other), what);
}

#[test]
fn an_order_that_went_back_whole_without_its_transactions_went_back_whole() {
    assert_eq!(order(json!({"financial_status": "refunded"})).refunded_minor, 9130);
    let less = json!({"financial_status": "refunded", "refunds": [refund("refund", "success", "85.50", "EUR")]});
    assert_eq!(order(less).refunded_minor, 8550, "where there are some, they say how much");
}

#[test]
fn an_order_is_placed_when_it_was_processed_else_when_it_was_created() {
    assert_eq!(order(json!({"processed_at": "2011-05-01T12:00:00-04:00"})).placed_at, time("2011-05-01T16:00:00Z"));
    let created = order(json!({"processed_at": null, "updated_at": null}));
    assert_eq!((created.placed_at, created.stamp.at), (time("2026-03-14T08:26:55Z"), time("2026-03-14T08:26:55Z")));
}

#[test]
fn a_line_is_known_by_what_would_be_ordered_again() {
    let key = |line: Value| {
        let base = json!({"quantity": 1, "price": "1"});
        let line: Value = serde_json::from_str(&with(&base.to_string(), line)).unwrap();
        order(json!({"line_items": [line]})).lines[0].product.as_str().to_owned()
    };
    assert_eq!(key(json!({"sku": "\t A-1 ", "variant_id": 2, "product_id": 3, "title": "T"})), "A-1");
    assert_eq!(key(json!({"sku": null, "variant_id": 2, "product_id": 3, "title": "T"})), "variant:2");
    assert_eq!(key(json!({"sku": "", "variant_id": null, "product_id": 3, "title": "T"})), "product:3");
    assert_eq!(key(json!({"title": "Repair by hand"})), "Repair by hand");
}

#[test]
fn a_very_long_order_is_cut_to_what_a_row_holds() {
    let line = json!({"sku": "S", "title": "長".repeat(400), "variant_title": "\u{1f6c1}".repeat(200), "quantity": 1, "price": "1"});
    let order = order(json!({"line_items": vec![line; 700]}));
    assert_eq!(order.lines.len(), retention::Order::MAX_LINES);
    assert!(serde_json::to_string(&order).unwrap().len() < 400_000, "a row of DynamoDB");
    assert!(order.lines[0].title.starts_with("長"));
}

#[test]
fn titles_and_numbers_are_one_line() {
    let line = json!({"sku": "S", "title": "Soap\r\nBcc: x@example.com", "quantity": 1, "price": "1"});
    let order = order(json!({"name": "#1\u{0}\n2", "line_items": [line]}));
    assert_eq!((order.number.as_str(), order.lines[0].title.as_str()), ("#1  2", "Soap  Bcc: x@example.com"));
}

#[test]
fn an_order_without_a_name_has_its_number_else_its_id() {
    assert_eq!(order(json!({"name": null})).number, "#1042");
    assert_eq!(order(json!({"name": "", "order_number": null})).number, "#5501002003004");
}

#[test]
fn the_tick_at_the_checkout_says_nothing_of_consent() {
    let ticked = with(ORDER, json!({"buyer_accepts_marketing": true, "customer": {"email_marketing_consent": null}}));
    assert!(event("orders/create", &ticked).statements.is_empty());
}

#[test]
fn the_customer_within_an_order_speaks_only_of_acts_with_a_time() {
    assert_eq!(event("orders/create", ORDER).statements.len(), 1);
    let timeless =
        json!({"customer": {"email_marketing_consent": {"state": "unsubscribed", "consent_updated_at": null}}});
    assert!(event("orders/create", &with(ORDER, timeless)).statements.is_empty());
    let old = json!({"customer": {"email_marketing_consent": null, "accepts_marketing": false}});
    assert!(event("orders/create", &with(ORDER, old)).statements.is_empty());
}

#[test]
fn an_order_is_an_order_and_carries_no_history() {
    assert!(matches!(event("orders/create", ORDER).entity, Entity::Order(order) if order.history.is_none()));
}

#[test]
fn what_an_order_needs_is_missed_by_its_name() {
    let shop_only = |field: &str| without(ORDER, &[field]);
    assert_eq!(mistake("orders/create", &shop_only("id")), "id: missing");
    let no_total = without(ORDER, &["total_price", "total_price_set"]);
    assert_eq!(mistake("orders/create", &no_total), "total_price: missing");
    let no_currency = without(ORDER, &["currency", "total_price_set"]);
    assert_eq!(mistake("orders/create", &no_currency), "currency: missing");
    let never = without(ORDER, &["created_at", "processed_at", "updated_at"]);
    assert_eq!(mistake("orders/create", &never), "updated_at: missing");
    assert_eq!(mistake("orders/create", &without(ORDER, &["created_at", "processed_at"])), "created_at: missing");
}

#[test]
fn what_an_order_cannot_mean_is_told_by_its_field_and_never_by_its_content() {
    let line = |fields: Value| {
        let base = json!({"sku": "S", "title": "T", "quantity": 1, "price": "1"}).to_string();
        let line: Value = serde_json::from_str(&with(&base, fields)).unwrap();
        json!({"line_items": [{"sku": "S", "title": "T", "quantity": 1, "price": "1"}, line]})
    };
    let cases = [
        (json!({"id": "ada@example.com"}), "id: not an id: a whole number"),
        (json!({"id": 1.5}), "id: not an id: a whole number"),
        (json!({"id": {"ada": 1}}), "id: neither a string nor a number"),
        (json!({"customer": {"id": "ada/../x"}}), "customer.id: not an id: a whole number"),
        (
            json!({"updated_at": "yesterday"}),
            "updated_at: not a time with an offset, such as 2026-01-10T11:00:00-05:00",
        ),
        (
            json!({"processed_at": "2026-01-10T11:00:00"}),
            "processed_at: not a time with an offset, such as 2026-01-10T11:00:00-05:00",
        ),
        (json!({"cancelled_at": true}), "cancelled_at: neither a string nor a number"),
        (
            json!({"total_tax_set": {"shop_money": {"amount": "1,50"}}}),
            "total_tax_set.shop_money.amount: not an amount, such as 12.50",
        ),
        (
            json!({"total_tax_set": {"shop_money": {"currency_code": "USD"}}}),
            "total_tax_set.shop_money.currency_code: another currency than the order's",
        ),
        (json!({"total_price_set": null, "total_price": "9e15"}), "total_price: not an amount, such as 12.50"),
        (json!({"total_price_set": null, "total_price": "99999999999999999"}), "total_price: an amount out of range"),
        (json!({"total_price_set": null, "currency": "Euro"}), "currency: not a currency of three letters"),
        (line(json!({"price": "free"})), "line_items[1].price: not an amount, such as 12.50"),
        (line(json!({"price": null})), "line_items[1].price: missing"),
        (line(json!({"quantity": null})), "line_items[1].quantity: missing"),
        (line(json!({"quantity": 1.5})), "line_items[1].quantity: not a whole number"),
        (line(json!({"quantity": 9_223_372_036_854_775_807_i64})), "line_items[1].quantity: out of range"),
        (line(json!({"quantity": 1000, "price": "90000000000000"})), "line_items[1].price: an amount out of range"),
        (line(json!({"sku": null, "title": " "})), "line_items[1].title: missing"),
        (
            json!({"shipping_lines": [{"price": "x"}], "total_shipping_price_set": null}),
            "shipping_lines[0].price: not an amount, such as 12.50",
        ),
        (json!({"refunds": [refund("refund", "success", "", "EUR")]}), "refunds[0].transactions[0].amount: missing"),
        (
            json!({"fulfillment_status": "fulfilled", "fulfillments": [{"status": "success", "created_at": "x"}]}),
            "fulfillments[0].created_at: not a time with an offset, such as 2026-01-10T11:00:00-05:00",
        ),
        (json!({"refunds": vec![json!({}); 1001]}), "refunds: more items than are read"),
        (
            json!({"customer": {"email_marketing_consent": {"consent_updated_at": "x"}}}),
            "customer.email_marketing_consent.consent_updated_at: not a time with an offset, such as 2026-01-10T11:00:00-05:00",
        ),
    ];
    for (fields, what) in cases {
        assert_eq!(mistake("orders/updated", &with(ORDER, fields)), what);
    }
}
