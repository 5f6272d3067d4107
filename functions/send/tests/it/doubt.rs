//! Letters of which nobody can say whether they left: never sent again, and never forgotten.

use std::time::Duration;

use chrono::TimeDelta;
use cloud::store::Written;
use retention::feedback::{News, Report};
use retention::send::State;
use retention::{Reason, Send};
use send::{Outcome, Run};
use serde_json::{Value, json};
use testkit::FakeSes;
use testkit::fake_ses::{self, Answer, Manner};

use crate::desk::{Desk, message};

/// Short, for the one test that waits until it is over.
const IMPATIENT: Duration = Duration::from_millis(150);

/// Whether it is in doubt since now, asked once, with what is needed to settle it.
async fn is_in_doubt(desk: &Desk, send: &Send, answer: Answer) {
    let row = desk.row(send).await;
    assert_eq!((row.state, row.reason), (State::Unknown, None), "{answer:?}");
    assert_eq!(row.due_at, Some(desk.now() + TimeDelta::hours(1)), "{answer:?}");
    assert_eq!((row.attempt, row.marked_at), (1, Some(desk.now())), "{answer:?}");
    assert!(row.nonce.is_some() && row.message_id.is_none(), "{answer:?}");
}

#[tokio::test]
async fn a_reset_a_500_and_an_unreadable_answer_leave_a_doubt_and_the_letter_is_not_sent_again() {
    let answers = [
        Answer::FAILED,
        Answer::Error(503, "ServiceUnavailable"),
        Answer::AcceptAndFail,
        Answer::AcceptAndReset,
        Answer::AcceptAndTruncate,
        Answer::AcceptWithoutId,
        Answer::ResetUnread,
    ];
    for answer in answers {
        let desk = Desk::open().await;
        let planned = desk.confirmation(1).await;
        // The account is asked before, and is not what is reset.
        desk.run().await;
        let before = desk.ses.connections();
        desk.ses.answers(&[answer]);
        assert_eq!(desk.deliver(&planned).await, Outcome::InDoubt, "{answer:?}");
        is_in_doubt(&desk, &planned, answer).await;
        assert_eq!(desk.deliver(&planned).await, Outcome::InDoubt, "{answer:?}: its key again");
        assert_eq!(desk.ses.connections() - before, 1, "{answer:?}: asked once");
    }
}

#[tokio::test]
async fn a_letter_that_ses_keeps_waiting_is_in_doubt_after_the_timeout_and_is_not_sent_again() {
    let desk = Desk::open_with(IMPATIENT).await;
    let planned = desk.confirmation(1).await;
    desk.ses.answers(&[Answer::AcceptAndHang]);
    assert_eq!(desk.deliver(&planned).await, Outcome::InDoubt);
    is_in_doubt(&desk, &planned, Answer::AcceptAndHang).await;
    assert_eq!(desk.deliver(&planned).await, Outcome::InDoubt);
    assert_eq!(desk.ses.connections(), 1, "the letter was taken, and it was asked once");
}

#[tokio::test]
async fn a_doubt_without_evidence_is_closed_a_day_after_the_mark_and_never_sent_again() {
    let desk = Desk::open().await;
    let thanks = desk.thanks(1).await;
    let marked = desk.now();
    desk.ses.answers(&[Answer::AcceptAndReset]);
    desk.deliver(&thanks).await;
    let mut looks = 0;
    loop {
        let due = desk.row(&thanks).await.due_at.expect("an open state keeps its time");
        assert!(due > desk.now() && due <= marked + TimeDelta::hours(24), "{due}");
        desk.clock.set(due);
        looks += 1;
        match desk.deliver(&thanks).await {
            Outcome::InDoubt => {}
            outcome => {
                assert_eq!(outcome, Outcome::MayBeLost(Reason::NoEvidence));
                break;
            }
        }
    }
    assert_eq!((looks, desk.now()), (24, marked + TimeDelta::hours(24)));
    let row = desk.row(&thanks).await;
    assert_eq!((row.state, row.reason, row.due_at), (State::LostSuspect, Some(Reason::NoEvidence), None));
    assert_eq!(desk.deliver(&thanks).await, Outcome::Already);
    assert_eq!(desk.ses.connections(), 1);
}

