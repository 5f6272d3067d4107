//! Once a day: what all orders say about everyone, in one go or not at all.

use retention::Time;
use retention::shop::SourceKind;
use testkit::people;

use crate::bench::Bench;

/// Five people who bought the same tea twice, 30 days apart: it is a consumable.
async fn five_come_back(bench: &Bench) {
    for number in 0..5 {
        for (order, days) in [("a", 60), ("b", 30)] {
            let placed = bench.now() - chrono::TimeDelta::days(days);
            let order = people::order(&format!("{number}{order}"), placed, &[("TEA", 1)]);
            let event = people::ordered(&people::person(number), &order);
            cloud::recording::take_in(&bench.sync.recorder, &event).await.expect("a write");
        }
    }
}

#[tokio::test]
async fn all_orders_become_the_aggregates_of_the_day() {
    let bench = Bench::of(SourceKind::Ecwid, "1003").await;
    five_come_back(&bench).await;
    assert!(sync::aggregates(&bench.sync.recorder, Time::MAX_UTC).await.expect("a walk"));
    let stored = bench.sync.recorder.store.aggregates().await.expect("a read");
    assert_eq!(stored.date, Some(bench.now().date_naive()));
    let repeats: Vec<_> = stored.repeats.iter().map(|(key, repeat)| (key.as_str(), repeat.median_days)).collect();
    assert_eq!(repeats, [("TEA", 30)]);
}

#[tokio::test]
async fn a_walk_that_runs_out_of_time_leaves_the_aggregates_of_before() {
    let bench = Bench::of(SourceKind::Ecwid, "1003").await;
    five_come_back(&bench).await;
    assert!(!sync::aggregates(&bench.sync.recorder, bench.now()).await.expect("no failure"));
    assert_eq!(bench.sync.recorder.store.aggregates().await.expect("a read").date, None);
}
