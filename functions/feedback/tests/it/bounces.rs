//! Which bounces say that a mailbox is dead.

use retention::send::State;
use serde_json::json;

use crate::bench::{Bench, at, bounce, delivery, message_id};

/// What one bounce of a delivered or undelivered letter does to the address.
async fn after_one(kind: &str, sub: &str, status: &str) -> Option<&'static str> {
    let bench = Bench::open().await;
    let send = &bench.letters(1, State::Sent).await[0];
    assert_eq!(bench.hears(&[bounce(send, 0, "12:05", kind, sub, status)]).await, 0);
    assert_eq!(bench.row(send).await.fate.bounced_at, Some(at("12:05")));
    bench.suppressed("nora@example.com").await
}

#[tokio::test]
async fn a_permanent_bounce_or_a_final_status_ends_all_mail() {
    let dead = Some("hard_bounce");
    for (kind, sub, status) in [
        ("Permanent", "General", "5.1.1"),
        ("Permanent", "NoEmail", "5.1.1"),
        ("Permanent", "Suppressed", ""),
        ("Permanent", "OnAccountSuppressionList", ""),
        ("Permanent", "OnTenantSuppressionList", ""),
        ("Permanent", "EmailValidationSuppressed", ""),
        ("Transient", "General", "5.4.4"),
        ("Undetermined", "Undetermined", "5.0.0"),
    ] {
        assert_eq!(after_one(kind, sub, status).await, dead, "{kind} {sub} {status}");
    }
    for (kind, sub, status) in [
        ("Transient", "General", "4.4.7"),
        ("Transient", "MailboxFull", "4.2.2"),
        ("Transient", "CustomTimeoutExceeded", ""),
        ("Transient", "CustomTimeoutExceeded", "5.4.7"),
        ("Undetermined", "Undetermined", ""),
        ("Transient", "MessageTooLarge", "5.3.4"),
        ("Transient", "ContentRejected", "5.7.1"),
        ("Transient", "AttachmentRejected", "5.6.0"),
        ("Permanent", "General", "5.3.4"),
    ] {
        assert_eq!(after_one(kind, sub, status).await, None, "{kind} {sub} {status}");
    }
}

#[tokio::test]
async fn five_passing_bounces_in_a_row_end_all_mail_and_a_delivery_between_them_does_not_let_it_come_to_that() {
    let clocks = ["12:01", "12:02", "12:03", "12:04", "12:05", "12:06"];
    let full = |send, number: usize| bounce(send, number, clocks[number], "Transient", "MailboxFull", "4.2.2");
    let bench = Bench::open().await;
    let sends = bench.letters(6, State::Sent).await;
    for (number, send) in sends.iter().enumerate().take(4) {
        bench.hears(&[full(send, number), full(send, number)]).await;
    }
    assert_eq!(bench.suppressed("nora@example.com").await, None, "the same bounce twice is one");
    bench.hears(&[full(&sends[4], 4)]).await;
    assert_eq!(bench.suppressed("nora@example.com").await, Some("hard_bounce"));

    let bench = Bench::open().await;
    let sends = bench.letters(6, State::Sent).await;
    for (number, send) in sends.iter().enumerate() {
        let event = if number == 3 { delivery(send, 3, clocks[3]) } else { full(send, number) };
        bench.hears(&[event]).await;
    }
    assert_eq!(bench.suppressed("nora@example.com").await, None);
}

#[tokio::test]
async fn an_automatic_answer_to_letters_that_arrived_is_no_bounce() {
    let bench = Bench::open().await;
    let sends = bench.letters(6, State::Sent).await;
    for (number, send) in sends.iter().enumerate() {
        let answer = bounce(send, number, "12:30", "Transient", "General", "");
        // The delivery is heard before it, or after it.
        let mut events = [delivery(send, number, "12:01"), answer];
        if number % 2 == 0 {
            events.reverse();
        }
        for event in events {
            bench.hears(&[event]).await;
        }
    }
    assert_eq!(bench.suppressed("nora@example.com").await, None);
}

#[tokio::test]
async fn a_bounce_of_an_address_that_the_person_has_left_says_nothing_of_the_one_they_have() {
    let bench = Bench::open().await;
    let send = &bench.letters(1, State::Sent).await[0];
    let mut left = bounce(send, 0, "12:05", "Permanent", "General", "5.1.1");
    left["bounce"]["bouncedRecipients"][0]["emailAddress"] = json!("old@example.com");
    bench.hears(&[left]).await;
    assert_eq!(bench.suppressed("nora@example.com").await, None);
    assert_eq!(bench.suppressed("old@example.com").await, Some("hard_bounce"));
}

#[tokio::test]
async fn a_bounce_that_names_nobody_or_several_suppresses_nobody() {
    for recipients in [json!([]), json!([{ "emailAddress": "nora@example.com" }, { "emailAddress": "b@example.com" }])]
    {
        let bench = Bench::open().await;
        let send = &bench.letters(1, State::Sent).await[0];
        let mut strange = bounce(send, 0, "12:05", "Permanent", "General", "5.1.1");
        strange["bounce"]["bouncedRecipients"] = recipients;
        assert_eq!(bench.hears(&[strange]).await, 0);
        assert_eq!(bench.suppressed("nora@example.com").await, None);
        assert_eq!(bench.suppressed("b@example.com").await, None);
        assert_eq!(bench.row(send).await.message_id, Some(message_id(0)));
    }
}