/// A worker has marked a letter and waits for SES; what it came to is told by the handle.
async fn at_work(desk: &Desk, send: &Send) -> tokio::task::JoinHandle<Outcome> {
    desk.ses.answers(&[Answer::AcceptWhenReleased]);
    let key = cloud::queue::SendKey::new(send.customer.clone(), send.id.clone());
    let sender = desk.sender.clone();
    let asked = desk.ses.log().len();
    let worker = tokio::spawn(async move {
        let deadline = sender.clock.now() + TimeDelta::seconds(30);
        let run = Run::begin(&sender, deadline).await.expect("a read");
        send::deliver(&run, &key, &[b"another request"]).await.expect("no failure")
    });
    desk.ses.until_asked(asked + 1).await;
    worker
}

#[tokio::test]
async fn a_letter_whose_worker_died_while_ses_was_asked_is_left_alone_until_its_limit_and_then_in_doubt() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let worker = at_work(&desk, &planned).await;
    worker.abort();
    assert!(worker.await.expect_err("it died").is_cancelled());
    let row = desk.row(&planned).await;
    assert_eq!(row.state, State::Submitting);
    let limit = row.due_at.expect("a limit");
    assert_eq!(limit, desk.now() + TimeDelta::seconds(30 + 10 + 120), "function, SES, and two minutes");
    assert_eq!(desk.deliver(&planned).await, Outcome::Already, "the worker may live");
    desk.clock.set(limit - TimeDelta::milliseconds(1));
    assert_eq!(desk.deliver(&planned).await, Outcome::Already);
    assert_eq!(desk.row(&planned).await, row);
    desk.clock.set(limit);
    assert_eq!(desk.deliver(&planned).await, Outcome::InDoubt);
    let row = desk.row(&planned).await;
    assert_eq!((row.state, row.due_at), (State::Unknown, Some(limit + TimeDelta::hours(1))));
    assert_eq!(desk.ses.connections(), 1);
}

#[tokio::test]
async fn a_pushed_limit_is_the_limit_of_the_mark_all_the_same() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    at_work(&desk, &planned).await.abort();
    let seen = desk.row(&planned).await;
    // The scan that dispatches the row pushes it by the horizon.
    let mut pushed = seen.clone();
    pushed.due_at = seen.due_at.map(|limit| limit + TimeDelta::minutes(45));
    desk.store().write_send(&seen, &pushed).await.expect("a write");
    desk.clock.set(seen.due_at.expect("a limit"));
    assert_eq!(desk.deliver(&planned).await, Outcome::InDoubt);
}

#[tokio::test]
async fn a_yes_that_comes_late_is_proof_whatever_was_written_meanwhile() {
    for (hours, meanwhile) in [(1, State::Unknown), (25, State::LostSuspect)] {
        let desk = Desk::open().await;
        let planned = desk.confirmation(1).await;
        let worker = at_work(&desk, &planned).await;
        for _ in 0..2 {
            desk.pass(hours * 60);
            desk.deliver(&planned).await;
        }
        assert_eq!(desk.row(&planned).await.state, meanwhile);
        desk.ses.release();
        assert_eq!(worker.await.expect("an end"), Outcome::Sent);
        let row = desk.row(&planned).await;
        assert_eq!((row.state, row.reason, row.due_at), (State::Sent, None, None), "{meanwhile:?}");
        assert_eq!(row.message_id, desk.ses.log()[0].taken);
        assert_eq!(desk.ses.connections(), 1);
    }
}

