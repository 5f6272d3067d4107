//! Who goes first, who waits, and for how long.

use chrono::TimeDelta;
use retention::Reason;
use retention::aggregates::Aggregates;
use retention::flow::{Flow, Kind, StaleAfter, Step, Trigger, Wait};

use crate::world::*;

const BOUGHT: &str = "2026-03-02 09:00";

fn at_hour(flow_name: &str, priority: u8, hours: i64, stale_hours: i64) -> Flow {
    let step = Step {
        stale_after: Some(StaleAfter::For(TimeDelta::hours(stale_hours))),
        ..step("only", Kind::Useful, Wait::For(TimeDelta::hours(hours)))
    };
    flow(flow_name, priority, Trigger::FirstOrder, vec![step])
}

fn left(flows: Vec<Flow>) -> Vec<String> {
    let (shop, aggregates) = (shop_of(flows), Aggregates::default());
    let mut life = life(&shop, &aggregates, subscribed(at("2026-03-01")));
    arrives(&mut life, &order("1", at(BOUGHT), &[("MUG", 1)]), at(BOUGHT));
    let sent = life.until(at(BOUGHT) + days(30));
    assert!(life.customer.open.is_none() && life.next().is_none(), "everything came to its end");
    letters(&sent)
}

#[test]
fn of_two_that_are_due_the_higher_priority_goes_and_the_other_waits_for_the_gap() {
    assert_eq!(
        left(vec![at_hour("low", 10, 1, 72), at_hour("high", 90, 1, 72)]),
        ["2026-03-02 10:00 high/only", "2026-03-03 07:00 low/only"]
    );
}

#[test]
fn ties_go_by_name() {
    assert_eq!(left(vec![at_hour("b", 10, 1, 72), at_hour("a", 10, 1, 72)])[0], "2026-03-02 10:00 a/only");
}

#[test]
fn a_lower_letter_waits_for_a_higher_one_that_it_would_push_past_its_limit() {
    assert_eq!(
        left(vec![at_hour("low", 10, 1, 72), at_hour("high", 90, 3, 4)]),
        ["2026-03-02 12:00 high/only", "2026-03-03 07:00 low/only"]
    );
}

#[test]
fn a_lower_letter_does_not_wait_for_a_higher_one_that_has_time() {
    assert_eq!(
        left(vec![at_hour("low", 10, 1, 72), at_hour("high", 90, 3, 72)]),
        ["2026-03-02 10:00 low/only", "2026-03-03 07:00 high/only"]
    );
}

#[test]
fn a_letter_held_back_past_its_limit_ends_and_the_reason_says_so() {
    let (shop, aggregates) =
        (shop_of(vec![at_hour("low", 10, 1, 2), at_hour("high", 90, 1, 72)]), Aggregates::default());
    let mut life = life(&shop, &aggregates, subscribed(at("2026-03-01")));
    arrives(&mut life, &order("1", at(BOUGHT), &[("MUG", 1)]), at(BOUGHT));
    assert_eq!(life.until(at(BOUGHT) + days(3)).len(), 1);
    let held = life.look(at(BOUGHT) + days(3)).held;
    let low = held.iter().find(|h| h.flow == name("low")).expect("a reason");
    assert_eq!(low.reason, Reason::Stale);
}

#[test]
fn nobody_gets_more_than_three_letters_in_seven_days() {
    let flows = (0..6).map(|n| at_hour(&format!("f{n}"), 50 - n, 24 * i64::from(n), 24 * 20)).collect();
    let left = left(flows);
    assert_eq!(
        left,
        [
            "2026-03-02 09:00 f0/only",
            "2026-03-03 09:00 f1/only",
            "2026-03-04 09:00 f2/only",
            "2026-03-09 09:00 f3/only",
            "2026-03-10 09:00 f4/only",
            "2026-03-11 09:00 f5/only",
        ]
    );
}

#[test]
fn the_reason_says_what_holds_a_letter_back_and_until_when() {
    let (shop, aggregates) =
        (shop_of(vec![at_hour("low", 10, 2, 72), at_hour("high", 90, 1, 72)]), Aggregates::default());
    let mut life = life(&shop, &aggregates, subscribed(at("2026-03-01")));
    arrives(&mut life, &order("1", at(BOUGHT), &[("MUG", 1)]), at(BOUGHT));
    life.until(at(BOUGHT) + TimeDelta::hours(1));
    let held = life.look(at(BOUGHT) + TimeDelta::hours(2)).held;
    let low = held.iter().find(|h| h.flow == name("low")).expect("a reason");
    assert_eq!((low.reason, low.until), (Reason::QuietHours, Some(at("2026-03-03 07:00"))));
}

#[test]
fn look_is_always_after_now() {
    let (shop, aggregates) = (shop(), Aggregates::default());
    let mut life = life(&shop, &aggregates, born(subscribed(at("2026-03-01")), "03-05"));
    arrives(&mut life, &order("1", at(BOUGHT), &[("SOAP", 1)]), at(BOUGHT));
    for _ in 0..200 {
        let Some(now) = life.next() else { break };
        life.step(now);
        assert!(life.customer.next_look.is_none_or(|next| next > now));
    }
}
