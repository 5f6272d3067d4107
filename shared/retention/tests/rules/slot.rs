//! The slot, and the failures of the model that brings each of its rules (V1 to V8) by name.

use chrono::TimeDelta;
use retention::aggregates::Aggregates;
use retention::flow::{Kind, Trigger, Wait};
use retention::life::Life;
use retention::send::State;
use retention::{Reason, Send, Time};

use crate::world::*;

/// Two flows on the first order: `low` with two steps, `high` above it, due as the tests need it.
fn shop_with(low: &[i64], high: Option<i64>) -> retention::Shop {
    let hours = |h: &i64| Wait::For(TimeDelta::hours(*h));
    let steps = low.iter().enumerate().map(|(n, h)| step(&format!("l{n}"), Kind::Useful, hours(h))).collect();
    let mut flows = vec![flow("low", 10, Trigger::FirstOrder, steps)];
    flows.extend(high.map(|h| flow("high", 90, Trigger::FirstOrder, vec![step("h", Kind::Useful, hours(&h))])));
    let mut shop = shop_of(flows);
    // No night, so that hours are hours.
    shop.limits.day.from = chrono::NaiveTime::MIN;
    shop.limits.day.to = chrono::NaiveTime::from_hms_opt(23, 59, 59).expect("a time");
    shop
}

const BOUGHT: &str = "2026-03-02 00:00";

fn begin<'a>(shop: &'a retention::Shop, aggregates: &'a Aggregates) -> Life<'a> {
    let mut life = life(shop, aggregates, subscribed(at("2026-03-01")));
    arrives(&mut life, &order("1", at(BOUGHT), &[("MUG", 1)]), at(BOUGHT));
    life
}

fn hour(h: i64) -> Time {
    at(BOUGHT) + TimeDelta::hours(h)
}

fn held_by<'l>(life: &'l Life<'_>) -> &'l Send {
    &life.ledger[life.customer.open.as_ref().expect("a holder")]
}

fn change(life: &mut Life<'_>, f: impl FnOnce(&mut Send)) {
    let id = life.customer.open.clone().expect("a holder");
    f(life.ledger.get_mut(&id).expect("its row"));
}

#[test]
fn while_a_letter_is_on_its_way_there_is_always_a_look_and_never_within_five_minutes() {
    let (shop, aggregates) = (shop_with(&[1], None), Aggregates::default());
    let mut life = begin(&shop, &aggregates);
    life.look(hour(1));
    assert_eq!(life.customer.next_look, Some(hour(1) + TimeDelta::minutes(5)));
    change(&mut life, |s| s.due_at = Some(hour(2)));
    life.look(hour(1) + TimeDelta::minutes(5));
    assert_eq!(life.customer.next_look, Some(hour(2) + TimeDelta::minutes(1)));
}

#[test]
fn v1_v2_the_last_step_of_a_flow_is_folded_too() {
    let (shop, aggregates) = (shop_with(&[1, 30], None), Aggregates::default());
    let mut life = begin(&shop, &aggregates);
    assert_eq!(life.until(hour(200)).len(), 2);
    assert_eq!(life.customer.open, None);
    assert_eq!(life.customer.standings[0].passed.as_str(), "l1");
    assert_eq!(life.customer.next_look, None, "nothing is left to do");
}

#[test]
fn v3_a_letter_in_doubt_frees_the_slot_and_counts_as_sent() {
    let (shop, aggregates) = (shop_with(&[1, 30], None), Aggregates::default());
    let mut life = begin(&shop, &aggregates);
    life.look(hour(1));
    change(&mut life, |s| {
        s.marked_at = Some(hour(1));
        s.enter(State::Unknown, None, Some(hour(2)), hour(1));
    });
    life.look(hour(1) + TimeDelta::minutes(5));
    assert_eq!(life.customer.open, None);
    assert_eq!(life.customer.recent.len(), 1, "it may have reached the person");
    assert_eq!(life.customer.next_look, Some(hour(30)));
}

