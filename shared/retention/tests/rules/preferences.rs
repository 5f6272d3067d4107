//! What a person chose, obeyed by the rules.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use retention::aggregates::Aggregates;
use retention::birthday::Birthday;
use retention::consent::{By, Said, Statement};
use retention::customer::Answer;
use retention::flow::{Class, Flow, Kind, Trigger, Wait};
use retention::ids::TopicName;
use retention::merge::{Merge, merge};
use retention::occurrence::World;
use retention::preferences::{Choice, FEWER, Pause, ask_for_data, choose};
use retention::record::hear_answer;
use retention::send::State;
use retention::shop::{Shop, Topic};
use retention::{Customer, Reason, Time};

use crate::world::*;

fn topic(text: &str) -> TopicName {
    TopicName::parse(text).expect("a name")
}

/// The shop of the tests with its birthday flow under a topic.
fn shop_with_topic() -> Shop {
    Shop { topics: vec![Topic { name: topic("days"), flows: [name("birthday")].into() }], ..shop() }
}

fn choice() -> Choice {
    Choice { off: BTreeSet::new(), pause: Pause::Keep, fewer: false, birthday: None, language: None }
}

fn chose(customer: &Customer, choice: &Choice, now: Time) -> Customer {
    choose(customer, choice, now).expect("something else")
}

/// Every letter from the beginning of a life to its end.
fn lives(shop: &Shop, customer: Customer, until: &str) -> Vec<String> {
    let aggregates = Aggregates::default();
    let mut life = life(shop, &aggregates, customer);
    life.look(life.customer.since);
    letters(&life.until(at(until)))
}

#[test]
fn a_topic_that_is_off_sends_nothing_and_the_others_go_on() {
    let shop = shop_with_topic();
    let born = born(subscribed(at("2026-01-01")), "03-20");
    assert_eq!(lives(&shop, born.clone(), "2026-12-01").len(), 2);
    let off = Choice { off: [topic("days")].into(), birthday: born.birthday, ..choice() };
    let off = chose(&born, &off, at("2026-01-02"));
    assert_eq!(lives(&shop, off.clone(), "2026-12-01"), Vec::<String>::new());
    let mut buys = off;
    buys = after(&buys, None, &order("1", at("2026-01-03"), &[("MUG", 1)]));
    assert_eq!(
        lives(&shop, buys, "2026-02-01"),
        ["2026-01-03 12:00 order_status/confirmed", "2026-01-04 12:00 first_order/thanks"]
    );
}

#[test]
fn a_topic_that_nobody_knows_any_more_holds_nothing_back() {
    let born = born(subscribed(at("2026-01-01")), "03-20");
    let off = Choice { off: [topic("gone")].into(), birthday: born.birthday, ..choice() };
    assert_eq!(lives(&shop_with_topic(), chose(&born, &off, at("2026-01-02")), "2026-12-01").len(), 2);
}

#[test]
fn a_pause_holds_marketing_back_to_its_end_and_confirmations_leave() {
    let paused =
        chose(&subscribed(at("2026-03-01")), &Choice { pause: Pause::For(days(30)), ..choice() }, at("2026-03-01"));
    let bought = after(&paused, None, &order("1", at("2026-03-02"), &[("MUG", 1)]));
    let shop = shop();
    let aggregates = Aggregates::default();
    let mut life = life(&shop, &aggregates, bought);
    let decision = life.look(at("2026-03-02"));
    assert_eq!(decision.sends.len(), 1, "the confirmation");
    let held = decision.held.iter().find(|held| held.flow == name("first_order")).expect("the thanks");
    assert_eq!(held.reason, Reason::Paused);
    let left = letters(&life.until(at("2026-04-20")));
    assert_eq!(left, ["2026-03-02 12:00 order_status/confirmed"], "the thanks went stale");
}

