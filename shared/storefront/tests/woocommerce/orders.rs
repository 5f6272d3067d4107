//! What an order comes out as.

use retention::order::Parts;
use serde_json::{Value, json};
use storefront::Parsed;
use storefront::woocommerce::TOPIC_HEADER;

use crate::hear::{
    ORDER, ORDER_TOPICS, event, event_of, hear, hear_with, mistake, order, order_of, source, time, with, without,
};

#[test]
fn an_order_comes_out_with_its_amounts_lines_and_times() {
    let order = order(json!({}));
    assert_eq!((order.id.as_str(), order.number.as_str()), ("shop:4711", "#2026-042"));
    assert_eq!(order.placed_at, time("2026-03-14T08:26:53Z"), "date_created_gmt carries no zone: it is UTC");
    assert_eq!((order.stamp.at, order.stamp.rank), (time("2026-03-14T08:26:58Z"), 2));
    assert!(order.counts() && !order.test && order.cancelled_at.is_none() && order.fulfilled_at.is_none());
    assert_eq!((order.total.minor, order.total.currency.code()), (5900, "EUR"));
    let parts = Parts { subtotal: Some(5400), discount: Some(600), shipping: Some(500), tax: Some(1103) };
    assert_eq!(order.parts, parts, "with their tax, as the shop's prices are");
    assert_eq!((order.refunded_minor, order.codes.as_slice()), (0, &["spring10".to_owned()][..]));
    let lines: Vec<_> = order.lines.iter().map(|l| (l.product.as_str(), l.quantity, l.unit_minor)).collect();
    assert_eq!(lines, [("OAT-100", 2, 2000), ("product:95", 1, 2000)], "before discounts");
    assert_eq!(order.lines[0].title, "Oat & honey shampoo bar");
    assert_eq!((order.lines[0].variant.as_deref(), order.lines[1].variant.as_deref()), (Some("100 g"), None));
}

#[test]
fn an_order_names_its_person() {
    let person = event("order.created", ORDER).person;
    assert_eq!((&person.source, person.id.as_deref()), (&source(), Some("318")));
    assert_eq!(person.email.unwrap().expose(), "Ada.Lindqvist@example.com");
    assert_eq!(person.name.unwrap().expose(), "Ada", "from the bill, not from the parcel");
    assert_eq!((person.country.unwrap().code(), person.region.as_deref()), ("CA", Some("ON")));
    assert_eq!((person.locale, person.birthday), (None, None));
}

#[test]
fn every_topic_of_orders_is_read_alike() {
    let created = event("order.created", ORDER);
    for topic in ORDER_TOPICS {
        assert_eq!(event(topic, ORDER), created, "{topic}");
    }
}

#[test]
fn two_orders_of_one_second_have_one_delivery_id_and_both_come_out() {
    let headers = [(TOPIC_HEADER, "order.created"), ("x-wc-webhook-delivery-id", "b1a2"), ("x-wc-webhook-id", "7")];
    let own = |id: u64| {
        let body = with(ORDER, json!({"id": id}));
        order_of(event_of(hear_with(&headers, body.as_bytes()))).id.own().to_owned()
    };
    assert_eq!((own(4711), own(4712)), ("4711".into(), "4712".into()));
}

#[test]
fn customer_0_is_a_guest() {
    let event = event("order.created", &with(ORDER, json!({"customer_id": 0})));
    assert_eq!(event.person.id, None);
    assert_eq!(event.person.email.unwrap().normal(), "ada.lindqvist@example.com");
}

#[test]
fn an_order_by_hand_with_neither_customer_nor_address_is_nobodys() {
    let nobody = with(ORDER, json!({"customer_id": 0, "billing": {"email": ""}}));
    assert_eq!(hear("order.created", nobody.as_bytes()), Ok(Parsed::Nobody));
    let no_mail = event("order.created", &with(ORDER, json!({"billing": {"email": "nobody"}})));
    assert_eq!((no_mail.person.email, no_mail.person.id.as_deref()), (None, Some("318")));
}

