//! How much is dispatched, and in which order.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use cloud::table;
use retention::Send;
use retention::flow::Class;
use retention::pace::{Account, Pace};
use retention::send::{Lane, State};

use crate::bench::{Bench, NO_LIMIT, customer, send};

/// An account that takes one letter a second: two minutes of it.
const TWO_MINUTES: usize = 120;

fn ids(sends: &[Send]) -> BTreeSet<&str> {
    sends.iter().map(|send| send.id.as_str()).collect()
}

#[tokio::test]
async fn marketing_is_dispatched_for_two_minutes_of_the_rate_and_the_rest_waits_for_the_queue_to_empty() {
    let bench = Bench::open(1).await;
    bench.plans(Class::Marketing, 50, TWO_MINUTES + 10).await;
    assert_eq!(bench.dispatches().await, 120);
    bench.pass(TimeDelta::minutes(1));
    assert_eq!(bench.dispatches().await, 0, "all of it is still on the queue");
    assert_eq!(bench.takes(Class::Marketing).len(), 120);
    bench.pass(TimeDelta::minutes(1));
    assert_eq!(bench.dispatches().await, 10);
}

#[tokio::test]
async fn what_is_on_the_queue_already_counts() {
    let bench = Bench::open(1).await;
    bench.plans(Class::Marketing, 50, 60).await;
    bench.fills_the_queue(TWO_MINUTES - 25).await;
    assert_eq!(bench.dispatches().await, 25);
}

#[tokio::test]
async fn a_day_s_quota_that_was_used_up_holds_marketing_until_the_account_is_to_be_asked_again() {
    let bench = Bench::open(1).await;
    bench.plans(Class::Marketing, 50, 3).await;
    let used_up = Account { per_second: 1.0, per_day: Some(100), sent: 100 };
    bench.store().note_account(&Pace::default(), &used_up, 1.0, bench.now()).await.expect("a write");
    assert_eq!(bench.dispatches().await, 0);
    bench.pass(TimeDelta::minutes(5));
    assert_eq!(bench.dispatches().await, 1, "one letter goes, and its sender asks");
    bench.pass(TimeDelta::minutes(1));
    assert_eq!(bench.dispatches().await, 0, "it is on the queue");
}

#[tokio::test]
async fn confirmations_and_doubts_wait_for_no_budget() {
    let bench = Bench::open(1).await;
    bench.fills_the_queue(10 * TWO_MINUTES).await;
    let confirmations = bench.plans(Class::Transactional, 100, TWO_MINUTES + 30).await;
    let doubtful = bench.plans(Class::Marketing, 50, 5).await;
    for planned in &doubtful {
        let mut unknown = planned.clone();
        unknown.enter(State::Unknown, None, Some(bench.now()), bench.now());
        bench.store().write_send(planned, &unknown).await.expect("a write");
    }
    assert_eq!(bench.dispatches().await, 155);
    assert_eq!(bench.takes(Class::Transactional).len(), confirmations.len());
    let taken = bench.takes(Class::Marketing);
    assert_eq!(taken.iter().map(retention::ids::SendId::as_str).collect::<BTreeSet<_>>(), ids(&doubtful));
}

#[tokio::test]
async fn a_high_letter_is_dispatched_before_a_middle_one_and_that_before_a_low_one() {
    let bench = Bench::open(1).await;
    let low = bench.plans(Class::Marketing, 39, 3).await;
    let middle = bench.plans(Class::Marketing, 69, 3).await;
    let high = bench.plans(Class::Marketing, 70, 3).await;
    bench.fills_the_queue(TWO_MINUTES - 3).await;
    for (lane, sends) in [(Lane::High, high), (Lane::Middle, middle), (Lane::Low, low)] {
        assert_eq!(sends[0].planned_lane(), lane);
        assert_eq!(bench.dispatches().await, 3);
        let taken = bench.takes(Class::Marketing);
        assert_eq!(taken.iter().map(retention::ids::SendId::as_str).collect::<BTreeSet<_>>(), ids(&sends), "{lane:?}");
        bench.pass(TimeDelta::minutes(1));
    }
}

#[tokio::test]
async fn marketing_that_does_not_fit_into_a_days_quota_is_carried_over_to_the_next_the_higher_letters_first() {
    let bench = Bench::open(NO_LIMIT).await;
    let low = bench.plans(Class::Marketing, 39, 3).await;
    let middle = bench.plans(Class::Marketing, 69, 3).await;
    let high = bench.plans(Class::Marketing, 70, 3).await;
    let taken = || bench.takes(Class::Marketing).into_iter().map(|id| id.as_str().to_owned()).collect::<BTreeSet<_>>();
    let owned = |sends: &[Send]| ids(sends).into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    for (day, sends) in [high, middle, low].iter().enumerate() {
        // Of a hundred letters a day 92 have left, and five are kept for orders.
        bench.may_send(100, 92).await;
        let (_, counts) = bench.counts().await;
        assert_eq!((counts.get("dispatched"), counts.get("quota_used")), (3, 0), "day {day}");
        let is_last = day == 2;
        assert_eq!(counts.get("over_budget") == 0, is_last, "day {day}");
        bench.pass(TimeDelta::minutes(1));
        let (_, counts) = bench.counts().await;
        let used = u64::from(!is_last);
        assert_eq!((counts.get("dispatched"), counts.get("quota_used")), (0, used), "day {day}: they are on the queue");
        assert_eq!(taken(), owned(sends), "day {day}");
        bench.may_send(100, 95).await;
        bench.pass(TimeDelta::minutes(1));
        let (_, counts) = bench.counts().await;
        assert_eq!((counts.get("dispatched"), counts.get("quota_used")), (0, used), "day {day}: they have left");
        let order = bench.plans(Class::Transactional, 100, 1).await;
        assert_eq!(bench.counts().await.1.get("dispatched"), 1, "day {day}: the last of a day is for orders");
        assert_eq!(bench.takes(Class::Transactional), [order[0].id.clone()]);
        // Those that were put on the queue have left.
        for send in sends {
            let row = bench.row(send).await;
            let mut sent = row.clone();
            sent.enter(State::Sent, None, None, bench.now());
            bench.store().write_send(&row, &sent).await.expect("a write");
        }
        let row = bench.row(&order[0]).await;
        let mut sent = row.clone();
        sent.enter(State::Sent, None, None, bench.now());
        bench.store().write_send(&row, &sent).await.expect("a write");
        bench.pass(TimeDelta::days(1));
    }
}