#[test]
fn who_asks_for_fewer_letters_gets_the_more_important_one_of_a_month() {
    let lists = |ids: &[&str]| ids.iter().map(|id| step(id, Kind::Useful, Wait::For(TimeDelta::zero()))).collect();
    let shop = shop_of(vec![Flow { ..flow("vip", 40, Trigger::Tier, lists(&["reached"])) }, birthday(), first_order()]);
    let fewer = chose(
        &born(subscribed(at("2026-03-01")), "03-12"),
        &Choice { fewer: true, birthday: Birthday::parse("03-12").ok(), ..choice() },
        at("2026-03-01"),
    );
    let bought = after(&fewer, None, &order("1", at("2026-03-02"), &[("MUG", 9)]));
    let left = lives(&shop, bought, "2026-06-01");
    let times: Vec<&str> = left.iter().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(times, ["2026-03-03"], "the thanks for the first order, and nothing within 30 days of it: {left:?}");
}

#[test]
fn fewer_letters_is_a_reason_of_its_own() {
    let aggregates = Aggregates::default();
    let shop = shop();
    let now = at("2026-03-20");
    let mut customer = born(subscribed(at("2026-03-01")), "03-21");
    customer = chose(&customer, &Choice { fewer: true, birthday: customer.birthday, ..choice() }, now);
    customer.recent.push(retention::customer::RecentLetter {
        send: retention::ids::SendId::parse(&"a".repeat(32)).expect("an id"),
        flow: name("first_order"),
        at: at("2026-03-10"),
        kind: Kind::Useful,
    });
    let world = World { shop: &shop, aggregates: &aggregates };
    let (found, _) = retention::candidate::candidates(&customer, world, Class::Marketing, None, now);
    let birthday = found.iter().find(|c| c.flow.name == name("birthday")).expect("the birthday");
    assert_eq!(birthday.held, Some(Reason::Fewer));
    assert!(birthday.ready_at.is_some_and(|ready| ready >= at("2026-03-10") + FEWER));
}

#[test]
fn a_choice_that_changes_nothing_is_none_and_a_pause_that_is_over_is_forgotten() {
    let now = at("2026-03-02");
    let customer = subscribed(at("2026-03-01"));
    assert_eq!(choose(&customer, &choice(), now), None);
    let paused = chose(&customer, &Choice { pause: Pause::For(days(30)), ..choice() }, now);
    assert_eq!(choose(&paused, &choice(), at("2026-03-20")), None);
    let over = chose(&paused, &choice(), at("2026-04-20"));
    assert_eq!(over.preferences.paused_until, None);
}

#[test]
fn data_is_asked_for_once_a_day() {
    let now = at("2026-03-02");
    let asked = ask_for_data(&subscribed(at("2026-03-01")), now).expect("the first time");
    assert_eq!(ask_for_data(&asked, now + TimeDelta::hours(23)), None);
    assert!(ask_for_data(&asked, now + TimeDelta::hours(24)).is_some());
}

#[test]
fn of_two_profiles_of_one_person_the_later_choice_holds() {
    let now = at("2026-03-05");
    let kept = subscribed(at("2026-03-01"));
    let mut gone = subscribed(at("2026-03-02"));
    gone.id = retention::ids::CustomerId::derive("other", now);
    let kept = chose(&kept, &Choice { fewer: true, ..choice() }, at("2026-03-03"));
    let said = Choice { pause: Pause::For(days(90)), birthday: Birthday::parse("07-04").ok(), ..choice() };
    let gone = chose(&gone, &said, at("2026-03-04"));
    let Merge::Done(merged) = merge((&kept, None), (&gone, None), &shop(), now) else { panic!("no merge") };
    assert_eq!(merged.kept.preferences, gone.preferences);
    assert_eq!(merged.kept.birthday, gone.birthday);
    let forgets = Choice { birthday: None, ..choice() };
    let forgot = chose(&born(kept, "12-24"), &Choice { fewer: true, ..forgets }, at("2026-03-06"));
    let Merge::Done(merged) = merge((&forgot, None), (&gone, None), &shop(), now) else { panic!("no merge") };
    assert_eq!(merged.kept.birthday, None, "what is to be forgotten does not come back from another profile");
}

fn pending(act: &str) -> Statement {
    Statement { said: Said::Pending, ..statement(Said::Subscribed, at(act)) }
}