#[test]
fn a_place_is_that_of_the_parcel_else_of_the_bill() {
    let place = |fields: Value| {
        let person = event("order.created", &with(ORDER, fields)).person;
        (person.country.map(|c| c.code().to_owned()), person.region)
    };
    assert_eq!(place(json!({"shipping": {"country": "", "state": "ON"}})), (Some("SE".into()), None), "not SE with ON");
    assert_eq!(place(json!({"shipping": null, "billing": null})), (None, None));
}

#[test]
fn amounts_without_tax_stay_without_it_where_the_shop_shows_them_so() {
    let order = order(json!({"prices_include_tax": false}));
    let parts = Parts { subtotal: Some(4390), discount: Some(488), shipping: Some(407), tax: Some(1103) };
    assert_eq!(order.parts, parts);
    assert_eq!(order.lines.iter().map(|l| l.unit_minor).collect::<Vec<_>>(), [1626, 1626]);
    assert_eq!(order.total.minor, 5900, "the total has all tax anyway");
}

#[test]
fn an_order_in_a_currency_without_decimals_is_read_with_and_without_them() {
    for (total, line) in [("4200", "1900"), ("4200.00", "1900.00")] {
        let yen = json!({"currency": "JPY", "total": total, "prices_include_tax": false, "shipping_total": "400",
            "discount_total": "0", "line_items": [{"sku": "S", "name": "石けん", "quantity": 2, "subtotal": "3800", "total": line}]});
        let order = order(yen);
        assert_eq!((order.total.minor, order.total.currency.code()), (4200, "JPY"));
        assert_eq!(
            (order.lines[0].unit_minor, order.parts.subtotal, order.parts.shipping),
            (1900, Some(1900), Some(400))
        );
    }
    let dinar = order(json!({"currency": "KWD", "total": "12.3456"}));
    assert_eq!(dinar.total.minor, 12_346, "three decimals");
}

#[test]
fn the_price_of_one_is_rounded_and_the_field_price_is_the_last_resort() {
    let unit = |line: Value| {
        let base = json!({"sku": "S", "name": "N", "quantity": 3, "price": 3.333_333_333_333_333_5, "total": "9.00"});
        let line: Value = serde_json::from_str(&with(&base.to_string(), line)).unwrap();
        order(json!({"line_items": [line]})).lines[0].unit_minor
    };
    assert_eq!(unit(json!({"subtotal": "10.00"})), 333);
    assert_eq!(unit(json!({"subtotal": "20.00"})), 667);
    assert_eq!(unit(json!({"subtotal": "10.00", "subtotal_tax": "2.30"})), 410);
    assert_eq!(unit(json!({})), 333);
    assert_eq!(unit(json!({"subtotal": "0.00", "quantity": 0, "price": 0})), 0);
}

#[test]
fn the_number_is_the_shops_own_and_else_the_id() {
    assert_eq!(order(json!({"number": 4711})).number, "#4711");
    assert_eq!(order(json!({"number": "#A\n7"})).number, "#A 7");
    for none in [json!(null), json!("")] {
        assert_eq!(order(json!({"number": none})).number, "#4711");
    }
}

#[test]
fn a_line_is_known_by_what_would_be_ordered_again() {
    let key = |line: Value| {
        let base = json!({"quantity": 1, "price": 1, "name": "T"});
        let line: Value = serde_json::from_str(&with(&base.to_string(), line)).unwrap();
        order(json!({"line_items": [line]})).lines[0].product.as_str().to_owned()
    };
    assert_eq!(key(json!({"sku": "\t A-1 ", "variation_id": 2, "product_id": 3})), "A-1");
    assert_eq!(key(json!({"sku": "", "variation_id": 2, "product_id": 3})), "variant:2");
    assert_eq!(key(json!({"sku": null, "variation_id": 0, "product_id": 3})), "product:3");
    assert_eq!(key(json!({"sku": null, "variation_id": 0, "product_id": 0})), "T");
}