#[test]
fn v4_the_gap_counts_from_the_mark_not_from_the_creation() {
    let (shop, aggregates) = (shop_with(&[1, 2], None), Aggregates::default());
    let mut life = begin(&shop, &aggregates);
    life.look(hour(1));
    // A night passes before the letter leaves.
    change(&mut life, |s| {
        s.marked_at = Some(hour(12));
        s.enter(State::Sent, None, None, hour(12));
    });
    life.look(hour(12) + TimeDelta::minutes(5));
    assert_eq!(life.customer.next_look, Some(hour(12) + shop.limits.gap));
}

#[test]
fn v5_a_letter_that_ended_on_the_way_gives_its_gap_back() {
    let (shop, aggregates) = (shop_with(&[1, 2], None), Aggregates::default());
    let mut life = begin(&shop, &aggregates);
    life.look(hour(1));
    change(&mut life, |s| s.end(Reason::Stale, hour(3)));
    let decision = life.look(hour(3));
    assert_eq!(decision.sends.len(), 1, "the next step stands on its own, with no gap to wait for");
    assert_eq!(life.customer.recent.len(), 1);
}

#[test]
fn v6_a_higher_letter_takes_the_slot_and_the_lower_one_comes_back() {
    let (shop, aggregates) = (shop_with(&[1], Some(2)), Aggregates::default());
    let mut life = begin(&shop, &aggregates);
    life.look(hour(1));
    change(&mut life, |s| s.due_at = Some(hour(5)));
    let low = held_by(&life).id.clone();
    let decision = life.look(hour(2));
    assert_eq!(decision.yields.as_ref().map(|s| (&s.id, s.state)), Some((&low, State::Yielded)));
    assert_eq!(life.ledger[&low].due_at, None, "an end: it is in no index");
    assert_eq!(life.customer.recent.len(), 1, "only the winner counts");
    let left = letters(&life.until(hour(100)));
    assert_eq!(left, ["2026-03-02 02:00 high/h", "2026-03-02 17:30 low/l0"]);
    assert_eq!(life.ledger[&low].history.len(), 4, "planned, yielded, planned, sent: one row");
}

#[test]
fn nobody_takes_the_slot_from_a_letter_that_a_worker_marked() {
    let (shop, aggregates) = (shop_with(&[1], Some(2)), Aggregates::default());
    let mut life = begin(&shop, &aggregates);
    life.look(hour(1));
    change(&mut life, |s| {
        s.marked_at = Some(hour(1));
        s.enter(State::Submitting, None, Some(hour(1) + TimeDelta::minutes(6)), hour(1));
    });
    let decision = life.look(hour(2));
    assert_eq!((decision.yields, decision.sends.len()), (None, 0));
    assert!(decision.held.iter().any(|h| h.flow == name("high") && h.reason == Reason::Outranked));
}

#[test]
fn a_holder_without_a_row_frees_the_slot_and_is_wanted_again() {
    let (shop, aggregates) = (shop_with(&[1], None), Aggregates::default());
    let mut life = begin(&shop, &aggregates);
    life.look(hour(1));
    life.ledger.clear();
    assert_eq!(life.look(hour(2)).sends.len(), 1);
    assert_eq!(life.customer.recent.len(), 1);
}

#[test]
fn a_send_that_exists_already_moves_the_standing_and_takes_no_slot() {
    let (shop, aggregates) = (shop_with(&[1, 30], None), Aggregates::default());
    let mut life = begin(&shop, &aggregates);
    life.until(hour(2));
    // The standing was lost, as by a restored profile; the ledger was not.
    life.customer.standings.clear();
    life.customer.recent.clear();
    let decision = life.look(hour(2));
    assert_eq!(decision.sends, []);
    assert_eq!((life.customer.open.as_ref(), life.customer.recent.len()), (None, 0));
    assert_eq!(life.customer.next_look, Some(hour(30)), "the next step");
}

#[test]
fn deciding_twice_changes_nothing() {
    let (shop, aggregates) = (shop_with(&[1, 30], Some(40)), Aggregates::default());
    let mut life = begin(&shop, &aggregates);
    for h in [0, 1, 5, 30, 40, 60] {
        life.until(hour(h));
        life.look(hour(h));
        let before = life.customer.clone();
        let again = life.look(hour(h));
        assert_eq!(again.sends, []);
        assert_eq!(life.customer, retention::Customer { version: before.version + 1, ..before });
    }
}
