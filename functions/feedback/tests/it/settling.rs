//! An event proves that SES took the letter, whatever state the ledger had it in.

use retention::send::State;
use serde_json::json;

use crate::bench::{Bench, at, click, complaint, delayed, delivery, event, message_id};

#[tokio::test]
async fn every_state_in_which_a_letter_may_have_left_becomes_sent_and_stays_so() {
    for state in [State::Planned, State::Submitting, State::Unknown, State::LostSuspect] {
        let bench = Bench::open().await;
        let send = &bench.letters(1, state).await[0];
        assert_eq!(bench.hears(&[event("Send", send, 0, &json!({ "send": {} }))]).await, 0);
        let row = bench.row(send).await;
        assert_eq!((row.state, row.message_id, row.due_at), (State::Sent, Some(message_id(0)), None), "{state:?}");
        assert_eq!(row.marked_at, send.marked_at, "gap and cap count from the mark");
        bench.hears(&[event("Send", send, 0, &json!({ "send": {} }))]).await;
        assert_eq!(bench.row(send).await.history.len(), row.history.len(), "{state:?}: the same event once more");
    }
}

#[tokio::test]
async fn of_which_letters_ses_has_told_is_noted_and_foreign_ones_are_not_among_them() {
    let bench = Bench::open().await;
    let send = &bench.letters(1, State::Sent).await[0];
    let mut foreign = delivery(send, 7, "12:01");
    foreign["mail"]["timestamp"] = json!("2026-03-02T19:00:00Z");
    bench.hears(&[foreign]).await;
    assert_eq!(bench.store().told_until().await.expect("a read"), None);
    bench.hears(&[delivery(send, 0, "12:01")]).await;
    assert_eq!(bench.store().told_until().await.expect("a read"), Some(at("12:00")), "when SES took the letter");
}

#[tokio::test]
async fn a_send_that_ended_without_a_letter_keeps_its_end_and_shows_that_one_left() {
    for state in [State::Dropped, State::Expired, State::Rejected, State::HeldOut, State::Yielded] {
        let bench = Bench::open().await;
        let send = &bench.letters(1, state).await[0];
        assert_eq!(bench.hears(&[delivery(send, 0, "12:01")]).await, 0);
        let row = bench.row(send).await;
        assert_eq!((row.state, row.fate.delivered_at), (state, Some(at("12:01"))));
    }
}

#[tokio::test]
async fn a_delivery_counts_once_and_a_click_is_remembered() {
    let bench = Bench::open().await;
    let sends = bench.letters(2, State::Sent).await;
    for _ in 0..3 {
        bench.hears(&[delivery(&sends[0], 0, "12:01"), click(&sends[0], 0, "13:00")]).await;
    }
    bench.hears(&[delivery(&sends[1], 1, "12:02"), click(&sends[1], 1, "14:00")]).await;
    let nora = bench.nora(&sends[0]).await;
    assert_eq!((nora.delivered, nora.clicks), (2, vec![at("14:00"), at("13:00")]));
    assert_eq!(bench.row(&sends[0]).await.fate.clicked_at, Some(at("13:00")));
}

#[tokio::test]
async fn a_complaint_ends_marketing_for_good() {
    let bench = Bench::open().await;
    let sends = bench.letters(1, State::Sent).await;
    bench.hears(&[complaint(&sends[0], 0, "13:00")]).await;
    assert_eq!(bench.suppressed("nora@example.com").await, Some("complaint"));
    let nora = bench.nora(&sends[0]).await;
    assert!(!nora.consent.is_subscribed());
    let history = bench.store().history(&nora.id).await.expect("a read").expect("a person");
    assert_eq!(history.proofs.len(), 1, "with a proof");
}

#[tokio::test]
async fn that_a_letter_was_no_spam_is_no_complaint() {
    let bench = Bench::open().await;
    let sends = bench.letters(1, State::Sent).await;
    let mut not_spam = complaint(&sends[0], 0, "13:00");
    not_spam["complaint"]["complaintFeedbackType"] = json!("not-spam");
    bench.hears(&[not_spam]).await;
    assert_eq!(bench.suppressed("nora@example.com").await, None);
    assert!(bench.nora(&sends[0]).await.consent.is_subscribed());
}

#[tokio::test]
async fn a_letter_that_ses_took_and_then_would_not_send_had_been_taken_and_is_not_sent_again() {
    for state in [State::Sent, State::Unknown] {
        let bench = Bench::open().await;
        let send = &bench.letters(1, state).await[0];
        let mut rejected = event("Reject", send, 0, &json!({ "reject": { "reason": "Bad content" } }));
        rejected["mail"]["timestamp"] = json!("2026-03-02T12:00:07Z");
        assert_eq!(bench.hears(&[rejected.clone(), rejected]).await, 0);
        let row = bench.row(send).await;
        assert_eq!((row.state, row.due_at), (State::Sent, None), "{state:?}");
        assert_eq!(row.fate.rejected_at.map(|at| at.timestamp() % 60), Some(7));
        assert_eq!(bench.suppressed("nora@example.com").await, None, "the letter is at fault and not the mailbox");
        assert!(bench.nora(send).await.consent.is_subscribed());
    }
}

#[tokio::test]
async fn a_letter_that_is_late_was_taken_and_is_waited_for() {
    let bench = Bench::open().await;
    let send = &bench.letters(1, State::Unknown).await[0];
    let counts = bench.counts(&[delayed(send, 0, "12:10")]).await;
    assert_eq!(counts.get("settled"), 1);
    let row = bench.row(send).await;
    assert_eq!((row.state, row.fate.delivered_at, row.fate.bounced_at), (State::Sent, None, None));
    bench.hears(&[delivery(send, 0, "12:20")]).await;
    assert_eq!(bench.row(send).await.fate.delivered_at, Some(at("12:20")));
    assert_eq!(bench.suppressed("nora@example.com").await, None);
}
