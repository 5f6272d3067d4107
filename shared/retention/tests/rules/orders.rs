//! What orders do to a customer's statistics.

use retention::aggregates::Aggregates;
use retention::event::{Entity, Event, Person};
use retention::ids::ProductKey;
use retention::order::{Order, Payment, Stamp};
use retention::past::{Past, Rows};
use retention::record::{Recorded, record};

use crate::world::*;

fn known() -> (retention::Customer, Order) {
    let paid = order("1", at("2026-03-02"), &[("SOAP", 2)]);
    (after(&subscribed(at("2026-03-01")), None, &paid), paid)
}

fn version(of: &Order, minutes: i64, rank: u8) -> Order {
    let stamp = Stamp { at: of.stamp.at + chrono::TimeDelta::minutes(minutes), rank, hash: format!("{minutes}{rank}") };
    Order { stamp, ..of.clone() }
}

#[test]
fn an_order_counts_when_it_is_paid_or_authorised_not_cancelled_not_a_test_and_above_zero() {
    let paid = order("1", at("2026-03-02"), &[("SOAP", 1)]);
    assert!(paid.counts());
    assert!(Order { payment: Payment::Authorised, ..paid.clone() }.counts());
    for not in [
        Order { payment: Payment::Pending, ..paid.clone() },
        Order { payment: Payment::Voided, ..paid.clone() },
        Order { cancelled_at: Some(at("2026-03-03")), ..paid.clone() },
        Order { test: true, ..paid.clone() },
        Order { total: euro(0), ..paid.clone() },
    ] {
        assert!(!not.counts());
        let customer = after(&subscribed(at("2026-03-01")), None, &not);
        assert_eq!((customer.order_count, customer.spent.len(), customer.products.len()), (0, 0, 0));
    }
}

#[test]
fn the_same_version_again_changes_nothing_and_an_older_one_neither() {
    let (customer, stored) = known();
    assert_eq!(record(&customer, Some(&stored), &event(&stored)), Recorded::Already);
    assert_eq!(record(&customer, Some(&stored), &event(&version(&stored, -1, 9))), Recorded::Older);
}

#[test]
fn of_two_versions_of_one_second_the_higher_rank_stands_in_any_order_of_arrival() {
    let (customer, stored) = known();
    let mut cancelled = version(&stored, 0, 22);
    cancelled.cancelled_at = Some(at("2026-03-02"));
    let then = after(&customer, Some(&stored), &cancelled);
    assert_eq!(then.order_count, 0);
    assert_eq!(record(&then, Some(&cancelled), &event(&stored)), Recorded::Older);
}

#[test]
fn a_cancellation_takes_everything_of_the_order_off_again() {
    let (customer, stored) = known();
    let mut second = order("2", at("2026-03-20"), &[("SOAP", 1), ("MUG", 1)]);
    let both = after(&customer, None, &second);
    assert_eq!((both.order_count, both.spent[0].minor), (2, 4000));
    let stored_second = second.clone();
    second = version(&second, 5, 22);
    second.cancelled_at = Some(at("2026-03-21"));
    let one = after(&both, Some(&stored_second), &second);
    assert_eq!((one.order_count, one.spent.clone()), (1, vec![euro(2000)]));
    assert_eq!(one.products, customer.products, "the purchase before stands again");
    assert_eq!(one.last_order().map(|o| o.id.clone()), Some(stored.id));
    assert!(one.ordered_since(at("2026-03-19")), "exits look at any order placed");
}

#[test]
fn a_credit_note_lowers_spend_and_the_products_count_but_never_the_number_of_orders() {
    let (customer, _) = known();
    let credit = order("C2", at("2026-03-09"), &[("SOAP", -1)]);
    let then = after(&customer, None, &credit);
    assert_eq!((then.order_count, then.spent[0].minor), (1, 1000));
    let soap = &then.products[0];
    assert_eq!((soap.product.clone(), soap.orders, soap.units), (ProductKey::new("SOAP"), 1, 1));
    assert_eq!(then.orders.len(), 1, "it is no order");
    assert_eq!(then.frozen_until, Some(at("2026-03-09") + days(30)));
}

