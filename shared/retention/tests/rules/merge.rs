//! Two profiles become one: what survives, and the failures of the model that bring each rule (V10, V11) by name.

use chrono::TimeDelta;
use retention::aggregates::Aggregates;
use retention::consent::Said;
use retention::customer::StorefrontId;
use retention::ids::CustomerId;
use retention::life::Life;
use retention::merge::{Merge, Merged, in_order, merge};
use retention::send::State;
use retention::{Customer, Reason, Send, Shop, Time};

use crate::world::*;

const BIRTHDAY: &str = "04-10";
/// Nine in the morning in Warsaw, three days before the birthday: the first letter of the flow.
const SOON: &str = "2026-04-07 07:00";

fn person(id: &str, since: &str) -> Customer {
    let mut customer = Customer::new(CustomerId::derive(id, at(since)), at(since));
    customer.email = retention::EmailAddress::parse(&format!("{id}@example.com")).ok();
    customer.consent.hear(&statement(Said::Subscribed, at(since)));
    born(customer, BIRTHDAY)
}

fn holder<'l>(life: &'l Life<'_>) -> Option<&'l Send> {
    life.ledger.get(life.customer.open.as_ref()?)
}

fn merges(kept: &Life<'_>, gone: &Life<'_>, shop: &Shop, now: Time) -> Merge {
    merge((&kept.customer, holder(kept)), (&gone.customer, holder(gone)), shop, now)
}

fn done(merge: Merge) -> Merged {
    match merge {
        Merge::Done(merged) => *merged,
        other => panic!("{other:?}"),
    }
}

/// The life of the one person from the merge on, over both ledgers.
fn goes_on<'a>(kept: &Life<'a>, gone: &Life<'a>, merged: Merged) -> Life<'a> {
    let mut ledger = kept.ledger.clone();
    ledger.extend(gone.ledger.clone());
    ledger.extend(merged.yields.into_iter().map(|send| (send.id.clone(), send)));
    Life::new(kept.shop, kept.aggregates, merged.kept, ledger.into_values().collect())
}

fn two<'a>(shop: &'a Shop, aggregates: &'a Aggregates) -> (Life<'a>, Life<'a>) {
    (life(shop, aggregates, person("ada", "2026-03-01")), life(shop, aggregates, person("ben", "2026-03-02")))
}

fn marks(life: &mut Life<'_>, now: Time) {
    let id = life.customer.open.clone().expect("a holder");
    let send = life.ledger.get_mut(&id).expect("its row");
    send.attempt += 1;
    send.marked_at = Some(now);
    send.enter(State::Submitting, None, Some(now + TimeDelta::minutes(3)), now);
}

fn gets(life: &mut Life<'_>, state: State, now: Time) {
    let id = life.customer.open.clone().expect("a holder");
    life.ledger.get_mut(&id).expect("its row").enter(state, None, None, now);
}

#[test]
fn v10_both_planned_letters_yield_and_the_occasion_gets_one_letter() {
    let (shop, aggregates) = (shop_of(vec![birthday()]), Aggregates::default());
    let (mut ada, mut ben) = two(&shop, &aggregates);
    ada.look(at(SOON));
    ben.look(at(SOON));
    let merged = done(merges(&ada, &ben, &shop, at(SOON)));
    let ends: Vec<_> = merged.yields.iter().map(|send| (send.state, send.reason, send.due_at)).collect();
    assert_eq!(ends, [(State::Yielded, Some(Reason::Merged), None); 2]);
    assert_eq!((merged.kept.open.as_ref(), merged.kept.recent.len()), (None, 0));
    let mut one = goes_on(&ada, &ben, merged);
    let left = one.until(at("2026-04-09"));
    assert_eq!(letters(&left), ["2026-04-07 07:00 birthday/soon"]);
}

#[test]
fn v10_a_letter_that_one_got_is_not_sent_to_the_other_and_its_gap_counts() {
    let (shop, aggregates) = (shop_of(vec![birthday()]), Aggregates::default());
    let (mut ada, mut ben) = two(&shop, &aggregates);
    ada.look(at(SOON));
    ben.look(at(SOON));
    marks(&mut ben, at("2026-04-07 07:02"));
    gets(&mut ben, State::Sent, at("2026-04-07 07:02"));
    let now = at("2026-04-07 07:04");
    let mut one = goes_on(&ada, &ben, done(merges(&ada, &ben, &shop, now)));
    assert_eq!(one.customer.recent.len(), 1, "Ben's, at the time of its mark");
    assert_eq!(one.customer.recent[0].at, at("2026-04-07 07:02"));
    assert_eq!(letters(&one.until(at("2026-04-09"))), Vec::<String>::new());
    assert_eq!(letters(&one.until(at("2026-04-11"))), ["2026-04-10 07:00 birthday/day"], "the next step goes on");
}

#[test]
fn v11a_a_letter_that_yielded_to_the_merge_is_created_again() {
    let (shop, aggregates) = (shop_of(vec![birthday()]), Aggregates::default());
    let (ada, mut ben) = two(&shop, &aggregates);
    ben.look(at(SOON));
    let mut one = goes_on(&ada, &ben, done(merges(&ada, &ben, &shop, at(SOON))));
    assert_eq!(letters(&one.until(at("2026-04-09"))), ["2026-04-07 07:00 birthday/soon"]);
}