#[test]
fn the_attributes_of_a_variation_are_its_variant() {
    let line = |fields: Value| {
        let base = json!({"sku": "S", "product_id": 3, "variation_id": 4, "quantity": 1, "price": 1, "name": "Tee - Black, M",
            "parent_name": "Tee", "meta_data": [
                {"key": "pa_colour", "value": "black", "display_key": "Colour", "display_value": "Black &amp; white"},
                {"key": "size", "value": "M"},
                {"key": "_reduced_stock", "value": "1"},
                {"key": "plugin", "value": {"a": 1}}]});
        let line: Value = serde_json::from_str(&with(&base.to_string(), fields)).unwrap();
        let line = order(json!({"line_items": [line]})).lines.remove(0);
        (line.title, line.variant)
    };
    assert_eq!(line(json!({})), ("Tee".into(), Some("Black & white, M".into())));
    assert_eq!(line(json!({"variation_id": 0})).1, None, "what a plugin adds to a plain product is no variant");
    let old = json!({"parent_name": null, "name": "Tee &ndash; BLACK &amp; white, M"});
    assert_eq!(line(old), ("Tee – BLACK & white, M".into(), None), "what the name says is not said twice");
    let long = line(json!({"meta_data": [{"key": "note", "value": "é".repeat(500)}]})).1.unwrap();
    assert_eq!(long.len(), 120);
}

#[test]
fn a_very_long_order_is_cut_to_what_a_row_holds() {
    let line = json!({"sku": "S", "name": "長".repeat(400), "quantity": 1, "price": 1, "total": "1"});
    let order = order(json!({"line_items": vec![line; 700]}));
    assert_eq!((order.lines.len(), order.parts.subtotal), (retention::Order::MAX_LINES, None));
    assert!(serde_json::to_string(&order).unwrap().len() < 400_000, "a row of DynamoDB");
}

#[test]
fn what_an_order_needs_is_missed_by_its_name() {
    for field in ["id", "currency", "total", "date_created_gmt"] {
        assert_eq!(mistake("order.created", &without(ORDER, &[field])), format!("{field}: missing"));
    }
    let never = without(ORDER, &["date_created_gmt", "date_modified_gmt"]);
    assert_eq!(mistake("order.created", &never), "date_modified_gmt: missing");
}

#[test]
fn what_an_order_cannot_mean_is_told_by_its_field_and_never_by_its_content() {
    let line = |fields: Value| {
        let base = json!({"sku": "S", "name": "T", "quantity": 1, "subtotal": "1"}).to_string();
        let line: Value = serde_json::from_str(&with(&base, fields)).unwrap();
        json!({"line_items": [{"sku": "S", "name": "T", "quantity": 1, "subtotal": "1"}, line]})
    };
    let cases = [
        (json!({"id": "ada@example.com"}), "id: not an id: a whole number"),
        (json!({"id": 0}), "id: missing"),
        (json!({"customer_id": "ada/../x"}), "customer_id: not an id: a whole number"),
        (json!({"date_modified_gmt": "yesterday"}), "date_modified_gmt: not a time, such as 2026-01-10T16:00:00"),
        (json!({"date_paid_gmt": {}}), "date_paid_gmt: neither a string nor a number"),
        (json!({"date_completed_gmt": "x"}), "date_completed_gmt: not a time, such as 2026-01-10T16:00:00"),
        (json!({"total": "12,50"}), "total: not an amount, such as 12.50"),
        (json!({"total": "99999999999999999"}), "total: an amount out of range"),
        (json!({"currency": "Euro"}), "currency: not a currency of three letters"),
        (json!({"shipping_tax": "x"}), "shipping_tax: not an amount, such as 12.50"),
        (json!({"refunds": [{"id": 1}]}), "refunds[0].total: missing"),
        (json!({"refunds": vec![json!({}); 1001]}), "refunds: more items than are read"),
        (line(json!({"subtotal": "free"})), "line_items[1].subtotal: not an amount, such as 12.50"),
        (line(json!({"subtotal": null})), "line_items[1].price: missing"),
        (line(json!({"total": "x"})), "line_items[1].total: not an amount, such as 12.50"),
        (line(json!({"quantity": null})), "line_items[1].quantity: missing"),
        (line(json!({"quantity": 0.5})), "line_items[1].quantity: not a whole number"),
        (line(json!({"quantity": 9_223_372_036_854_775_807_i64})), "line_items[1].quantity: out of range"),
        (line(json!({"sku": null, "name": " "})), "line_items[1].title: missing"),
    ];
    for (fields, what) in cases {
        assert_eq!(mistake("order.updated", &with(ORDER, fields)), what);
    }
}