#[test]
fn a_sign_up_waits_for_the_person_and_no_storefront_ends_the_wait_by_repeating_it() {
    let mut consent = Customer::new(subscribed(at("2026-03-01")).id, at("2026-03-01")).consent;
    assert!(consent.hear(&pending("2026-03-01")));
    assert!(!consent.hear(&pending("2026-03-01")), "a redelivery");
    assert!(!consent.hear(&pending("2026-03-01 20:00")), "the same day: no second letter");
    assert!(!consent.is_subscribed());
    assert!(consent.hear(&pending("2026-03-09")), "a new sign-up");
    assert_eq!(consent.pending_since(), Some(at("2026-03-09")));
    let mut refused = consent.clone();
    refused.hear(&Statement { by: By::Person, ..statement(Said::Unsubscribed, at("2026-03-10")) });
    assert_eq!(refused.pending_since(), None);
    let own = Statement::own(Said::Subscribed, "a link", &consent, at("2026-03-10"));
    consent.hear(&own);
    assert!(consent.is_subscribed() && consent.pending_since().is_none());
    assert!(!consent.hear(&pending("2026-03-11")), "who agreed is not asked");
}

#[test]
fn a_shop_that_asks_asks_only_whom_a_storefront_says_to_have_agreed() {
    let said = statement(Said::Subscribed, at("2026-03-01"));
    assert!(said.is_to_be_confirmed());
    assert!(!Statement { confirmed: true, ..said.clone() }.is_to_be_confirmed());
    assert!(!Statement { by: By::Import, ..said.clone() }.is_to_be_confirmed());
    assert!(!Statement { by: By::Person, ..said.clone() }.is_to_be_confirmed());
    assert!(!Statement { said: Said::Unsubscribed, ..said }.is_to_be_confirmed());
}

#[test]
fn a_letter_that_asks_for_a_confirmation_is_dropped_once_there_is_one() {
    let confirm = Flow {
        class: Class::Transactional,
        ..flow("confirm", 100, Trigger::SignUp, vec![step("confirm", Kind::Useful, Wait::For(TimeDelta::zero()))])
    };
    let shop = shop_of(vec![confirm, first_order()]);
    let aggregates = Aggregates::default();
    let mut customer = Customer::new(subscribed(at("2026-03-01")).id, at("2026-03-01"));
    customer.email = subscribed(at("2026-03-01")).email;
    customer.consent.hear(&pending("2026-03-01"));
    let mut life = life(&shop, &aggregates, customer);
    let decision = life.look(at("2026-03-01"));
    let send = decision.sends[0].send.clone();
    assert_eq!((send.flow.as_str(), send.state), ("confirm", State::Planned));
    let gate = |customer: &Customer, now: Time| {
        let facts = retention::gate::Facts {
            send: &send,
            customer,
            suppression: None,
            control: &retention::control::Control::default(),
            aggregates: &aggregates,
            things: &[],
        };
        retention::gate(&facts, &shop, now)
    };
    assert_eq!(gate(&life.customer, at("2026-03-01")), retention::Gate::Go);
    assert_eq!(gate(&life.customer, at("2026-03-02")), retention::Gate::Never(Reason::Stale));
    let own = Statement::own(Said::Subscribed, "a link", &life.customer.consent, at("2026-03-01 13:00"));
    life.customer.consent.hear(&own);
    assert_eq!(gate(&life.customer, at("2026-03-01 13:00")), retention::Gate::Never(Reason::Exited));
}

#[test]
fn one_letter_is_answered_once_and_the_last_word_counts() {
    let mut customer = subscribed(at("2026-03-01"));
    let asked_by = retention::ids::SendId::parse(&"b".repeat(32));
    let answer = |score: u8, day: &str| Answer { at: at(day), score, asked_by: asked_by.clone() };
    assert!(hear_answer(&mut customer, &answer(3, "2026-03-05")));
    assert!(!hear_answer(&mut customer, &answer(3, "2026-03-06")));
    assert!(hear_answer(&mut customer, &answer(9, "2026-03-07")));
    assert_eq!(customer.answers.iter().map(|answer| answer.score).collect::<Vec<_>>(), [9]);
    assert_eq!(customer.frozen_until, Some(at("2026-04-04")), "the rest stays");
}