/// SES told of an attempt of a letter that it was delivered.
async fn is_delivered(desk: &Desk, send: &Send, attempt: u32, message_id: &str) -> Send {
    let store = desk.engine.store();
    let seen = store.send(&send.customer, &send.id).await.expect("a read").expect("a send");
    let report = Report { attempt, message_id: message_id.to_owned(), at: desk.now(), news: News::Delivered };
    let heard = retention::feedback::hear(&seen, &report, desk.now()).expect("a report of this letter");
    assert_eq!(store.write_reported(&seen, &heard.send).await.expect("a write"), Written::Done);
    heard.send
}

#[tokio::test]
async fn a_yes_that_comes_after_what_was_heard_of_the_letter_changes_nothing() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let worker = at_work(&desk, &planned).await;
    let taken = desk.ses.log()[0].taken.clone().expect("an id");
    let heard = is_delivered(&desk, &planned, 1, &taken).await;
    assert_eq!(heard.state, State::Sent);
    desk.pass(1);
    desk.ses.release();
    assert_eq!(worker.await.expect("an end"), Outcome::Sent);
    assert_eq!(desk.row(&planned).await, heard);
}

#[tokio::test]
async fn a_yes_that_comes_before_a_confirmation_is_sent_once_more_spares_it() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let worker = at_work(&desk, &planned).await;
    desk.store().note_told(desk.now() + TimeDelta::minutes(5)).await.expect("a write");
    desk.pass(60);
    assert_eq!(desk.deliver(&planned).await, Outcome::InDoubt);
    desk.pass(60);
    assert_eq!(desk.deliver(&planned).await, Outcome::Again);
    desk.ses.release();
    assert_eq!(worker.await.expect("an end"), Outcome::Sent);
    assert_eq!(desk.row(&planned).await.state, State::Sent);
    assert_eq!(desk.deliver(&planned).await, Outcome::Already);
    assert_eq!(desk.ses.connections(), 1);
}

#[tokio::test]
async fn what_is_heard_of_the_first_letter_while_the_second_is_under_way_stands_beside_its_end() {
    let desk = Desk::open().await;
    let planned = to_be_sent_once_more(&desk).await;
    let worker = at_work(&desk, &planned).await;
    let first = desk.ses.log()[0].taken.clone().expect("an id");
    let heard = is_delivered(&desk, &planned, 1, &first).await;
    assert_eq!(heard.state, State::Submitting);
    desk.ses.release();
    assert_eq!(worker.await.expect("an end"), Outcome::Sent);
    let row = desk.row(&planned).await;
    assert_eq!((row.state, row.attempt, row.fate), (State::Sent, 2, heard.fate));
}

#[tokio::test]
async fn a_letter_of_which_the_first_attempt_is_heard_while_the_second_fails_has_left() {
    for answer in [Answer::THROTTLED, Answer::FAILED, Answer::Error(400, "MessageRejected")] {
        let (desk, _wire) = Desk::open().await.far_from_the_table().await;
        let planned = to_be_sent_once_more(&desk).await;
        let first = desk.ses.log()[0].taken.clone().expect("an id");
        desk.ses.answers(&[answer]);
        // The mark stands, and its answer is on the way.
        let is_heard = async {
            let near = desk.engine.store();
            loop {
                let row = near.send(&planned.customer, &planned.id).await.expect("a read").expect("a send");
                if row.state == State::Submitting {
                    break is_delivered(&desk, &planned, 1, &first).await;
                }
            }
        };
        let (outcome, heard) = tokio::join!(desk.deliver(&planned), is_heard);
        assert_eq!(outcome, Outcome::Already, "{answer:?}");
        let row = desk.row(&planned).await;
        assert_eq!((row.state, row.reason, row.due_at), (State::Sent, None, None), "{answer:?}");
        assert_eq!((row.attempt, row.fate), (2, heard.fate), "{answer:?}");
    }
}

