//! What stays of an erased person.

use retention::aggregates::Aggregates;
use retention::consent::Said;
use retention::erase::{refuses, stripped, tombstone};
use retention::event::{Entity, Event, Person};
use retention::order::Stamp;
use retention::send::State;
use retention::{Customer, Reason};

use crate::world::*;

#[test]
fn a_tombstone_knows_when_and_nothing_else_and_is_never_looked_at() {
    let (shop, aggregates) = (shop(), Aggregates::default());
    let mut life = life(&shop, &aggregates, born(subscribed(at("2026-03-01")), "04-10"));
    arrives(&mut life, &order("1", at("2026-03-02"), &[("SOAP", 1)]), at("2026-03-02"));
    let left = tombstone(&life.customer, at("2026-03-05"));
    let mut expected = Customer::new(life.customer.id.clone(), at("2026-03-01"));
    expected.version = life.customer.version;
    expected.erased_at = Some(at("2026-03-05"));
    assert_eq!(left, expected);
    assert_eq!(tombstone(&left, at("2026-03-09")).erased_at, Some(at("2026-03-05")), "the first time holds");
    life.customer = left;
    life.ledger.clear();
    assert!(life.until(at("2028-03-05")).is_empty());
    assert_eq!(life.look(at("2026-03-06")).customer.next_look, None);
}

#[test]
fn a_letter_that_has_not_left_does_not_leave_and_none_names_its_order() {
    let (shop, aggregates) = (shop(), Aggregates::default());
    let mut life = life(&shop, &aggregates, subscribed(at("2026-03-01")));
    arrives(&mut life, &order("1", at("2026-03-02"), &[("SOAP", 1)]), at("2026-03-02"));
    let planned = life.ledger.values().next().expect("a confirmation").clone();
    let left = stripped(&planned, at("2026-03-02"));
    assert_eq!((left.state, left.reason, left.due_at), (State::Dropped, Some(Reason::Erased), None));
    assert!(left.orders.is_empty() && left.covers.is_empty() && left.occasion.as_str() == "erased");
    for (doubt, reason) in
        [(State::Submitting, Reason::Erased), (State::Unknown, Reason::Erased), (State::LostSuspect, Reason::NoEvent)]
    {
        let mut doubtful = planned.clone();
        doubtful.enter(doubt, Some(Reason::NoEvent), None, at("2026-03-02"));
        let mut left = stripped(&doubtful, at("2026-03-02"));
        assert_eq!((left.state, left.reason, left.due_at), (State::LostSuspect, Some(reason), None));
        left.left("0100", at("2026-03-03"));
        assert_eq!((left.state, left.message_id), (State::Sent, None), "it left, and nobody finds whose it was");
    }
    let mut sent = planned;
    sent.enter(State::Sent, None, None, at("2026-03-02"));
    assert_eq!(stripped(&sent, at("2026-03-05")).state, State::Sent, "what left, left");
}

#[test]
fn only_what_was_created_after_the_erasure_is_of_somebody_who_came_back() {
    let erased = at("2026-03-05");
    let person = |since| Person { since, ..Person::at(source()) };
    let told = |person, entity, statements| Event { person, statements, entity };
    let account = |since: Option<&str>| {
        let stamp = Stamp { at: at("2026-03-09"), rank: 0, hash: String::new() };
        told(person(since.map(at)), Entity::Customer(stamp), Vec::new())
    };
    let says = |act| told(person(None), Entity::Consent, vec![statement(Said::Subscribed, at(act))]);
    for (event, refused) in [
        (event(&order("1", at("2026-03-04"), &[("SOAP", 1)])), true),
        (event(&order("1", at("2026-03-06"), &[("SOAP", 1)])), false),
        (account(Some("2026-03-05")), true),
        (account(Some("2026-03-06")), false),
        (account(None), true),
        (says("2026-03-04"), true),
        (says("2026-03-06"), false),
    ] {
        assert_eq!(refuses(erased, &event), refused, "{event:?}");
    }
}
