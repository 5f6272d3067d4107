//! What is heard counts for the shop's name with the mail service, once, and too much of it stops marketing.

use chrono::TimeDelta;
use cloud::store::Written;
use retention::Send;
use retention::reputation::Tally;
use retention::send::State;
use serde_json::Value;

use crate::bench::{Bench, bounce, click, complaint, delivery, event};

/// So many letters to as many people, one each.
async fn letters(bench: &Bench, count: usize) -> Vec<Send> {
    let mut sends = Vec::new();
    for n in 0..count {
        sends.extend(bench.letters_to(&format!("person{n}@example.com"), 1, State::Sent).await);
    }
    sends
}

fn dead(send: &Send) -> Value {
    bounce(send, 0, "12:05", "Permanent", "General", "5.1.1")
}

async fn is_stopped(bench: &Bench) -> bool {
    bench.store().control().await.expect("a read").breaker
}

/// What was heard of letters since the breaker was last reset.
async fn heard(bench: &Bench) -> Tally {
    let resets = bench.store().control().await.expect("a read").resets;
    let days = bench.store().heard(resets, bench.now()).await.expect("a read");
    days.into_iter().fold(Tally::default(), Tally::and)
}

#[tokio::test]
async fn six_letters_of_two_hundred_that_come_back_stop_marketing_and_five_that_are_told_of_often_do_not() {
    let bench = Bench::open().await;
    let sends = letters(&bench, 200).await;
    let (bad, good) = sends.split_at(6);
    bench.hears(&good.iter().map(|send| delivery(send, 0, "12:01")).collect::<Vec<_>>()).await;
    let five: Vec<Value> = bad[..5].iter().map(dead).collect();
    for _ in 0..4 {
        bench.hears(&five).await;
    }
    assert_eq!(heard(&bench).await, Tally { letters: 199, bounces: 5, complaints: 0 }, "each letter counts once");
    assert!(!is_stopped(&bench).await);
    let counts = bench.counts(&[dead(&bad[5])]).await;
    assert!(is_stopped(&bench).await);
    assert_eq!((counts.get("breaker"), counts.get("bounced")), (1, 1), "and an alarm looks at that");
    assert_eq!(bench.counts(&[dead(&bad[5])]).await.get("breaker"), 0, "it is stopped once");
}

#[tokio::test]
async fn what_was_heard_before_marketing_was_resumed_no_longer_counts() {
    let bench = Bench::open().await;
    let sends = letters(&bench, 8).await;
    let before = Tally { letters: 200, bounces: 5, complaints: 0 };
    bench.store().add_heard(0, before, bench.now()).await.expect("a write");
    bench.hears(&[dead(&sends[0]), dead(&sends[1])]).await;
    assert!(is_stopped(&bench).await);
    assert_eq!(bench.store().reset_breaker().await.expect("a write"), Written::Done);
    assert_eq!(heard(&bench).await, Tally::default());
    bench.hears(&[dead(&sends[0]), dead(&sends[2]), dead(&sends[3])]).await;
    assert!(!is_stopped(&bench).await);
    assert_eq!(heard(&bench).await, Tally { letters: 2, bounces: 2, complaints: 0 }, "it begins anew");
    bench.store().add_heard(1, before, bench.now()).await.expect("a write");
    bench.hears(&[dead(&sends[4])]).await;
    assert!(is_stopped(&bench).await, "and stops marketing again");
}

#[tokio::test]
async fn a_second_complaint_in_a_thousand_letters_stops_marketing_and_one_that_is_told_of_twice_does_not() {
    let bench = Bench::open().await;
    let sends = letters(&bench, 2).await;
    let before = Tally { letters: 998, bounces: 0, complaints: 0 };
    bench.store().add_heard(0, before, bench.now()).await.expect("a write");
    for _ in 0..3 {
        bench.hears(&[complaint(&sends[0], 0, "13:00")]).await;
    }
    assert!(!is_stopped(&bench).await);
    bench.hears(&[complaint(&sends[1], 0, "13:00")]).await;
    assert!(is_stopped(&bench).await);
    assert_eq!(heard(&bench).await, Tally { letters: 1_000, bounces: 0, complaints: 2 });
}

#[tokio::test]
async fn what_is_no_fault_of_the_shop_and_what_is_of_no_letter_of_ours_does_not_count() {
    let bench = Bench::open().await;
    let sends = letters(&bench, 4).await;
    bench.store().add_heard(0, Tally { letters: 300, ..Tally::default() }, bench.now()).await.expect("a write");
    let mut foreign = dead(&sends[3]);
    foreign["mail"]["messageId"] = "of somebody else".into();
    let events = [
        bounce(&sends[0], 0, "12:05", "Transient", "MailboxFull", "4.2.2"),
        bounce(&sends[1], 0, "12:05", "Permanent", "General", "5.3.4"),
        click(&sends[2], 0, "13:00"),
        event("Open", &sends[2], 0, &serde_json::json!({ "open": {} })),
        foreign,
    ];
    bench.hears(&events).await;
    assert_eq!(heard(&bench).await, Tally { letters: 303, bounces: 0, complaints: 0 });
    assert!(!is_stopped(&bench).await);
}

#[tokio::test]
async fn a_month_counts_and_what_was_before_it_does_not() {
    for (days, stops) in [(29, true), (31, false)] {
        let bench = Bench::open().await;
        let sends = letters(&bench, 1).await;
        let before = Tally { letters: 300, bounces: 20, complaints: 0 };
        bench.store().add_heard(0, before, bench.now() - TimeDelta::days(days)).await.expect("a write");
        bench.hears(&[dead(&sends[0])]).await;
        assert_eq!(is_stopped(&bench).await, stops, "{days} days ago");
    }
}