#[tokio::test]
async fn a_letter_of_which_the_first_attempt_is_heard_has_left_though_the_worker_of_the_second_died() {
    let desk = Desk::open().await;
    let planned = to_be_sent_once_more(&desk).await;
    at_work(&desk, &planned).await.abort();
    let first = desk.ses.log()[0].taken.clone().expect("an id");
    let heard = is_delivered(&desk, &planned, 1, &first).await;
    desk.clock.set(heard.due_at.expect("a limit"));
    assert_eq!(desk.deliver(&planned).await, Outcome::Already);
    let row = desk.row(&planned).await;
    assert_eq!((row.state, row.due_at, row.fate), (State::Sent, None, heard.fate));
}

#[tokio::test]
async fn two_workers_with_one_key_ask_ses_once() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let worker = at_work(&desk, &planned).await;
    let answer = desk.works_through(&[("m", message(&planned))]).await;
    assert_eq!(answer, serde_json::json!({ "batchItemFailures": [] }));
    assert_eq!(desk.ses.connections(), 1);
    desk.ses.release();
    assert_eq!(worker.await.expect("an end"), Outcome::Sent);
}

/// A letter of which SES's answer was lost.
async fn in_doubt(desk: &Desk, send: &Send) {
    desk.ses.answers(&[Answer::AcceptAndReset]);
    assert_eq!(desk.deliver(send).await, Outcome::InDoubt);
}

#[tokio::test]
async fn once_ses_has_told_of_later_letters_a_doubt_is_settled_after_an_hour() {
    let desk = Desk::open().await;
    let thanks = desk.thanks(1).await;
    in_doubt(&desk, &thanks).await;
    desk.store().note_told(desk.now() + TimeDelta::minutes(5)).await.expect("a write");
    desk.pass(59);
    assert_eq!(desk.deliver(&thanks).await, Outcome::InDoubt, "events may be late");
    desk.pass(1);
    assert_eq!(desk.deliver(&thanks).await, Outcome::MayBeLost(Reason::NoEvent));
    assert_eq!(desk.row(&thanks).await.state, State::LostSuspect);
    assert_eq!(desk.ses.connections(), 1, "marketing is never sent again");
}

#[tokio::test]
async fn what_ses_told_of_earlier_letters_or_of_those_of_the_same_minute_is_no_evidence() {
    let desk = Desk::open().await;
    let thanks = desk.thanks(1).await;
    in_doubt(&desk, &thanks).await;
    desk.store().note_told(desk.now() + TimeDelta::minutes(1)).await.expect("a write");
    desk.store().note_told(desk.now() - TimeDelta::hours(1)).await.expect("a write");
    desk.pass(60);
    assert_eq!(desk.deliver(&thanks).await, Outcome::InDoubt);
}

/// A confirmation of which nothing was heard in an hour.
async fn to_be_sent_once_more(desk: &Desk) -> Send {
    let planned = desk.confirmation(1).await;
    in_doubt(desk, &planned).await;
    desk.store().note_told(desk.now() + TimeDelta::minutes(5)).await.expect("a write");
    desk.pass(60);
    assert_eq!(desk.deliver(&planned).await, Outcome::Again);
    planned
}

#[tokio::test]
async fn a_confirmation_of_which_nothing_is_heard_is_sent_once_more_and_counted() {
    let desk = Desk::open().await;
    let planned = to_be_sent_once_more(&desk).await;
    let row = desk.row(&planned).await;
    assert_eq!((row.state, row.possible_duplicate, row.due_at), (State::Planned, true, Some(desk.now())));
    // The answer is lost a second time: there is no third letter.
    in_doubt(&desk, &planned).await;
    desk.store().note_told(desk.now() + TimeDelta::minutes(5)).await.expect("a write");
    desk.pass(60);
    assert_eq!(desk.deliver(&planned).await, Outcome::MayBeLost(Reason::NoEvent));
    assert_eq!(desk.ses.connections(), 2);
}

