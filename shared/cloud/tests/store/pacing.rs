//! Slots: each is given once, none before its time, and no line is believed that no clock can have made.

use cloud::Store;
use cloud::store::{Slots, Written};
use futures_util::future::join_all;
use retention::pace::{Account, Pace, TOO_FAR_MICROS};
use testkit::Engine;

use crate::at;

const SECOND: i64 = 1_000_000;
/// Between two letters.
const INTERVAL: i64 = 5_000;

fn noon() -> i64 {
    at(0).timestamp_micros()
}

/// The first of so many slots, for somebody who may wait five seconds.
async fn takes(store: &Store, count: i64, from: i64) -> i64 {
    match store.take_slots(count, INTERVAL, from, from + 5 * SECOND).await.expect("a write") {
        Slots::From(first, _) | Slots::Anew(first, _) => first,
        Slots::Full(tat) => panic!("full until {tat}"),
    }
}

#[tokio::test]
async fn a_slot_is_given_once_whoever_asks_at_once_and_none_lies_closer_to_another_than_the_rate_allows() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let askers = (1..=40).map(|n| {
        let store = store.clone();
        async move {
            let count = n % 7 + 1;
            let first = takes(&store, count, noon() + n * 300).await;
            (0..count).map(move |k| first + k * INTERVAL).collect::<Vec<i64>>()
        }
    });
    let mut slots: Vec<i64> = join_all(askers).await.into_iter().flatten().collect();
    slots.sort_unstable();
    assert!(slots[0] >= noon() && slots.windows(2).all(|pair| pair[1] - pair[0] >= INTERVAL), "{slots:?}");
    let row = store.pace().await.expect("a read");
    assert_eq!(row.granted, u64::try_from(slots.len()).expect("a count"));
}

#[tokio::test]
async fn who_comes_after_a_pause_begins_now_and_who_comes_into_a_line_stands_at_its_end() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    assert_eq!(takes(&store, 10, noon()).await, noon());
    assert_eq!(takes(&store, 1, noon() + 10).await, noon() + 10 * INTERVAL);
    assert_eq!(takes(&store, 1, noon() + 90 * SECOND).await, noon() + 90 * SECOND);
}

#[tokio::test]
async fn a_line_that_is_too_long_takes_nobody_and_one_that_no_clock_made_begins_anew() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    takes(&store, 1_000, noon()).await;
    let end = noon() + 1_000 * INTERVAL;
    takes(&store, 1, noon()).await;
    let full = store.take_slots(1, INTERVAL, noon(), noon() + 4 * SECOND).await.expect("a write");
    assert_eq!(full, Slots::Full(end + INTERVAL));
    assert_eq!(store.pace().await.expect("a read").granted, 1_001, "who is not taken uses nothing up");
    let an_hour_back = noon() - 3_600 * SECOND;
    assert!(end - an_hour_back > TOO_FAR_MICROS);
    assert_eq!(takes(&store, 1, an_hour_back).await, an_hour_back);
}

#[tokio::test]
async fn what_the_account_says_moves_no_slot_and_a_rest_is_not_made_longer_while_it_lasts() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    takes(&store, 3, noon()).await;
    let seen = store.pace().await.expect("a read");
    let account = Account { per_second: 14.0, per_day: None, sent: 7 };
    store.note_account(&seen, &account, 1.0, at(1)).await.expect("a write");
    let row = store.pace().await.expect("a read");
    assert_eq!((row.tat, row.per_second(), row.quota, row.sent), (seen.tat, 14, None, 7));
    assert_eq!(store.rest(row.next_rest(at(0)), at(0)).await.expect("a write"), Written::Done);
    assert_eq!(store.rest((at(600), 2), at(30)).await.expect("a write"), Written::Moved);
    let row = store.pace().await.expect("a read");
    assert_eq!((row.rests(at(59)), row.rests(at(60)), row.rests), (Some(at(60)), None, 1));
    assert_eq!(store.rest((at(600), 2), at(60)).await.expect("a write"), Written::Done);
    let unknown: Vec<Pace> =
        [store.note_unknown().await, store.note_unknown().await].map(|r| r.expect("a write")).into();
    assert_eq!((unknown[0].unknown_in_a_row, unknown[1].unknown_in_a_row), (1, 2));
    store.note_answered().await.expect("a write");
    assert_eq!(store.pace().await.expect("a read").unknown_in_a_row, 0);
}
