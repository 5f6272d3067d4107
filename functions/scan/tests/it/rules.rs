//! After a change of rules everybody is looked at once, in pieces, after what is due.

use chrono::TimeDelta;
use cloud::table::{Key, SCHEMA};
use retention::Customer;

use crate::bench::{Bench, NO_LIMIT, customer};

/// So many customers whose next look was computed under older rules, and who have none under those of now.
async fn stored(bench: &Bench, count: usize) -> Vec<Customer> {
    let look = bench.now() + TimeDelta::days(30);
    let people: Vec<Customer> = (0..count).map(|n| customer(&format!("p{n}"), Some(look))).collect();
    for person in &people {
        bench.stores(person).await;
    }
    people
}

async fn still_to_move(bench: &Bench, people: &[Customer]) -> usize {
    let mut left = 0;
    for person in people {
        let known = bench.store().customer(&person.id).await.expect("a read").expect("a customer");
        left += usize::from(known.customer.next_look.is_some());
    }
    left
}

#[tokio::test]
async fn new_rules_move_everybodys_next_look_after_ten_minutes_and_once() {
    let mut bench = Bench::open(NO_LIMIT).await;
    bench.has_rules("new");
    let people = stored(&bench, 5).await;
    bench.runs().await;
    bench.pass(TimeDelta::minutes(9));
    bench.runs().await;
    assert_eq!(still_to_move(&bench, &people).await, 5, "not yet");
    bench.pass(TimeDelta::minutes(1));
    bench.runs().await;
    assert_eq!(still_to_move(&bench, &people).await, 0);
    assert!(bench.store().rules_walk().await.expect("a read").through);
    bench.pass(TimeDelta::minutes(1));
    bench.store().meter().reset();
    bench.runs().await;
    let units = bench.store().meter().units();
    assert!(units.write <= 1.0, "once it is through a run writes its lease and nothing else: {units:?}");
}

#[tokio::test]
async fn rules_that_change_again_begin_the_walk_anew() {
    let mut bench = Bench::open(NO_LIMIT).await;
    bench.has_rules("new");
    let people = stored(&bench, 3).await;
    bench.runs().await;
    bench.pass(TimeDelta::minutes(5));
    bench.has_rules("another");
    bench.runs().await;
    bench.pass(TimeDelta::minutes(6));
    bench.runs().await;
    assert_eq!(still_to_move(&bench, &people).await, 3, "ten minutes from the second change");
    bench.pass(TimeDelta::minutes(4));
    bench.runs().await;
    assert_eq!(still_to_move(&bench, &people).await, 0);
}

#[tokio::test]
async fn a_walk_that_is_broken_off_goes_on_where_it_was() {
    let mut bench = Bench::open(NO_LIMIT).await;
    bench.has_rules("new");
    let people = stored(&bench, 40).await;
    bench.runs().await;
    bench.pass(TimeDelta::minutes(10));
    // No time is left for the walk.
    bench.runs_until(bench.now()).await;
    assert_eq!(still_to_move(&bench, &people).await, 40);
    bench.pass(TimeDelta::minutes(1));
    bench.runs().await;
    assert_eq!(still_to_move(&bench, &people).await, 0);
}

#[tokio::test]
async fn one_customer_who_cannot_be_read_does_not_stop_the_walk() {
    let mut bench = Bench::open(NO_LIMIT).await;
    bench.has_rules("new");
    let people = stored(&bench, 6).await;
    bench.has_schema(&Key::customer(&people[0].id), SCHEMA + 1).await;
    bench.runs().await;
    bench.pass(TimeDelta::minutes(10));
    bench.runs().await;
    assert_eq!(still_to_move(&bench, &people[1..]).await, 0);
    assert!(bench.store().rules_walk().await.expect("a read").through);
}
