//! A run that has not time enough stops cleanly, and the next one goes on where it stopped.

use chrono::TimeDelta;
use retention::flow::Class;
use retention::{Send, Time};
use scan::Ran;
use testkit::{life, people};

use crate::bench::{Bench, NO_LIMIT, of_one_shard};

#[tokio::test]
async fn a_run_without_any_time_touches_nothing() {
    let bench = Bench::open(NO_LIMIT).await;
    let planned = bench.plans(Class::Transactional, 100, 2).await;
    let people = of_one_shard(2, bench.now());
    for person in &people {
        bench.stores(person).await;
    }
    let ran = bench.runs_until(bench.now()).await;
    assert_eq!(ran, Ran::Done { looked: 0, created: 0, dispatched: 0, failed: 0 });
    assert_eq!(bench.row(&planned[0]).await, planned[0]);
    assert!(bench.takes(Class::Transactional).is_empty());
    assert_eq!(bench.runs().await, Ran::Done { looked: 2, created: 0, dispatched: 2, failed: 0 });
}

#[tokio::test]
async fn a_run_whose_time_ends_in_the_middle_leaves_the_rest_to_the_next_and_nobody_is_looked_at_twice() {
    const PEOPLE: usize = 40;
    let bench = Bench::open(NO_LIMIT).await;
    let people = of_one_shard(PEOPLE, bench.now());
    for person in &people {
        bench.stores(person).await;
    }
    bench.store().meter().reset();
    let deadline = bench.now() + TimeDelta::seconds(10);
    // Sixteen shards are read; then each look is a read and a write.
    let ends = bench.after_requests(30, async || bench.clock.set(deadline));
    let (ran, ()) = tokio::join!(bench.runs_until(deadline), ends);
    let Ran::Done { looked: first, dispatched: 0, failed: 0, .. } = ran else { panic!("{ran:?}") };
    assert!(first > 0 && first < PEOPLE as u64, "{first} were looked at");
    let Ran::Done { looked: second, failed: 0, .. } = bench.runs().await else { panic!("leased") };
    assert_eq!(first + second, PEOPLE as u64);
    for person in &people {
        let known = bench.store().customer(&person.id).await.expect("a read").expect("a customer");
        assert_eq!(known.customer.version, 2, "written once after it was stored");
    }
}

#[tokio::test]
async fn a_customer_who_falls_due_gets_a_send_that_is_dispatched_in_the_same_run() {
    let bench = Bench::open(NO_LIMIT).await;
    let (store, shop) = (bench.store(), &bench.scan.shop);
    let begun = daytime(bench.now());
    bench.clock.set(begun);
    let ada = people::person(1);
    life::arrives(store, shop, &people::subscribed(&ada, begun), begun).await;
    let order = people::order("1", begun, &[("POT-STONE", 1)]);
    let confirmation: Send =
        life::arrives(store, shop, &people::ordered(&ada, &order), begun).await.sends.remove(0).send;
    assert_eq!(bench.dispatches().await, 1, "the confirmation");
    assert_eq!(bench.takes(Class::Transactional), std::slice::from_ref(&confirmation.id));
    // Its worker gave its verdict.
    let row = bench.row(&confirmation).await;
    let mut sent = row.clone();
    sent.enter(retention::send::State::Sent, None, None, begun);
    store.write_send(&row, &sent).await.expect("a write");
    bench.clock.set(begun + TimeDelta::days(1) - TimeDelta::milliseconds(1));
    assert_eq!(bench.runs().await, Ran::Done { looked: 0, created: 0, dispatched: 0, failed: 0 });
    bench.clock.set(begun + TimeDelta::days(1));
    assert_eq!(bench.runs().await, Ran::Done { looked: 1, created: 1, dispatched: 1, failed: 0 });
    let taken = bench.takes(Class::Marketing);
    let known = store.customer(&confirmation.customer).await.expect("a read").expect("a customer");
    assert_eq!(Some(&taken[0]), known.customer.open.as_ref());
}

/// Noon of the day of a moment.
fn daytime(of: Time) -> Time {
    of.date_naive().and_hms_opt(12, 0, 0).expect("a time").and_utc() + TimeDelta::days(1)
}
