//! Each flow's semantics.

use retention::Reason;
use retention::aggregates::Aggregates;
use retention::consent::Said;
use retention::order::Payment;
use retention::send::State;

use crate::world::*;

fn lives(
    shop: &retention::Shop,
    customer: retention::Customer,
    orders: &[retention::Order],
    until: &str,
) -> Vec<String> {
    let aggregates = Aggregates::default();
    let mut life = life(shop, &aggregates, customer);
    life.look(life.customer.since);
    let mut left = Vec::new();
    for order in orders {
        left.extend(life.until(order.placed_at));
        arrives(&mut life, order, order.placed_at);
    }
    left.extend(life.until(at(until)));
    letters(&left)
}

#[test]
fn an_order_is_confirmed_at_once_and_thanked_for_the_next_day() {
    let customer = subscribed(at("2026-03-01"));
    let orders = [order("1", at("2026-03-02 10:00"), &[("MUG", 1)])];
    assert_eq!(
        lives(&shop(), customer, &orders, "2026-04-01"),
        ["2026-03-02 10:00 order_status/confirmed", "2026-03-03 10:00 first_order/thanks"]
    );
}

#[test]
fn an_order_at_night_is_confirmed_at_once_but_thanked_for_by_day() {
    let customer = subscribed(at("2026-03-01"));
    let orders = [order("1", at("2026-03-02 23:30"), &[("MUG", 1)])];
    assert_eq!(
        lives(&shop(), customer, &orders, "2026-04-01"),
        ["2026-03-02 23:30 order_status/confirmed", "2026-03-04 07:00 first_order/thanks"]
    );
}

#[test]
fn a_second_order_ends_the_thanks_for_the_first_whatever_its_state() {
    let mut pending = order("2", at("2026-03-02 15:00"), &[("MUG", 1)]);
    pending.payment = Payment::Pending;
    let orders = [order("1", at("2026-03-02 10:00"), &[("MUG", 1)]), pending];
    assert_eq!(
        lives(&shop(), subscribed(at("2026-03-01")), &orders, "2026-04-01"),
        ["2026-03-02 10:00 order_status/confirmed"]
    );
}

#[test]
fn a_storefront_that_replays_old_orders_causes_no_letters_about_them() {
    let aggregates = Aggregates::default();
    let shop = shop();
    let mut life = life(&shop, &aggregates, subscribed(at("2026-03-01")));
    arrives(&mut life, &order("1", at("2008-01-10"), &[("SOAP", 1)]), at("2026-03-02"));
    assert_eq!(letters(&life.until(at("2028-01-01"))), [""; 0]);
    assert!(life.ledger.is_empty());
}

#[test]
fn a_consumable_is_announced_before_it_runs_out_and_once_more_after() {
    // 40 days of supply: due on 2026-04-11, announced a quarter of the cycle before, late a quarter after.
    let orders = [order("1", at("2026-03-02 10:00"), &[("SOAP", 1)])];
    let left = lives(&shop(), subscribed(at("2026-03-01")), &orders, "2026-06-01");
    assert_eq!(left[2..], ["2026-04-01 10:00 replenish/soon", "2026-04-21 10:00 replenish/late"]);
}

#[test]
fn a_larger_quantity_lasts_longer_and_a_reorder_begins_anew() {
    let orders =
        [order("1", at("2026-03-02 10:00"), &[("SOAP", 2)]), order("2", at("2026-05-04 10:00"), &[("SOAP", 1)])];
    let left = lives(&shop(), subscribed(at("2026-03-01")), &orders, "2026-06-10");
    let replenish: Vec<_> = left.iter().filter(|l| l.contains("replenish")).collect();
    // 80 days from the first order would be announced on 2026-05-01; the reorder's 40 days on 2026-06-03.
    assert_eq!(replenish, ["2026-05-01 10:00 replenish/soon", "2026-06-03 10:00 replenish/soon"]);
}

