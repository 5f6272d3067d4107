//! The row of one letter: where it waits, under which names, and what it keeps of its way.

use chrono::TimeDelta;
use retention::flow::Class;
use retention::ids::{CustomerId, LetterName, Occasion, StepId};
use retention::send::{Lane, Outcome, State};
use retention::{Reason, Send};

use crate::world::{at, name};

const STATES: [(State, &str, Outcome); 10] = [
    (State::Planned, "planned", Outcome::Open),
    (State::Submitting, "submitting", Outcome::Open),
    (State::Unknown, "unknown", Outcome::MayHaveReached),
    (State::Sent, "sent", Outcome::MayHaveReached),
    (State::LostSuspect, "lost_suspect", Outcome::MayHaveReached),
    (State::Yielded, "yielded", Outcome::Yielded),
    (State::Dropped, "dropped", Outcome::NoLetter),
    (State::HeldOut, "held_out", Outcome::NoLetter),
    (State::Expired, "expired", Outcome::NoLetter),
    (State::Rejected, "rejected", Outcome::NoLetter),
];

fn planned() -> Send {
    let now = at("2026-03-02");
    let step = StepId::parse("thanks").expect("a name");
    let letter = LetterName::parse("thanks").expect("a name");
    let customer = CustomerId::derive("someone", now);
    Send::planned(&customer, (&name("first_order"), &step, &letter), &Occasion::of(&["order", "1"]), now)
}

#[test]
fn a_state_and_a_lane_are_called_in_rows_as_they_always_were() {
    for (state, name, outcome) in STATES {
        assert_eq!((state.name(), state.outcome()), (name, outcome));
        assert_eq!(serde_json::to_value(state).expect("a value"), name);
    }
    assert_eq!(Lane::ALL.map(Lane::name), ["settle", "now", "high", "middle", "low"]);
}

#[test]
fn a_letter_waits_in_the_lane_of_its_priority_in_doubt_in_another_and_in_none_once_it_is_over() {
    let mut send = planned();
    for (class, priority, lane) in [
        (Class::Transactional, 0, Lane::Now),
        (Class::Transactional, 100, Lane::Now),
        (Class::Marketing, 70, Lane::High),
        (Class::Marketing, 69, Lane::Middle),
        (Class::Marketing, 40, Lane::Middle),
        (Class::Marketing, 39, Lane::Low),
    ] {
        (send.class, send.priority) = (class, priority);
        assert_eq!(send.lane(), Some(lane), "{class:?} {priority}");
    }
    for (state, ..) in STATES.into_iter().skip(1) {
        send.state = state;
        let in_doubt = matches!(state, State::Submitting | State::Unknown);
        assert_eq!(send.lane(), in_doubt.then_some(Lane::Settle), "{state:?}");
    }
}

#[test]
fn a_letter_keeps_its_last_twenty_changes_and_each_begins_the_counts_anew() {
    let (mut send, now) = (planned(), at("2026-03-02"));
    for number in 1..=i64::try_from(Send::HISTORY).expect("a number") + 2 {
        (send.dispatches, send.tries, send.tried_at) = (3, 2, Some(now));
        let until = now + TimeDelta::minutes(number);
        send.postpone(until, Reason::Throttled, until);
        assert_eq!((send.state, send.reason, send.due_at), (State::Planned, Some(Reason::Throttled), Some(until)));
        assert_eq!((send.dispatches, send.tries, send.tried_at), (0, 0, None));
        let first = if number > 20 { number - 19 } else { 1 };
        assert_eq!(send.history.first().map(|change| change.at), Some(now + TimeDelta::minutes(first)), "{number}");
    }
    assert_eq!(send.history.len(), 20);
    send.end(Reason::Stale, now);
    assert_eq!((send.state, send.due_at, send.history.len()), (State::Expired, None, 20));
}

#[test]
fn a_letter_that_was_to_be_sent_once_more_and_is_not_may_have_left_the_first_time() {
    for reason in [Reason::Stale, Reason::Suppressed, Reason::Refused, Reason::Poison, Reason::Erased] {
        let (mut send, now) = (planned(), at("2026-03-04"));
        send.possible_duplicate = true;
        send.end(reason, now);
        assert_eq!((send.state, send.reason, send.due_at), (State::LostSuspect, Some(reason), None));
    }
}

#[test]
fn a_step_ended_with_the_mark_of_its_letter_or_with_the_end_without_one() {
    let (mut send, marked, changed) = (planned(), at("2026-03-03"), at("2026-03-04"));
    assert_eq!(send.ended_at(), send.created_at);
    send.marked_at = Some(marked);
    for (state, _, outcome) in STATES {
        send.enter(state, None, None, changed);
        let expected = if outcome == Outcome::MayHaveReached { marked } else { changed };
        assert_eq!(send.ended_at(), expected, "{state:?}");
    }
}
