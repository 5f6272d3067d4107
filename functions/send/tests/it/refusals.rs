//! What SES says instead of yes: not now, or never.

use std::net::TcpListener;

use chrono::TimeDelta;
use retention::Reason;
use retention::send::State;
use send::Outcome;
use testkit::fake_ses::{self, Answer};

use crate::desk::Desk;

/// Answers that leave no doubt: SES did not take the letter, and may take it later; in how many minutes it is asked again.
const NOT_NOW: [(Answer, Reason, i64); 11] = [
    (Answer::THROTTLED, Reason::Throttled, 1),
    (Answer::Error(429, "SomethingNew"), Reason::Throttled, 1),
    (Answer::Error(400, "ThrottlingException"), Reason::Throttled, 1),
    (Answer::QUOTA, Reason::Quota, 15),
    (Answer::PAUSED, Reason::Resting, 5),
    (Answer::SUSPENDED, Reason::Resting, 5),
    (Answer::ACCESS_DENIED, Reason::NotAllowed, 5),
    (Answer::Error(404, "NotFoundException"), Reason::NotAllowed, 5),
    (Answer::Error(400, "MailFromDomainNotVerifiedException"), Reason::NotAllowed, 5),
    (Answer::Error(403, "SignatureDoesNotMatch"), Reason::NotAllowed, 5),
    (Answer::Error(403, "ExpiredTokenException"), Reason::NotAllowed, 5),
];

#[tokio::test]
async fn a_letter_that_ses_does_not_take_now_waits_for_a_while_and_then_leaves() {
    let desk = Desk::open().await;
    for (n, (answer, reason, minutes)) in NOT_NOW.into_iter().enumerate() {
        let planned = desk.confirmation(n).await;
        let before = desk.ses.connections();
        desk.ses.answers(&[answer]);
        assert_eq!(desk.deliver(&planned).await, Outcome::NotNow(reason), "{answer:?}");
        assert_eq!(desk.ses.connections() - before, 1, "{answer:?}: asked once");
        let row = desk.row(&planned).await;
        assert_eq!((row.state, row.reason), (State::Planned, Some(reason)), "{answer:?}");
        assert_eq!(row.due_at, Some(desk.now() + TimeDelta::minutes(minutes)), "{answer:?}");
        assert_eq!((row.attempt, row.message_id.as_ref()), (1, None), "{answer:?}: the attempt stays");
        desk.pass(minutes);
        assert_eq!(desk.deliver(&planned).await, Outcome::Sent, "{answer:?}");
    }
}

#[tokio::test]
async fn a_letter_that_is_throttled_again_and_again_waits_twice_as_long_each_time_and_a_quarter_of_an_hour_at_most() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let mut waits = Vec::new();
    for _ in 0..6 {
        desk.ses.answers(&[Answer::THROTTLED]);
        desk.deliver(&planned).await;
        let wait = desk.row(&planned).await.due_at.expect("a time") - desk.now();
        waits.push(wait.num_minutes());
        desk.pass(wait.num_minutes());
    }
    assert_eq!(waits, [1, 2, 4, 8, 15, 15]);
}

#[tokio::test]
async fn a_letter_that_ses_refuses_is_rejected_for_good() {
    let desk = Desk::open().await;
    for (n, answer) in
        [Answer::REJECTED, Answer::BAD_REQUEST, Answer::Error(413, "SomethingNew")].into_iter().enumerate()
    {
        let planned = desk.confirmation(n).await;
        let before = desk.ses.connections();
        desk.ses.answers(&[answer]);
        assert_eq!(desk.deliver(&planned).await, Outcome::Ended(Reason::Refused), "{answer:?}");
        let row = desk.row(&planned).await;
        assert_eq!((row.state, row.reason, row.due_at), (State::Rejected, Some(Reason::Refused), None), "{answer:?}");
        assert!(row.attempt == 1 && row.nonce.is_some(), "{answer:?}");
        assert_eq!(desk.deliver(&planned).await, Outcome::Already, "{answer:?}");
        assert_eq!(desk.ses.connections() - before, 1, "{answer:?}: asked once");
    }
}

#[tokio::test]
async fn a_letter_waits_while_nobody_listens_at_ses() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = taken.local_addr().expect("an address");
    drop(taken);
    let desk = desk.with(fake_ses::mailer_at(closed, fake_ses::PATIENT));
    let outcome = desk.deliver(&planned).await;
    assert_eq!(outcome, Outcome::NotNow(Reason::Unreachable), "nothing was written to a connection that never stood");
    let row = desk.row(&planned).await;
    assert_eq!((row.state, row.due_at), (State::Planned, Some(desk.now() + TimeDelta::minutes(1))));
    assert_eq!(desk.ses.connections(), 0);
}

#[tokio::test]
async fn what_ses_says_of_one_letter_is_no_matter_of_another() {
    let desk = Desk::open().await;
    let mut planned = Vec::new();
    for n in 0..8 {
        planned.push(desk.confirmation(n).await);
    }
    desk.ses.answers_to("person2@example.com", Answer::REJECTED);
    desk.ses.answers_to("person5@example.com", Answer::FAILED);
    let messages: Vec<(&str, String)> = planned.iter().map(|send| ("m", crate::desk::message(send))).collect();
    let answer = desk.works_through(&messages).await;
    assert_eq!(answer, serde_json::json!({ "batchItemFailures": [] }), "a verdict is no failure");
    for (n, send) in planned.iter().enumerate() {
        let state = match n {
            2 => State::Rejected,
            5 => State::Unknown,
            _ => State::Sent,
        };
        assert_eq!(desk.row(send).await.state, state, "{n}");
    }
    assert_eq!(desk.ses.connections(), 8);
}