#[test]
fn products_that_run_out_in_the_same_week_share_one_letter() {
    let shop = shop();
    let aggregates = Aggregates::default();
    let mut life = life(&shop, &aggregates, subscribed(at("2026-03-01")));
    arrives(&mut life, &order("1", at("2026-03-02 10:00"), &[("SOAP", 1), ("BALM", 1)]), at("2026-03-02 10:00"));
    let left = life.until(at("2026-06-01"));
    let replenish: Vec<_> = left.iter().filter(|s| s.flow == name("replenish")).collect();
    assert_eq!(replenish.len(), 2, "one letter before and one after, for both: {:?}", letters(&left));
    assert_eq!(replenish[0].covers.len(), 1);
}

#[test]
fn a_lapsed_customer_hears_of_best_sellers_first_and_of_discounts_later() {
    let orders = [order("1", at("2026-01-05 10:00"), &[("MUG", 1)])];
    let left = lives(&shop(), subscribed(at("2026-01-01")), &orders, "2027-02-01");
    // 180 days while no gap is known, then 14 days from each letter to the next.
    assert_eq!(
        left[2..],
        ["2026-07-04 10:00 winback/best-sellers", "2026-07-18 10:00 winback/discount", "2026-08-01 10:00 winback/last"]
    );
}

#[test]
fn a_lapse_is_twice_the_own_median_gap_within_bounds() {
    let weekly: Vec<_> =
        (0..4).map(|n| order(&n.to_string(), at("2026-01-05 10:00") + days(7 * n), &[("MUG", 1)])).collect();
    let left = lives(&shop(), subscribed(at("2026-01-01")), &weekly, "2026-06-01");
    // Two gaps of 7 days are 14; the bound is 60 days from 2026-01-26.
    assert!(left.contains(&"2026-03-27 10:00 winback/best-sellers".to_owned()), "{left:?}");
}

#[test]
fn an_order_ends_the_win_back_even_before_it_is_paid() {
    let mut unpaid = order("2", at("2026-07-10"), &[("MUG", 1)]);
    unpaid.payment = Payment::Pending;
    let orders = [order("1", at("2026-01-05 10:00"), &[("MUG", 1)]), unpaid];
    let left = lives(&shop(), subscribed(at("2026-01-01")), &orders, "2026-12-01");
    assert_eq!(left.iter().filter(|l| l.contains("winback")).count(), 1, "{left:?}");
}

#[test]
fn a_birthday_is_kept_at_nine_by_the_customers_clock_every_year() {
    let customer = born(subscribed(at("2026-01-01")), "1990-07-04");
    assert_eq!(
        lives(&shop_of(vec![birthday()]), customer, &[], "2027-12-31"),
        [
            "2026-07-01 07:00 birthday/soon",
            "2026-07-04 07:00 birthday/day",
            "2027-07-01 07:00 birthday/soon",
            "2027-07-04 07:00 birthday/day",
        ]
    );
}

#[test]
fn a_customer_born_on_29_february_is_greeted_on_the_28th_in_common_years() {
    let customer = born(subscribed(at("2026-01-01")), "1996-02-29");
    let left = lives(&shop_of(vec![birthday()]), customer, &[], "2026-12-31");
    assert_eq!(left, ["2026-02-25 08:00 birthday/soon", "2026-02-28 08:00 birthday/day"]);
}

#[test]
fn a_changed_birthday_gives_no_second_gift() {
    let shop = shop_of(vec![birthday()]);
    let aggregates = Aggregates::default();
    let mut life = life(&shop, &aggregates, born(subscribed(at("2026-01-01")), "03-10"));
    life.look(at("2026-01-01"));
    assert_eq!(life.until(at("2026-04-01")).len(), 2);
    life.customer = born(life.customer.clone(), "05-20");
    life.look(at("2026-04-02"));
    assert_eq!(letters(&life.until(at("2026-12-31"))), [""; 0]);
}

