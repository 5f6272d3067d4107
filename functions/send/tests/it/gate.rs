//! What the sender reads before it asks SES: what stops a letter between its dispatch and its leaving.

use chrono::TimeDelta;
use cloud::store::Written;
use retention::consent::Said;
use retention::control::{Cause, Control, Suppression};
use retention::customer::RecentLetter;
use retention::flow::Kind;
use retention::ids::{CustomerId, FlowName, LetterName, Occasion, SendId, StepId};
use retention::send::State;
use retention::{Customer, Reason, Send, Time};
use send::Outcome;
use testkit::people;

use crate::desk::{Desk, at};

#[tokio::test]
async fn the_kill_switch_and_the_breaker_hold_marketing_and_let_confirmations_go() {
    for (control, reason) in [
        (Control { kill_switch: true, ..Control::default() }, Reason::KillSwitch),
        (Control { breaker: true, ..Control::default() }, Reason::Breaker),
    ] {
        let desk = Desk::open().await;
        let thanks = desk.thanks(1).await;
        let confirmation = desk.confirmation(2).await;
        desk.store().set_control(&control).await.expect("a write");
        assert_eq!(desk.deliver(&thanks).await, Outcome::NotNow(reason));
        let row = desk.row(&thanks).await;
        assert_eq!((row.state, row.reason, row.attempt), (State::Planned, Some(reason), 0));
        assert_eq!(row.due_at, Some(desk.now() + TimeDelta::minutes(10)));
        assert_eq!(desk.ses.connections(), 0);
        assert_eq!(desk.deliver(&confirmation).await, Outcome::Sent);
        desk.store().set_control(&Control::default()).await.expect("a write");
        desk.pass(10);
        assert_eq!(desk.deliver(&thanks).await, Outcome::Sent, "once it is lifted");
    }
}

#[tokio::test]
async fn an_address_that_opted_out_or_complained_gets_confirmations_only_and_a_dead_one_nothing() {
    for (cause, confirmed) in [
        (Cause::OptOut, Outcome::Sent),
        (Cause::Complaint, Outcome::Sent),
        (Cause::HardBounce, Outcome::Ended(Reason::Suppressed)),
    ] {
        let desk = Desk::open().await;
        let thanks = desk.thanks(1).await;
        let address = people::person(1).email.expect("an address");
        let suppression = Suppression { cause, at: desk.now() };
        desk.store().suppress(&address, &suppression).await.expect("a write");
        assert_eq!(desk.deliver(&thanks).await, Outcome::Ended(Reason::Suppressed), "{cause:?}");
        let row = desk.row(&thanks).await;
        assert_eq!((row.state, row.reason, row.due_at), (State::Dropped, Some(Reason::Suppressed), None));
        assert_eq!(desk.ses.connections(), 0);
        let again = people::order("again", desk.now(), &[("POT-STONE", 1)]);
        let decision = desk.arrives(&people::ordered(&people::person(1), &again)).await;
        assert_eq!(desk.deliver(&decision.sends[0].send).await, confirmed, "{cause:?}");
    }
}

#[tokio::test]
async fn a_consent_withdrawn_between_dispatch_and_sending_ends_the_letter() {
    let desk = Desk::open().await;
    let thanks = desk.thanks(1).await;
    desk.pass(1);
    desk.says(1, Said::Unsubscribed).await;
    assert_eq!(desk.deliver(&thanks).await, Outcome::Ended(Reason::NoConsent));
    let row = desk.row(&thanks).await;
    assert_eq!((row.state, row.reason, row.due_at), (State::Dropped, Some(Reason::NoConsent), None));
    assert_eq!((row.attempt, desk.ses.connections()), (0, 0));
}

#[tokio::test]
async fn an_order_placed_between_dispatch_and_sending_ends_the_thanks() {
    let desk = Desk::open().await;
    let thanks = desk.thanks(1).await;
    desk.pass(1);
    let second = people::order("second", desk.now(), &[("POT-STONE", 1)]);
    desk.arrives(&people::ordered(&people::person(1), &second)).await;
    assert_eq!(desk.deliver(&thanks).await, Outcome::Ended(Reason::Bought));
    assert_eq!(desk.row(&thanks).await.state, State::Dropped);
    assert_eq!(desk.ses.connections(), 0);
}

