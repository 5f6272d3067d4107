//! From the first yes to the second order.

use retention::consent::{By, Said};

use crate::shopper::{Shopper, only};

#[test]
fn welcome_greets_at_once_and_twice_more_until_an_order_comes() {
    let shop = only(&["welcome"]);
    let mut shopper = Shopper::agreed(&shop, "2026-03-02 10:00");
    shopper.until("2026-06-01");
    assert_eq!(shopper.got(), ["2026-03-02 10:00 welcome", "2026-03-04 10:00 welcome", "2026-03-06 10:00 welcome"]);
    let mut buyer = Shopper::agreed(&shop, "2026-03-02 10:00");
    buyer.buys("2026-03-03 10:00", "1", "TEA-FOG-100", 20).until("2026-06-01");
    assert_eq!(buyer.got(), ["2026-03-02 10:00 welcome"]);
}

#[test]
fn welcome_is_never_said_to_whom_an_import_brought() {
    let shop = only(&["welcome"]);
    let mut shopper = Shopper::of(&shop);
    shopper.says("2026-01-01", Said::Unsubscribed, By::Person).says("2026-03-02 10:00", Said::Subscribed, By::Import);
    shopper.until("2026-06-01");
    assert!(shopper.got().iter().all(|line| line.starts_with("2025-01")), "{:?}", shopper.got());
}

#[test]
fn first_order_thanks_after_a_day_and_suggests_two_weeks_after_delivery() {
    let shop = only(&["first_order"]);
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).ships("2026-03-03 12:00", "1");
    shopper.delivers("2026-03-05 12:00", "1").until("2026-06-01");
    assert_eq!(shopper.got(), ["2026-03-03 10:00 first_order", "2026-03-19 12:00 first_order"]);
}

#[test]
fn first_order_takes_the_usual_days_where_nobody_says_that_a_parcel_has_arrived() {
    let shop = only(&["first_order"]);
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).ships("2026-03-03 12:00", "1").until("2026-06-01");
    // Four days on the way, and fourteen.
    assert_eq!(shopper.got(), ["2026-03-03 10:00 first_order", "2026-03-21 12:00 first_order"]);
    let mut unknown = Shopper::of(&shop);
    unknown.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).until("2026-06-01");
    assert_eq!(unknown.got(), ["2026-03-03 10:00 first_order"], "nothing was shipped");
}

#[test]
fn first_order_ends_with_a_second_order_or_a_refund() {
    let shop = only(&["first_order"]);
    let mut again = Shopper::of(&shop);
    again.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).buys("2026-03-02 20:00", "2", "POT-STONE", 20);
    assert_eq!(again.until("2026-06-01").got(), [""; 0]);
    let mut refunded = Shopper::of(&shop);
    refunded.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).refunds("2026-03-02 20:00", "1", 5);
    assert_eq!(refunded.until("2026-06-01").got(), [""; 0]);
}

#[test]
fn account_invite_asks_a_guest_twice_and_nobody_who_has_an_account() {
    let shop = only(&["account_invite"]);
    let mut guest = Shopper::of(&shop);
    guest.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).until("2026-06-01");
    assert_eq!(guest.got(), ["2026-03-03 10:00 account_invite", "2026-03-16 10:00 account_invite"]);
    let mut member = Shopper::of(&shop);
    member.opens_an_account("2026-03-01").buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).until("2026-06-01");
    assert_eq!(member.got(), [""; 0]);
    let mut joins = Shopper::of(&shop);
    joins.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).opens_an_account("2026-03-05").until("2026-06-01");
    assert_eq!(joins.got(), ["2026-03-03 10:00 account_invite"]);
}

#[test]
fn second_order_comes_after_the_shops_median_gap_and_after_a_month_until_that_is_known() {
    let shop = only(&["second_order"]);
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).until("2026-06-01");
    assert_eq!(shopper.got(), ["2026-04-01 10:00 second_order"]);
    let usual = retention::aggregates::Aggregates { median_gap_days: Some(20), ..Default::default() };
    let mut known = Shopper::with(&shop, &usual, "2025-01-01");
    known.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).until("2026-06-01");
    assert_eq!(known.got(), ["2026-03-22 10:00 second_order"]);
    let mut again = Shopper::of(&shop);
    again.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).buys("2026-03-20 10:00", "2", "POT-STONE", 20);
    assert_eq!(again.until("2026-06-01").got(), [""; 0]);
}
