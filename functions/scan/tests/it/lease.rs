//! One scan at a time.

use chrono::TimeDelta;
use retention::flow::Class;
use scan::Ran;

use crate::bench::{Bench, NO_LIMIT};

const SPAN: TimeDelta = TimeDelta::seconds(55);

#[tokio::test]
async fn a_second_scan_does_nothing_while_the_first_holds_the_lease_and_goes_on_when_it_ran_out() {
    let bench = Bench::open(NO_LIMIT).await;
    bench.plans(Class::Marketing, 50, 3).await;
    bench.plans(Class::Transactional, 100, 3).await;
    assert!(bench.store().lease("scan", "another run", bench.now(), SPAN).await.expect("a lease"));
    assert_eq!(bench.runs().await, Ran::Leased);
    bench.pass(SPAN - TimeDelta::milliseconds(1));
    assert_eq!(bench.runs().await, Ran::Leased);
    assert!(bench.takes(Class::Marketing).is_empty() && bench.takes(Class::Transactional).is_empty());
    bench.pass(TimeDelta::milliseconds(1));
    assert_eq!(bench.dispatches().await, 6);
}

#[tokio::test]
async fn a_long_run_renews_its_lease() {
    let bench = Bench::open(NO_LIMIT).await;
    bench.plans(Class::Marketing, 50, 1).await;
    let begun = bench.now();
    bench.store().meter().reset();
    let slow = bench.after_requests(2, async || bench.pass(TimeDelta::seconds(30)));
    let (ran, ()) = tokio::join!(bench.runs(), slow);
    assert!(matches!(ran, Ran::Done { dispatched: 1, .. }), "{ran:?}");
    let another = async |after| bench.store().lease("scan", "another run", begun + after, SPAN).await.expect("a lease");
    assert!(!another(TimeDelta::seconds(84)).await);
    assert!(another(TimeDelta::seconds(85)).await, "30 and 55 seconds");
}

#[tokio::test]
async fn a_run_that_lost_its_lease_dispatches_nothing_more() {
    let bench = Bench::open(NO_LIMIT).await;
    let planned = bench.plans(Class::Marketing, 50, 1).await.remove(0);
    bench.store().meter().reset();
    let overtaken = bench.after_requests(2, async || {
        bench.pass(TimeDelta::seconds(56));
        assert!(bench.store().lease("scan", "another run", bench.now(), SPAN).await.expect("a lease"));
    });
    let (ran, ()) = tokio::join!(bench.runs(), overtaken);
    assert!(matches!(ran, Ran::Done { dispatched: 0, .. }), "{ran:?}");
    assert_eq!(bench.row(&planned).await, planned);
    bench.pass(SPAN);
    assert_eq!(bench.dispatches().await, 1);
}

#[tokio::test]
async fn a_lease_that_was_taken_by_a_clock_an_hour_ahead_holds_nobody_up_and_one_of_a_clock_a_second_ahead_does() {
    let bench = Bench::open(NO_LIMIT).await;
    bench.plans(Class::Marketing, 50, 3).await;
    let noon = bench.now();
    let (hour, second) = (TimeDelta::hours(1), TimeDelta::seconds(1));
    assert!(bench.store().lease("scan", "another run", noon + second, SPAN).await.expect("a lease"));
    assert_eq!(bench.runs().await, Ran::Leased);
    bench.clock.jump(noon + hour);
    assert!(bench.store().lease("scan", "another run", bench.now(), SPAN).await.expect("a lease"));
    bench.clock.jump(noon);
    assert_eq!(bench.dispatches().await, 3);
}

#[tokio::test]
async fn a_scan_whose_clock_goes_an_hour_back_goes_on_at_once_and_loses_nothing() {
    let bench = Bench::open(NO_LIMIT).await;
    let noon = bench.now();
    bench.clock.jump(noon + TimeDelta::hours(1));
    let early = bench.plans(Class::Marketing, 50, 1).await.remove(0);
    assert_eq!(bench.dispatches().await, 1);
    bench.clock.jump(noon);
    bench.plans(Class::Marketing, 50, 2).await;
    assert_eq!(bench.dispatches().await, 2);
    assert_eq!(bench.row(&early).await.state, retention::send::State::Planned, "it comes up again by itself");
    bench.pass(TimeDelta::hours(2));
    assert_eq!(bench.dispatches().await, 3);
}