#[tokio::test]
async fn a_letter_that_waited_too_long_expires() {
    let desk = Desk::open().await;
    let thanks = desk.thanks(1).await;
    desk.clock.set(thanks.stale_at - TimeDelta::milliseconds(1));
    let late = desk.confirmation(2).await;
    desk.clock.set(thanks.stale_at);
    assert_eq!(desk.deliver(&thanks).await, Outcome::Ended(Reason::Stale));
    let row = desk.row(&thanks).await;
    assert_eq!((row.state, row.reason, row.due_at), (State::Expired, Some(Reason::Stale), None));
    desk.clock.set(late.stale_at);
    assert_eq!(desk.deliver(&late).await, Outcome::Ended(Reason::Stale), "of either class");
    assert_eq!(desk.ses.connections(), 0);
}

#[tokio::test]
async fn a_letter_that_comes_up_at_night_waits_for_the_morning() {
    let desk = Desk::open().await;
    let thanks = desk.thanks(1).await;
    desk.clock.set(at("2026-03-03T21:00:00Z"));
    assert_eq!(desk.deliver(&thanks).await, Outcome::NotNow(Reason::QuietHours));
    let row = desk.row(&thanks).await;
    assert_eq!((row.state, row.due_at), (State::Planned, Some(at("2026-03-04T08:00:00Z"))));
    desk.clock.set(at("2026-03-04T08:00:00Z"));
    assert_eq!(desk.deliver(&thanks).await, Outcome::Sent);
}

#[tokio::test]
async fn a_marketing_letter_that_does_not_hold_the_slot_does_not_leave() {
    let desk = Desk::open().await;
    let holder = desk.thanks(1).await;
    let known = desk.store().customer(&holder.customer).await.expect("a read").expect("a customer");
    let mut customer = known.customer.clone();
    customer.open = None;
    let write = cloud::store::Write::new(Some(&known), &customer);
    desk.store().commit(&write).await.expect("a write");
    assert_eq!(desk.deliver(&holder).await, Outcome::Ended(Reason::Outranked));
    assert_eq!(desk.row(&holder).await.state, State::Yielded);
    assert_eq!(desk.ses.connections(), 0);
}

/// The customer of a send becomes this.
async fn becomes(desk: &Desk, send: &Send, change: impl FnOnce(&mut Customer)) {
    let known = desk.store().customer(&send.customer).await.expect("a read").expect("a customer");
    let mut customer = known.customer.clone();
    change(&mut customer);
    let write = cloud::store::Write::new(Some(&known), &customer);
    desk.store().commit(&write).await.expect("a write");
}

/// So many letters that left at a moment.
fn left(count: usize, at: Time) -> Vec<RecentLetter> {
    let nobody = CustomerId::derive("nobody", Time::UNIX_EPOCH);
    let (flow, step) = (FlowName::parse("winback").expect("a name"), StepId::parse("first").expect("a name"));
    let letter = |n: usize| RecentLetter {
        send: SendId::derive(&nobody, &flow, &step, &Occasion::of(&[&n.to_string()])),
        flow: flow.clone(),
        at,
        kind: Kind::Useful,
    };
    (0..count).map(letter).collect()
}

