//! Work that had to wait: two profiles of one person.

use chrono::TimeDelta;
use cloud::store::Work;
use cloud::table::WORK;
use retention::flow::Class;
use retention::send::State;
use retention::{Customer, Send};

use crate::bench::{Bench, NO_LIMIT, customer, send};

/// Two profiles, the second with a letter on its way, and the work of making them one, due now.
async fn two(bench: &Bench) -> (Customer, Customer, Send) {
    let (ada, mut ben) = (customer("ada", None), customer("ben", None));
    let letter = send(&ben, "lapse:1", Class::Marketing, 50, bench.now());
    ben.open = Some(letter.id.clone());
    ben.since = ada.since + TimeDelta::days(1);
    bench.stores(&ada).await;
    bench.plans_these(&ben, std::slice::from_ref(&letter)).await;
    let work = Work::Merge(ben.id.clone(), ada.id.clone());
    bench.store().put_work(&work, bench.now()).await.expect("a write");
    (ada, ben, letter)
}

async fn waits(bench: &Bench) -> bool {
    let never = bench.now() + TimeDelta::days(365);
    !bench.store().due(WORK, 0, never, 10, None).await.expect("a read").is_empty()
}

#[tokio::test]
async fn two_profiles_become_one_and_the_planned_letter_yields() {
    let bench = Bench::open(NO_LIMIT).await;
    let (ada, ben, letter) = two(&bench).await;
    bench.runs().await;
    let one = bench.store().customer(&ben.id).await.expect("a read").expect("a customer").customer;
    assert_eq!((&one.id, one.former.as_slice()), (&ada.id, [ben.id].as_slice()));
    assert_eq!(bench.row(&letter).await.state, State::Yielded);
    assert!(!waits(&bench).await, "the work is done");
    assert_eq!(one.revision, bench.scan.shop.revision, "the same run decided for the one that stayed");
}

#[tokio::test]
async fn a_merge_waits_until_the_letter_in_the_way_has_an_end() {
    let bench = Bench::open(NO_LIMIT).await;
    let (_, ben, letter) = two(&bench).await;
    let mut submitting = letter.clone();
    submitting.attempt = 1;
    submitting.marked_at = Some(bench.now());
    submitting.enter(State::Submitting, None, Some(bench.now() + TimeDelta::minutes(6)), bench.now());
    bench.store().write_send(&letter, &submitting).await.expect("a write");
    bench.runs().await;
    let still = bench.store().customer(&ben.id).await.expect("a read").expect("a customer").customer;
    assert_eq!(still.id, ben.id, "until then each is who it was");
    let mut sent = submitting.clone();
    sent.enter(State::Sent, None, None, bench.now());
    bench.store().write_send(&submitting, &sent).await.expect("a write");
    bench.pass(TimeDelta::minutes(1));
    bench.runs().await;
    let one = bench.store().customer(&ben.id).await.expect("a read").expect("a customer").customer;
    assert_eq!(one.former, [ben.id]);
    assert_eq!(one.standings.len(), 1, "what Ben got counts for the one person");
    assert!(!waits(&bench).await);
}

#[tokio::test]
async fn the_same_merge_twice_is_once() {
    let bench = Bench::open(NO_LIMIT).await;
    let (ada, ben, _) = two(&bench).await;
    let work = Work::Merge(ada.id.clone(), ben.id.clone());
    bench.store().put_work(&work, bench.now()).await.expect("a write");
    assert_eq!(bench.store().due(WORK, 0, bench.now(), 10, None).await.expect("a read").len(), 1);
    bench.runs().await;
    bench.store().put_work(&work, bench.now()).await.expect("a write");
    bench.runs().await;
    assert!(!waits(&bench).await, "one already: nothing to do");
}

#[tokio::test]
async fn an_erasure_waits_for_a_letter_that_is_just_leaving() {
    let bench = Bench::open(NO_LIMIT).await;
    let (_, ben, letter) = two(&bench).await;
    let mut submitting = letter.clone();
    submitting.attempt = 1;
    submitting.enter(State::Submitting, None, Some(bench.now() + TimeDelta::minutes(6)), bench.now());
    bench.store().write_send(&letter, &submitting).await.expect("a write");
    bench.store().put_work(&Work::Erase(ben.id.clone()), bench.now()).await.expect("a write");
    bench.runs().await;
    let tombstone = bench.store().customer(&ben.id).await.expect("a read").expect("a row").customer;
    assert_eq!(tombstone.erased_at, Some(bench.now()), "nothing more is begun");
    assert_eq!(bench.row(&letter).await.state, State::Submitting);
    let mut sent = submitting.clone();
    sent.enter(State::Sent, None, None, bench.now());
    bench.store().write_send(&submitting, &sent).await.expect("a write");
    bench.pass(TimeDelta::minutes(1));
    bench.runs().await;
    assert_eq!(bench.row(&letter).await.occasion.as_str(), "erased");
    assert!(!waits(&bench).await);
}
