//! What the events about orders and customers come out as.

use retention::birthday::Birthday;
use retention::event::Entity;
use retention::order::{Parts, Payment};
use serde_json::{Value, json};
use storefront::Parsed;

use crate::hear::{changed, event, example, hear, order_of, source, time, with};

#[test]
fn an_order_comes_out_with_its_amounts_lines_and_times() {
    let order = order_of(event(&example("order.placed")));
    assert_eq!((order.id.as_str(), order.number.as_str()), ("shop:1001", "#1001"));
    assert_eq!(order.placed_at, time("2026-03-02T08:59:00Z"));
    assert_eq!((order.stamp.at, order.stamp.rank, order.stamp.hash.len()), (time("2026-03-02T08:59:00Z"), 0, 16));
    assert_eq!(
        (order.payment, order.cancelled_at, order.fulfilled_at, order.test),
        (Payment::Pending, None, None, false)
    );
    assert_eq!((order.total.minor, order.total.currency.code()), (1651, "EUR"));
    let parts = Parts { subtotal: Some(1161), discount: Some(129), shipping: Some(490), tax: Some(220) };
    assert_eq!((order.parts, order.codes.as_slice()), (parts, &["SPRING10".to_owned()][..]));
    let line = &order.lines[0];
    assert_eq!((line.product.as_str(), line.quantity, line.unit_minor), ("TEA-FOG-100", 1, 1290));
    assert_eq!((line.title.as_str(), line.variant.as_deref()), ("Harbour Fog", Some("100 g")));
}

#[test]
fn an_order_goes_on_from_placed_to_paid_to_partly_refunded() {
    let (placed, paid) = (order_of(event(&example("order.placed"))), order_of(event(&example("order.paid"))));
    let changed = order_of(event(&example("order.changed")));
    assert!(placed.stamp < paid.stamp && paid.stamp < changed.stamp);
    assert!(!placed.counts() && paid.counts() && changed.counts());
    assert_eq!((changed.refunded_minor, changed.fulfilled_at), (490, Some(time("2026-03-03T16:00:00Z"))));
}

#[test]
fn an_order_of_a_guest_is_cancelled_in_a_currency_without_decimals() {
    let event = event(&example("order.cancelled"));
    assert_eq!(
        (event.person.id.as_deref(), event.person.email.as_ref().unwrap().expose()),
        (None, "kenji@example.com")
    );
    let order = order_of(event);
    assert_eq!((order.number.as_str(), order.total.minor, order.lines[0].unit_minor), ("1002", 1780, 890));
    assert_eq!((order.cancelled_at, order.stamp.rank), (Some(time("2026-03-06T08:00:00Z")), 25));
}

#[test]
fn a_late_pending_does_not_win_over_paid_at_one_moment() {
    let at = |kind: &str| order_of(event(&with(&example(kind), json!({"timestamp": "2026-03-02T10:00:00Z"})))).stamp;
    assert!(at("order.placed") < at("order.paid"));
}

#[test]
fn each_payment_status_has_its_payment() {
    for (status, payment) in [
        ("pending", Payment::Pending),
        ("authorized", Payment::Authorised),
        ("paid", Payment::Paid),
        ("partly_refunded", Payment::PartlyRefunded),
        ("refunded", Payment::Refunded),
        ("voided", Payment::Voided),
    ] {
        assert_eq!(order_of(event(&changed("order.placed", json!({"payment_status": status})))).payment, payment);
    }
}

#[test]
fn an_order_that_went_back_whole_without_the_amount_went_back_whole() {
    let refunded = |data: Value| order_of(event(&changed("order.paid", data))).refunded_minor;
    assert_eq!(refunded(json!({"payment_status": "refunded"})), 1651);
    assert_eq!(refunded(json!({"payment_status": "refunded", "refunded": "10.00"})), 1000);
}

#[test]
fn a_line_is_known_by_what_would_be_ordered_again() {
    let key = |line: Value| {
        let base = json!({"title": "T", "quantity": 1, "unit_price": "1"}).to_string();
        let line: Value = serde_json::from_str(&with(&base, line)).unwrap();
        let order = order_of(event(&changed("order.placed", json!({"lines": [line]}))));
        order.lines[0].product.as_str().to_owned()
    };
    assert_eq!(key(json!({"sku": " A-1 ", "variant_id": "v", "product_id": "p"})), "A-1");
    assert_eq!(key(json!({"sku": null, "variant_id": "v", "product_id": "p"})), "variant:v");
    assert_eq!(key(json!({"product_id": "p"})), "product:p");
    assert_eq!(key(json!({})), "T");
}

#[test]
fn an_order_names_its_person() {
    let person = event(&example("order.placed")).person;
    assert_eq!((&person.source, person.id.as_deref()), (&source(), Some("42")));
    assert_eq!((person.email.unwrap().expose(), person.name.unwrap().expose()), ("nora@example.com", "Nora"));
    assert_eq!((person.locale.as_deref(), person.country.unwrap().code()), (Some("en-IE"), "IE"));
}

#[test]
fn an_address_that_is_none_leaves_the_order_an_order_and_a_guest_nobody() {
    let known = event(&changed("order.placed", json!({"customer": {"email": "nobody"}})));
    assert_eq!((known.person.email, known.person.id.as_deref()), (None, Some("42")));
    let guest = changed("order.cancelled", json!({"customer": {"email": "nobody"}}));
    assert_eq!(hear(guest.as_bytes()), Ok(Parsed::Nobody));
}

#[test]
fn a_customer_comes_out_as_a_person_with_a_stamp() {
    let created = event(&example("customer.created"));
    let changed = event(&example("customer.changed"));
    let (Entity::Customer(first), Entity::Customer(second)) = (created.entity, changed.entity) else {
        panic!("not customers")
    };
    assert!(first.at == time("2026-03-01T12:00:00Z") && first < second);
    let person = changed.person;
    assert_eq!((person.country.unwrap().code(), person.region.as_deref()), ("US", Some("MA")));
    assert_eq!(person.birthday, Some(Birthday::parse("02-29").unwrap()));
    assert!(created.statements.is_empty() && changed.statements.is_empty(), "no word of consent: unknown");
}