#[tokio::test]
async fn what_happened_to_a_person_since_a_letter_was_planned_holds_it_back_until_it_is_over() {
    let desk = Desk::open().await;
    let (frozen, soon, many) = (desk.discount(1).await, desk.thanks(2).await, desk.thanks(3).await);
    let (now, before) = (desk.now(), desk.ses.connections());
    let until = now + TimeDelta::hours(3);
    becomes(&desk, &frozen, |customer| customer.frozen_until = Some(until)).await;
    becomes(&desk, &soon, |customer| customer.recent.extend(left(1, now - TimeDelta::hours(15)))).await;
    becomes(&desk, &many, |customer| customer.recent.extend(left(10, now - TimeDelta::days(6)))).await;
    for (send, reason) in [(&frozen, Reason::Frozen), (&soon, Reason::Gap), (&many, Reason::WeeklyCap)] {
        assert_eq!(desk.deliver(send).await, Outcome::NotNow(reason));
        let row = desk.row(send).await;
        assert_eq!((row.state, row.reason, row.attempt), (State::Planned, Some(reason), 0));
        assert!(row.due_at.is_some_and(|due| due > now), "{reason:?}");
    }
    assert_eq!(desk.ses.connections(), before);
    for send in [&soon, &frozen, &many] {
        desk.clock.set(desk.row(send).await.due_at.expect("a time"));
        assert_eq!(desk.deliver(send).await, Outcome::Sent);
    }
}

#[tokio::test]
async fn none_of_what_holds_marketing_back_holds_a_confirmation_back() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let now = desk.now();
    becomes(&desk, &planned, |customer| {
        customer.frozen_until = Some(now + TimeDelta::days(3));
        customer.recent.extend(left(10, now));
    })
    .await;
    assert_eq!(desk.deliver(&planned).await, Outcome::Sent);
}

#[tokio::test]
async fn a_letter_that_cannot_be_made_is_rejected_and_never_half_sent() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let mut unknown = planned.clone();
    unknown.letter = LetterName::parse("nowhere").expect("a name");
    assert_eq!(desk.store().write_send(&planned, &unknown).await.expect("a write"), Written::Done);
    assert_eq!(desk.deliver(&planned).await, Outcome::Ended(Reason::RenderFailed));
    let row = desk.row(&planned).await;
    assert_eq!((row.state, row.reason, row.due_at), (State::Rejected, Some(Reason::RenderFailed), None));
    assert_eq!((row.attempt, desk.ses.connections()), (0, 0));
}

#[tokio::test]
async fn a_letter_that_killed_eight_workers_is_poison_and_one_whose_worker_may_live_is_not() {
    let desk = Desk::open().await;
    for (n, tried_seconds_ago, outcome) in [(1, 31, Outcome::Ended(Reason::Poison)), (2, 30, Outcome::Sent)] {
        let planned = desk.confirmation(n).await;
        let mut tried = planned.clone();
        (tried.dispatches, tried.tries) = (9, 8);
        tried.tried_at = Some(desk.now() - TimeDelta::seconds(tried_seconds_ago));
        assert_eq!(desk.store().write_send(&planned, &tried).await.expect("a write"), Written::Done);
        assert_eq!(desk.deliver(&planned).await, outcome, "{tried_seconds_ago} s");
    }
    assert_eq!(desk.ses.log().len(), 1);
    assert_eq!(desk.ses.log()[0].recipients(), ["person2@example.com"]);
}

#[tokio::test]
async fn from_the_third_dispatch_without_a_verdict_on_a_worker_notes_that_it_begins() {
    let desk = Desk::open().await;
    let mut requests = Vec::new();
    for (n, dispatches) in (1..=4).enumerate() {
        let planned = desk.confirmation(n).await;
        let dispatched = Send { dispatches, ..planned.clone() };
        assert_eq!(desk.store().write_send(&planned, &dispatched).await.expect("a write"), Written::Done);
        let before = desk.store().meter().units().requests;
        assert_eq!(desk.deliver(&planned).await, Outcome::Sent);
        requests.push(desk.store().meter().units().requests - before);
    }
    let without = requests[1];
    assert_eq!(requests[2..], [without + 1, without + 1], "{requests:?}");
}

#[tokio::test]
async fn a_letter_that_waited_through_many_dispatches_is_no_poison() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let mut waited = planned.clone();
    waited.dispatches = 20;
    assert_eq!(desk.store().write_send(&planned, &waited).await.expect("a write"), Written::Done);
    assert_eq!(desk.deliver(&planned).await, Outcome::Sent);
    let row = desk.row(&planned).await;
    assert_eq!((row.dispatches, row.tries, row.tried_at), (0, 0, None), "a verdict begins anew");
}