#[test]
fn without_consent_there_is_no_marketing_and_it_begins_with_the_consent() {
    let shop = shop();
    let aggregates = Aggregates::default();
    let mut customer = subscribed(at("2026-03-01"));
    customer.consent = retention::consent::Consent::default();
    let mut life = life(&shop, &aggregates, customer);
    arrives(&mut life, &order("1", at("2026-03-02 10:00"), &[("SOAP", 1)]), at("2026-03-02 10:00"));
    assert_eq!(letters(&life.until(at("2026-04-02"))), ["2026-03-02 10:00 order_status/confirmed"]);
    assert_eq!(life.customer.next_look, None, "nothing to look for");
    life.customer.consent.hear(&statement(Said::Subscribed, at("2026-04-03 09:00")));
    life.look(at("2026-04-03 09:00"));
    assert_eq!(
        letters(&life.until(at("2026-04-04"))),
        ["2026-04-03 09:00 replenish/soon"],
        "the thanks are stale, the soap is not"
    );
}

#[test]
fn an_opt_out_between_creation_and_sending_ends_the_letter_and_the_flow() {
    let shop = shop_of(vec![winback()]);
    let aggregates = Aggregates::default();
    let mut life = life(&shop, &aggregates, subscribed(at("2026-01-01")));
    arrives(&mut life, &order("1", at("2026-01-05 10:00"), &[("MUG", 1)]), at("2026-01-05 10:00"));
    let due = life.next().expect("a look");
    life.look(due);
    life.customer.consent.hear(&statement(Said::Unsubscribed, due));
    assert_eq!(letters(&life.until(at("2027-12-31"))), [""; 0]);
    let send = life.ledger.values().next().expect("the letter");
    assert_eq!((send.state, send.reason), (State::Dropped, Some(Reason::NoConsent)));
    assert_eq!(life.customer.open, None, "V1: the slot is not leaked");
    assert!(life.customer.recent.is_empty(), "V5: a letter that never left counts for nothing");
}

#[test]
fn imported_history_triggers_nothing_about_the_past_but_the_win_back_that_is_still_to_come() {
    let mut old = order("1", at("2026-01-05 10:00"), &[("SOAP", 1)]);
    let imported = at("2026-06-01");
    old.history = Some(imported);
    let shop = shop();
    let aggregates = Aggregates::default();
    let mut life = life(&shop, &aggregates, subscribed(imported));
    arrives(&mut life, &old, imported);
    let left = letters(&life.until(at("2026-07-10")));
    assert_eq!(left, ["2026-07-04 10:00 winback/best-sellers"]);
}

#[test]
fn a_flow_that_is_switched_off_drops_its_open_letter_at_the_gate() {
    let on = shop_of(vec![winback()]);
    let aggregates = Aggregates::default();
    let mut life = life(&on, &aggregates, subscribed(at("2026-01-01")));
    arrives(&mut life, &order("1", at("2026-01-05 10:00"), &[("MUG", 1)]), at("2026-01-05 10:00"));
    let due = life.next().expect("a look");
    life.look(due);
    let off = shop_of(vec![retention::Flow { enabled: false, ..winback() }]);
    let mut life = retention::life::Life { shop: &off, ..life };
    assert_eq!(letters(&life.until(at("2027-12-31"))), [""; 0]);
    assert!(life.ledger.values().all(|s| s.reason == Some(Reason::FlowOff)));
}

#[test]
fn win_back_and_replenish_never_come_in_the_same_week() {
    let mut replenish = replenish();
    replenish.steps.truncate(1);
    let mut shop = shop_of(vec![winback(), replenish]);
    // Announced 45 days before it runs out after 220 days: five days before the win-back of 180.
    shop.days_of_supply.insert(retention::ids::ProductKey::new("OIL"), 205);
    let orders = [order("1", at("2026-01-05 10:00"), &[("OIL", 1)])];
    let left = lives(&shop, subscribed(at("2026-01-01")), &orders, "2026-07-20");
    assert_eq!(left[0], "2026-06-29 10:00 replenish/soon");
    assert_eq!(left[1], "2026-07-06 10:00 winback/best-sellers", "due on 2026-07-04, held for a week");
}
