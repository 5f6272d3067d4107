//! A run costs what is due, never what is stored.

use chrono::TimeDelta;
use cloud::store::Units;
use retention::flow::Class;

use crate::bench::{Bench, NO_LIMIT, customer, send};

#[tokio::test]
async fn a_run_with_nothing_due_costs_the_same_whether_the_shop_is_empty_or_full() {
    let bench = Bench::open(NO_LIMIT).await;
    let cost = async || {
        // A lease that was there before costs the same each time.
        bench.pass(TimeDelta::minutes(1));
        bench.store().meter().reset();
        bench.runs().await;
        bench.store().meter().units()
    };
    cost().await;
    let empty = cost().await;
    let tomorrow = bench.now() + TimeDelta::days(1);
    for n in 0..300 {
        bench.stores(&customer(&n.to_string(), Some(tomorrow))).await;
    }
    for (class, priority) in [(Class::Transactional, 100), (Class::Marketing, 80), (Class::Marketing, 20)] {
        let person = customer(&format!("{class:?}{priority}"), None);
        let sends: Vec<_> = (0..50).map(|n| send(&person, &n.to_string(), class, priority, tomorrow)).collect();
        bench.plans_these(&person, &sends).await;
    }
    assert_eq!(cost().await, empty);
    assert!(empty.requests > 0 && empty.read > 0.0, "{empty:?}");
    let shards = u64::from(bench.store().shards());
    assert_eq!(
        empty,
        Units { requests: 6 * shards + 3, ..empty },
        "a read for each shard of each lane, for work, the lease, and whose table this is"
    );
}

#[tokio::test]
async fn a_run_pays_for_each_customer_who_is_due_and_for_no_other() {
    let bench = Bench::open(NO_LIMIT).await;
    let cost = async |due: usize, name: &str| {
        for n in 0..due {
            bench.stores(&customer(&format!("{name}{n}"), Some(bench.now()))).await;
        }
        bench.store().meter().reset();
        bench.runs().await;
        bench.store().meter().units().requests
    };
    // The first look reads the aggregates of the day, for all.
    cost(1, "first").await;
    let nothing = cost(0, "").await;
    let one = cost(1, "one").await - nothing;
    assert_eq!(cost(7, "seven").await - nothing, 7 * one);
    assert_eq!(cost(0, "").await, nothing, "they were looked at");
}
