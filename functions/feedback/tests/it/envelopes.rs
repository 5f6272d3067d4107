//! Both forms in which an event arrives, and what is none of ours.

use retention::send::State;
use serde_json::{Value, json};

use crate::bench::{Bench, bounce, click, complaint, delayed, delivery, event};

/// An event in the envelope of SNS.
fn wrapped(event: &Value) -> Value {
    json!({ "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:feedback",
        "Subject": "Amazon SES Email Event Notification", "Message": event.to_string(),
        "Timestamp": "2026-03-02T12:00:00.000Z", "SignatureVersion": "1", "Signature": "x" })
}

#[tokio::test]
async fn an_event_in_the_envelope_of_sns_and_a_notification_of_an_identity_are_the_same_event() {
    for form in 0..3 {
        let bench = Bench::open().await;
        let send = &bench.letters(1, State::Sent).await[0];
        let mut event = bounce(send, 0, "12:05", "Permanent", "General", "5.1.1");
        if form == 1 {
            event = wrapped(&event);
        }
        if form == 2 {
            let kind = event.as_object_mut().expect("an object").remove("eventType").expect("a type");
            event["notificationType"] = kind;
        }
        assert_eq!(bench.hears(&[event]).await, 0);
        assert_eq!(bench.suppressed("nora@example.com").await, Some("hard_bounce"), "form {form}");
    }
}

#[tokio::test]
async fn what_is_none_of_ours_or_none_at_all_changes_nothing_and_does_not_come_again() {
    let bench = Bench::open().await;
    let sends = bench.letters(1, State::Unknown).await;
    let send = &sends[0];
    let other = bench.row(send).await;
    let mut texts: Vec<String> = ["", "{", "[]", "null", "{}", "\u{0}", r#"{"eventType":"Delivery"}"#]
        .iter()
        .map(|text| (*text).to_owned())
        .collect();
    texts.push(json!({ "Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe" }).to_string());
    texts.push(json!({ "notificationType": "AmazonSnsSubscriptionSucceeded", "message": "ok" }).to_string());
    let change = |change: fn(&mut Value)| {
        let mut event = complaint(send, 0, "13:00");
        change(&mut event);
        event.to_string()
    };
    texts.push(change(|event| event["eventType"] = json!("Party")));
    texts.push(change(|event| drop(event.as_object_mut().expect("an object").remove("complaint"))));
    texts.push(change(|event| drop(event["mail"].as_object_mut().expect("an object").remove("tags"))));
    texts.push(change(|event| event["mail"]["tags"]["ses:configuration-set"] = json!(["another"])));
    texts.push(change(|event| event["mail"]["tags"]["attempt"] = json!(["0"])));
    texts.push(change(|event| event["mail"]["tags"]["attempt"] = json!(["2"])));
    texts.push(change(|event| event["mail"]["tags"]["attempt"] = json!(["-1"])));
    texts.push(change(|event| event["mail"]["tags"]["send"] = json!(["a", "b"])));
    texts.push(change(|event| event["mail"]["tags"]["send"] = json!(["00000000000000000000000000000000"])));
    texts.push(change(|event| event["mail"]["tags"]["customer"] = json!(["../../x"])));
    texts.push("x".repeat(2_000_000));
    let (failed, counts) = bench.works_through(&texts).await;
    assert_eq!(failed, 0);
    assert_eq!((counts.get("malformed"), counts.get("ignored"), counts.get("foreign")), (11, 1, 8));
    assert_eq!(bench.row(send).await, other);
    assert_eq!(bench.suppressed("nora@example.com").await, None);
}

#[tokio::test]
async fn an_event_of_any_kind_without_tags_is_of_somebody_else_and_changes_nothing() {
    let bench = Bench::open().await;
    let send = &bench.letters(1, State::Unknown).await[0];
    let before = bench.row(send).await;
    let events = [
        event("Send", send, 0, &json!({ "send": {} })),
        event("Reject", send, 0, &json!({ "reject": { "reason": "Bad content" } })),
        delivery(send, 0, "12:01"),
        delayed(send, 0, "12:01"),
        click(send, 0, "12:02"),
        bounce(send, 0, "12:05", "Permanent", "General", "5.1.1"),
        complaint(send, 0, "13:00"),
    ];
    for mut event in events {
        event["mail"].as_object_mut().expect("an object").remove("tags");
        let counts = bench.counts(&[event.clone()]).await;
        assert_eq!((counts.get("foreign"), counts.get("malformed")), (1, 0), "{}", event["eventType"]);
    }
    assert_eq!(bench.row(send).await, before);
    assert_eq!(bench.suppressed("nora@example.com").await, None);
    assert_eq!(bench.store().told_until().await.expect("a read"), None);
}

#[tokio::test]
async fn every_kind_of_event_is_counted_by_its_name() {
    let bench = Bench::open().await;
    let sends = bench.letters(7, State::Sent).await;
    let counts = bench
        .counts(&[
            delivery(&sends[0], 0, "12:01"),
            click(&sends[1], 1, "12:02"),
            bounce(&sends[2], 2, "12:05", "Transient", "MailboxFull", "4.2.2"),
            complaint(&sends[3], 3, "13:00"),
            event("Reject", &sends[4], 4, &json!({ "reject": { "reason": "Bad content" } })),
            delayed(&sends[5], 5, "12:01"),
            event("Open", &sends[6], 6, &json!({ "open": {} })),
        ])
        .await;
    let all = counts.all().iter().filter(|(_, count)| **count > 0);
    let names: Vec<(&str, u64)> = all.map(|(name, count)| (name.as_str(), *count)).collect();
    let expected = ["already", "bounced", "clicked", "complained", "delivered", "ignored", "rejected"];
    assert_eq!(names, expected.map(|name| (name, 1)), "that a letter is late changes nothing");
    let again = bench.counts(&[delivery(&sends[0], 0, "12:01")]).await;
    assert_eq!(again.get("already"), 1);
}

#[tokio::test]
async fn an_event_of_another_letter_than_the_one_that_left_is_not_believed() {
    let bench = Bench::open().await;
    let send = &bench.letters(1, State::Sent).await[0];
    let forged = complaint(send, 7, "13:00");
    assert_eq!(bench.hears(&[forged]).await, 0);
    assert!(bench.nora(send).await.consent.is_subscribed());
    assert_eq!(bench.suppressed("nora@example.com").await, None);
}

#[tokio::test]
async fn openings_and_the_like_are_heard_by_nobody() {
    let bench = Bench::open().await;
    let send = &bench.letters(1, State::Unknown).await[0];
    for kind in ["Open", "Subscription", "Rendering Failure"] {
        let mut event = delivery(send, 0, "12:01");
        event["eventType"] = json!(kind);
        assert_eq!(bench.hears(&[event]).await, 0);
    }
    assert_eq!(bench.row(send).await.state, State::Unknown);
}