#[test]
fn v11b_the_further_standing_holds_whoever_had_it() {
    let (shop, aggregates) = (shop_of(vec![birthday()]), Aggregates::default());
    for swap in [false, true] {
        let (mut ada, mut ben) = two(&shop, &aggregates);
        let (ahead, behind) = if swap { (&mut ben, &mut ada) } else { (&mut ada, &mut ben) };
        ahead.look(at(SOON));
        behind.look(at(SOON));
        behind.until(at("2026-04-08"));
        ahead.until(at("2026-04-11"));
        let one = goes_on(&ada, &ben, done(merges(&ada, &ben, &shop, at("2026-04-11"))));
        let passed: Vec<_> = one.customer.standings.iter().map(|s| s.passed.as_str()).collect();
        assert_eq!(passed, ["day"], "the flow is over");
    }
}

#[test]
fn v11c_a_merge_waits_while_a_letter_is_being_submitted() {
    let (shop, aggregates) = (shop_of(vec![birthday()]), Aggregates::default());
    let (mut ada, mut ben) = two(&shop, &aggregates);
    ada.look(at(SOON));
    ben.look(at(SOON));
    marks(&mut ben, at(SOON));
    assert_eq!(merges(&ada, &ben, &shop, at(SOON)), Merge::Waits(at(SOON) + TimeDelta::minutes(1)));
    assert_eq!(merges(&ben, &ada, &shop, at(SOON)), Merge::Waits(at(SOON) + TimeDelta::minutes(1)));
    // It came back throttled: planned again, and the merge goes on.
    gets(&mut ben, State::Planned, at("2026-04-07 07:01"));
    assert_eq!(done(merges(&ada, &ben, &shop, at("2026-04-07 07:02"))).yields.len(), 2);
}

#[test]
fn history_spend_and_products_are_those_of_both() {
    let (shop, aggregates) = (shop(), Aggregates::default());
    let (mut ada, mut ben) = two(&shop, &aggregates);
    arrives(&mut ada, &order("1", at("2026-03-03"), &[("SOAP", 1)]), at("2026-03-03"));
    arrives(&mut ben, &order("2", at("2026-03-13"), &[("SOAP", 2), ("BALM", 1)]), at("2026-03-13"));
    for life in [&mut ada, &mut ben] {
        life.until(at("2026-03-20"));
    }
    let kept = done(merges(&ada, &ben, &shop, at("2026-03-20"))).kept;
    assert_eq!((kept.order_count, kept.spent.as_slice()), (2, [euro(4000)].as_slice()));
    assert_eq!(kept.orders.iter().map(|o| o.id.as_str()).collect::<Vec<_>>(), ["shopify:2", "shopify:1"]);
    let soap = kept.products.iter().find(|p| p.product.as_str() == "SOAP").expect("soap");
    assert_eq!((soap.orders, soap.units, soap.first_at), (2, 3, at("2026-03-03")));
    assert_eq!(soap.own_gap(), Some(days(10)), "known from two purchases on");
}

#[test]
fn the_later_act_of_consent_holds_and_a_complaint_of_either_is_for_good() {
    let (shop, aggregates) = (shop(), Aggregates::default());
    let says = |said, day: &str| statement(said, at(day));
    for (first, second, subscribed) in
        [(Said::Unsubscribed, Said::Subscribed, true), (Said::Subscribed, Said::Unsubscribed, false)]
    {
        for swap in [false, true] {
            let (mut ada, mut ben) = two(&shop, &aggregates);
            let (early, late) = if swap { (&mut ben, &mut ada) } else { (&mut ada, &mut ben) };
            early.customer.consent.hear(&says(first, "2026-04-01"));
            late.customer.consent.hear(&says(second, "2026-04-02"));
            let kept = done(merges(&ada, &ben, &shop, at("2026-04-03"))).kept;
            assert_eq!(kept.consent.is_subscribed(), subscribed);
        }
    }
    let (ada, mut ben) = two(&shop, &aggregates);
    let complaint = retention::consent::Statement {
        by: retention::consent::By::Complaint,
        ..says(Said::Unsubscribed, "2026-03-05")
    };
    ben.customer.consent.hear(&complaint);
    let mut kept = done(merges(&ada, &ben, &shop, at("2026-04-03"))).kept;
    kept.consent.hear(&says(Said::Subscribed, "2026-04-04"));
    assert!(!kept.consent.is_subscribed());
}

#[test]
fn what_leads_to_the_other_holds_nothing_else() {
    let (shop, aggregates) = (shop(), Aggregates::default());
    let (ada, ben) = two(&shop, &aggregates);
    let Merged { kept, gone, .. } = done(merges(&ada, &ben, &shop, at("2026-04-01")));
    assert_eq!((&kept.id, kept.former.as_slice()), (&ada.customer.id, [ben.customer.id.clone()].as_slice()));
    assert_eq!(kept.next_look, Some(at("2026-04-01")), "it is decided at once");
    let mut expected = Customer::new(ben.customer.id.clone(), ben.customer.since);
    expected.merged_into = Some(ada.customer.id.clone());
    assert_eq!(gone, expected);
    assert_eq!(in_order(&ben.customer, &ada.customer).0.id, ada.customer.id, "the one known first stays");
}

#[test]
fn an_address_of_more_than_five_accounts_is_no_identity() {
    let (shop, aggregates) = (shop(), Aggregates::default());
    let (mut ada, mut ben) = two(&shop, &aggregates);
    let account = |n: usize| StorefrontId { source: source(), id: n.to_string(), stamp: None, gone_at: None };
    ada.customer.storefront_ids.extend((0..3).map(account));
    ben.customer.storefront_ids.extend((2..5).map(account));
    assert_eq!(done(merges(&ada, &ben, &shop, at("2026-04-01"))).kept.storefront_ids.len(), 5, "one is shared");
    ben.customer.storefront_ids.push(account(5));
    assert_eq!(merges(&ada, &ben, &shop, at("2026-04-01")), Merge::Crowded);
}