#[tokio::test]
async fn a_confirmation_that_could_not_be_sent_once_more_in_time_may_have_left_the_first_time() {
    let desk = Desk::open().await;
    let planned = to_be_sent_once_more(&desk).await;
    desk.clock.set(planned.stale_at);
    assert_eq!(desk.deliver(&planned).await, Outcome::MayBeLost(Reason::Stale));
    let row = desk.row(&planned).await;
    assert_eq!((row.state, row.reason, row.due_at), (State::LostSuspect, Some(Reason::Stale), None));
    assert_eq!(desk.ses.connections(), 1);
}

#[tokio::test]
async fn a_confirmation_that_is_stale_once_its_doubt_is_over_is_not_sent_once_more() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    in_doubt(&desk, &planned).await;
    desk.store().note_told(desk.now() + TimeDelta::minutes(5)).await.expect("a write");
    desk.clock.set(planned.stale_at);
    assert_eq!(desk.deliver(&planned).await, Outcome::MayBeLost(Reason::NoEvent));
    assert_eq!(desk.ses.connections(), 1);
}

#[tokio::test]
async fn a_shop_may_give_a_confirmation_up_in_place_of_sending_it_twice() {
    let mut desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    in_doubt(&desk, &planned).await;
    desk.gives_up_in_doubt();
    desk.store().note_told(desk.now() + TimeDelta::minutes(5)).await.expect("a write");
    desk.pass(60);
    assert_eq!(desk.deliver(&planned).await, Outcome::MayBeLost(Reason::NoEvent));
    assert_eq!(desk.ses.connections(), 1);
}

#[tokio::test]
async fn what_the_oracle_of_these_tests_took_is_on_disk_before_it_says_so() {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let ses = FakeSes::start_with(Manner::logged(log.path()).expect("a log")).await.expect("a fake");
    let desk = Desk::open().await.with(ses.mailer(fake_ses::PATIENT));
    let planned = desk.confirmation(1).await;
    ses.answers(&[Answer::AcceptWhenReleased]);
    let looks = async {
        ses.until_asked(1).await;
        let text = std::fs::read_to_string(log.path()).expect("the log");
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(desk.row(&planned).await.state, State::Submitting, "nothing was answered yet");
        ses.release();
        lines
    };
    let (outcome, lines) = tokio::join!(desk.deliver(&planned), looks);
    assert_eq!((outcome, lines.len()), (Outcome::Sent, 1));
    assert_eq!((&lines[0]["send"], &lines[0]["taken"]), (&json!(planned.id), &json!("fake-0001")));
}

#[tokio::test]
async fn messages_that_are_redriven_after_ten_days_send_nothing_that_has_left_ended_or_gone_stale() {
    let desk = Desk::open().await;
    let (sent, doubted, waiting) = (desk.confirmation(1).await, desk.confirmation(2).await, desk.confirmation(3).await);
    assert_eq!(desk.deliver(&sent).await, Outcome::Sent);
    desk.ses.answers(&[Answer::AcceptAndReset]);
    assert_eq!(desk.deliver(&doubted).await, Outcome::InDoubt);
    let before = desk.ses.connections();
    desk.clock.set(desk.now() + TimeDelta::days(10));
    let messages =
        [("a", message(&sent)), ("b", message(&doubted)), ("c", message(&waiting)), ("d", message(&waiting))];
    let answer = desk.works_through(&messages).await;
    assert_eq!(answer.to_string(), r#"{"batchItemFailures":[]}"#, "none of them comes again");
    assert_eq!(desk.ses.connections(), before, "nothing was asked of the mail service");
    let now = |row: Send| (row.state, row.reason);
    assert_eq!(now(desk.row(&sent).await), (State::Sent, None));
    assert_eq!(now(desk.row(&waiting).await), (State::Expired, Some(Reason::Stale)));
    let (state, reason) = now(desk.row(&doubted).await);
    assert!(state == State::LostSuspect && reason.is_some(), "{state:?} {reason:?}");
}