#[tokio::test]
async fn the_share_of_the_shop_is_its_quota_where_others_use_the_account_too() {
    let bench = Bench::open(NO_LIMIT).await;
    bench.plans(Class::Marketing, 50, 30).await;
    let seen = bench.store().pace().await.expect("a read");
    let account = Account { per_second: 14.0, per_day: Some(100), sent: 0 };
    bench.store().note_account(&seen, &account, 0.2, bench.now()).await.expect("a write");
    assert_eq!(bench.dispatches().await, 19, "a fifth of a hundred, of which a twentieth is for orders");
}

#[tokio::test]
async fn while_sending_rests_no_letter_is_dispatched_and_doubts_are_settled() {
    let bench = Bench::open(NO_LIMIT).await;
    let doubtful = bench.plans(Class::Marketing, 50, 1).await.remove(0);
    let mut unknown = doubtful.clone();
    unknown.enter(State::Unknown, None, Some(bench.now()), bench.now());
    bench.store().write_send(&doubtful, &unknown).await.expect("a write");
    bench.plans(Class::Marketing, 51, 2).await;
    bench.plans(Class::Transactional, 100, 2).await;
    let now = bench.now();
    bench.store().rest((now + TimeDelta::minutes(2), 1), now).await.expect("a write");
    let (_, counts) = bench.counts().await;
    assert_eq!((counts.get("dispatched"), counts.get("resting")), (1, 2), "each lane that waits is counted");
    bench.pass(TimeDelta::minutes(2));
    let (_, counts) = bench.counts().await;
    assert_eq!((counts.get("dispatched"), counts.get("resting")), (4, 0));
}

#[tokio::test]
async fn the_shard_that_begins_moves_on_every_minute_so_that_none_starves() {
    const ROUNDS: u16 = 4;
    let bench = Bench::open(1).await;
    bench.fills_the_queue(TWO_MINUTES - 1).await;
    // In each shard as many sends as there are minutes: without the move the first would take them all.
    let mut each = vec![0; usize::from(table::SHARDS)];
    let person = customer("ada", None);
    let mut sends = Vec::new();
    for n in 0.. {
        let candidate = send(&person, &n.to_string(), Class::Marketing, 50, bench.now());
        let count = &mut each[usize::from(shard(&candidate))];
        if *count < ROUNDS {
            *count += 1;
            sends.push(candidate);
        }
        if sends.len() == usize::from(table::SHARDS * ROUNDS) {
            break;
        }
    }
    bench.plans_these(&person, &sends).await;
    let mut served = Vec::new();
    for _ in 0..ROUNDS {
        assert_eq!(bench.dispatches().await, 1);
        let taken = bench.takes(Class::Marketing).remove(0);
        let dispatched = sends.iter().find(|send| send.id == taken).expect("one of them");
        served.push(shard(dispatched));
        bench.pass(TimeDelta::minutes(1));
    }
    let next: Vec<u16> = (0..ROUNDS).map(|n| (served[0] + n) % table::SHARDS).collect();
    assert_eq!(served, next);
}

fn shard(send: &Send) -> u16 {
    let name = table::shard(send.planned_lane().name(), send.id.as_str(), table::SHARDS);
    name.rsplit('#').next().and_then(|number| number.parse().ok()).expect("a number")
}

#[tokio::test]
async fn a_dispatched_send_is_pushed_by_the_horizon_and_then_comes_up_again() {
    let bench = Bench::open(NO_LIMIT).await;
    let planned = bench.plans(Class::Marketing, 50, 1).await.remove(0);
    assert_eq!(bench.dispatches().await, 1);
    let horizon = TimeDelta::from_std(cloud::queue::HORIZON).expect("a span");
    let row = bench.row(&planned).await;
    assert_eq!((row.due_at, row.dispatches), (Some(bench.now() + horizon), 1));
    assert_eq!((row.state, row.attempt), (State::Planned, 0), "a dispatch is no verdict");
    bench.pass(horizon - TimeDelta::milliseconds(1));
    assert_eq!(bench.dispatches().await, 0);
    bench.pass(TimeDelta::milliseconds(1));
    assert_eq!(bench.dispatches().await, 1, "every worker died");
    assert_eq!(bench.row(&planned).await.dispatches, 2);
}