#[test]
fn a_line_below_zero_in_an_order_lowers_the_products_count() {
    let (customer, _) = known();
    let mixed = order("2", at("2026-03-09"), &[("MUG", 3), ("SOAP", -1)]);
    let then = after(&customer, None, &mixed);
    assert_eq!((then.order_count, then.spent[0].minor), (2, 4000));
    assert_eq!(
        then.products.iter().find(|p| p.product == ProductKey::new("SOAP")).map(|p| (p.orders, p.units)),
        Some((1, 1))
    );
}

#[test]
fn a_refund_lowers_spend_not_the_count_and_freezes_promotion() {
    let (customer, stored) = known();
    let mut refunded = version(&stored, 60, 3);
    (refunded.payment, refunded.refunded_minor) = (Payment::PartlyRefunded, 500);
    let then = after(&customer, Some(&stored), &refunded);
    assert_eq!((then.order_count, then.spent[0].minor), (1, 1500));
    assert_eq!(then.frozen_until, Some(refunded.stamp.at + days(30)));
    assert!(then.orders[0].refunded);
}

#[test]
fn a_refund_rests_promotion_as_long_in_a_plan_as_it_does_in_the_shop() {
    let (customer, stored) = known();
    let mut refunded = version(&stored, 60, 3);
    (refunded.payment, refunded.refunded_minor) = (Payment::PartlyRefunded, 500);
    let mut shipped = version(&refunded, 60 * 24 * 20, 13);
    shipped.fulfilled_at = Some(shipped.stamp.at);
    let last = after(&after(&customer, Some(&stored), &refunded), Some(&refunded), &shipped);
    assert_eq!(last.frozen_until, Some(refunded.stamp.at + days(30)), "shipping the rest is no refund");
    let (shop, aggregates) = (shop(), Aggregates::default());
    let orders = std::slice::from_ref(&shipped);
    let rows = Rows { customer: &last, orders, carts: &[], proofs: &[], sends: &[] };
    let life = Past::new(rows).life_at(&shop, &aggregates, shipped.stamp.at);
    assert_eq!(life.customer.frozen_until, last.frozen_until);
}

#[test]
fn a_live_update_of_an_imported_order_leaves_it_history() {
    let mut imported = order("1", at("2026-03-02"), &[("SOAP", 2)]);
    imported.history = Some(at("2026-04-01"));
    let customer = after(&subscribed(at("2026-03-01")), None, &imported);
    let mut fulfilled = version(&imported, 60, 12);
    (fulfilled.history, fulfilled.fulfilled_at) = (None, Some(at("2026-03-04")));
    let Recorded::Changed(change) = record(&customer, Some(&imported), &event(&fulfilled)) else { panic!("a change") };
    assert_eq!(change.order.and_then(|o| o.history), Some(at("2026-04-01")));
    assert_eq!(change.customer.products[0].last[0].fulfilled_at, Some(at("2026-03-04")));
}

#[test]
fn the_customers_own_entity_replaces_what_an_order_said_and_an_older_entity_does_not() {
    let (customer, _) = known();
    let entity = |minutes: i64, name: &str| Event {
        person: Person {
            id: Some("7".to_owned()),
            name: retention::address::PersonName::parse(name),
            ..Person::at(source())
        },
        statements: Vec::new(),
        entity: Entity::Customer(version(&order("x", at("2026-03-02"), &[]), minutes, 0).stamp),
    };
    let Recorded::Changed(first) = record(&customer, None, &entity(5, "Ada")) else { panic!("a change") };
    assert_eq!(record(&first.customer, None, &entity(5, "Ada")), Recorded::Already);
    assert_eq!(record(&first.customer, None, &entity(4, "Eva")), Recorded::Older);
    assert_eq!(first.customer.name.map(|n| n.expose().to_owned()).as_deref(), Some("Ada"));
}

#[test]
fn a_customer_with_ten_thousand_orders_stays_within_its_bounds() {
    let mut customer = subscribed(at("2000-01-01"));
    for n in 0..10_000_i64 {
        let sku = format!("A-LONG-STOCK-KEEPING-UNIT-{}", n % 500);
        customer = after(&customer, None, &order(&format!("10000000{n}"), at("2000-01-01") + days(n), &[(&sku, 1)]));
    }
    assert_eq!((customer.order_count, customer.orders.len(), customer.products.len()), (10_000, 20, 60));
    let bytes = serde_json::to_vec(&customer).expect("serialisable").len();
    assert!(bytes < 18_000, "{bytes} bytes as JSON, which is about twice the row");
    assert_eq!(customer.first_order(), None, "no longer in the profile");
}
