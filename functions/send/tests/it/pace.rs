//! How fast letters leave, what the account may send, and when sending rests.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use cloud::Clock;
use retention::flow::Class;
use retention::pace::Pace;
use retention::send::State;
use retention::{Reason, Send};
use send::{Outcome, Run};
use serde_json::json;
use testkit::fake_ses::{Answer, Quota};
use testkit::people;
use tokio::time::timeout;

use crate::desk::{Desk, letter, message};

fn quota(per_second: f64, per_day: f64, sent: f64) -> Quota {
    Quota { per_second, per_day, sent }
}

async fn pace(desk: &Desk) -> Pace {
    desk.store().pace().await.expect("a read")
}

#[tokio::test]
async fn the_account_is_asked_what_it_may_send_every_five_minutes_and_the_shop_uses_its_share_of_that() {
    let mut desk = Desk::open().await;
    desk.may_use_percent_of_the_account(50);
    desk.ses.may_send(quota(14.0, 50_000.0, 200.0));
    let asked = desk.ses.log().len();
    desk.run().await;
    let row = pace(&desk).await;
    assert_eq!((row.per_second(), row.quota, row.own_quota, row.sent), (7, Some(50_000), Some(25_000), 200));
    desk.ses.may_send(quota(90.0, 200_000.0, 0.0));
    desk.pass(4);
    desk.run().await;
    assert_eq!(pace(&desk).await.per_second(), 7);
    desk.pass(1);
    desk.run().await;
    assert_eq!(pace(&desk).await.per_second(), 45);
    assert_eq!(desk.ses.log().len(), asked, "no letter is asked for meanwhile");
}

#[tokio::test]
async fn a_letter_whose_turn_comes_after_the_time_is_over_waits_in_the_table_and_not_in_the_queue() {
    let desk = Desk::open().await;
    desk.ses.may_send(quota(1.0, -1.0, 0.0));
    let mut planned = Vec::new();
    for n in 0..30 {
        planned.push(desk.confirmation(n).await);
    }
    let ids: Vec<String> = (0..30).map(|n| n.to_string()).collect();
    let messages: Vec<_> = ids.iter().zip(&planned).map(|(id, send)| (id.as_str(), message(send))).collect();
    assert_eq!(desk.works_through(&messages).await, json!({ "batchItemFailures": [] }), "no receive is used up");
    let mut left = 0;
    for send in &planned {
        let row = desk.row(send).await;
        match row.state {
            State::Sent => left += 1,
            State::Planned => {
                assert_eq!((row.reason, row.attempt), (Some(Reason::Throttled), 0));
                assert!(row.due_at.is_some_and(|due| due > desk.now()), "{:?}", row.due_at);
            }
            state => panic!("{state:?}"),
        }
    }
    // Of thirty seconds, ten are SES's and two are for the record; a letter every 1.03 seconds, the first at once.
    assert_eq!((left, desk.ses.connections()), (18, 18));
    desk.pass(1);
    for send in &planned {
        desk.deliver(send).await;
    }
    assert_eq!(desk.ses.connections(), 30);
}

#[tokio::test]
async fn marketing_leaves_the_last_of_the_day_to_confirmations() {
    let desk = Desk::open().await;
    let thanks = desk.thanks(1).await;
    desk.ses.may_send(quota(14.0, 100.0, 95.0));
    assert_eq!(desk.deliver(&thanks).await, Outcome::NotNow(Reason::Quota));
    assert_eq!(desk.row(&thanks).await.due_at, Some(desk.now() + TimeDelta::minutes(15)));
    let confirmation = desk.confirmation(2).await;
    assert_eq!(desk.deliver(&confirmation).await, Outcome::Sent);
    desk.ses.may_send(quota(14.0, 100.0, 10.0));
    desk.pass(15);
    assert_eq!(desk.deliver(&thanks).await, Outcome::Sent);
}

#[tokio::test]
async fn a_quota_that_is_reached_in_the_middle_stops_marketing_and_loses_nothing() {
    let desk = Desk::open().await;
    desk.ses.may_send(quota(14.0, 1000.0, 10.0));
    let (first, second) = (desk.thanks(1).await, desk.thanks(2).await);
    desk.ses.answers(&[Answer::QUOTA]);
    assert_eq!(desk.deliver(&first).await, Outcome::NotNow(Reason::Quota));
    let before = desk.ses.connections();
    assert_eq!(desk.deliver(&second).await, Outcome::NotNow(Reason::Quota), "nobody asks in vain");
    assert_eq!(desk.ses.connections(), before);
    desk.pass(15);
    for send in [&first, &second] {
        assert_eq!(desk.deliver(send).await, Outcome::Sent);
    }
}

/// The thanks of so many people, planned, and the messages that name them.
async fn many_thanks(desk: &Desk, count: usize) -> Vec<Send> {
    for n in 0..count {
        desk.arrives(&people::subscribed(&people::person(n), desk.now())).await;
    }
    let mut confirmed = Vec::new();
    for n in 0..count {
        confirmed.push(desk.confirmation(n).await);
    }
    desk.pass(24 * 60);
    let mut thanks = Vec::new();
    for send in &confirmed {
        thanks.push(desk.looks_at(send).await);
    }
    thanks
}

#[tokio::test]
async fn of_a_batch_as_many_letters_leave_as_todays_quota_holds_and_the_others_leave_the_next_day() {
    let desk = Desk::open().await;
    let thanks = many_thanks(&desk, 8).await;
    // Of a hundred letters a day 92 have left, and five are kept for orders.
    desk.ses.may_send(quota(14.0, 100.0, 92.0));
    let messages: Vec<_> = thanks.iter().map(|send| ("m", message(send))).collect();
    let (answer, counts) = desk.counts("today", &messages).await;
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    assert_eq!((counts.get("sent"), counts.get("held.quota")), (3, 5));
    assert_eq!(desk.ses.connections(), 3, "nobody asks in vain");
    for send in &thanks {
        let row = desk.row(send).await;
        let waits = row.due_at == Some(desk.now() + TimeDelta::minutes(15)) && row.reason == Some(Reason::Quota);
        assert!(row.state == State::Sent || (row.state == State::Planned && waits && row.attempt == 0), "{row:?}");
    }
    desk.pass(24 * 60);
    desk.ses.may_send(quota(14.0, 100.0, 0.0));
    let counts = desk.counts("tomorrow", &messages).await.1;
    assert_eq!((counts.get("sent"), counts.get("already")), (5, 3), "each once");
    assert_eq!(desk.ses.connections(), 8);
}

#[tokio::test]
async fn a_quota_that_ses_finds_used_up_in_the_middle_of_a_batch_loses_no_letter_of_it() {
    let desk = Desk::open().await;
    desk.ses.may_send(quota(14.0, 1_000.0, 10.0));
    let mut planned = Vec::new();
    for n in 0..8 {
        planned.push(desk.confirmation(n).await);
    }
    let none_left = [[Answer::Accept; 3].as_slice(), &[Answer::QUOTA; 5]].concat();
    desk.ses.answers(&none_left);
    let messages: Vec<_> = planned.iter().map(|send| ("m", message(send))).collect();
    let counts = desk.counts("today", &messages).await.1;
    assert_eq!((counts.get("sent"), counts.get("held.quota"), counts.get("in_doubt")), (3, 5, 0));
    desk.ses.forget_answers();
    desk.pass(15);
    let counts = desk.counts("later", &messages).await.1;
    assert_eq!((counts.get("sent"), counts.get("already")), (5, 3));
    let taken = desk.ses.log().iter().filter(|asked| asked.taken.is_some()).count();
    assert_eq!(taken, 8, "each is taken once");
}

#[tokio::test]
async fn a_letter_that_missed_the_quota_of_its_batch_gives_its_slot_to_nobody_and_asks_nobody() {
    let desk = Desk::open().await;
    desk.ses.may_send(quota(14.0, 1_000.0, 10.0));
    let (first, second) = (desk.confirmation(1).await, desk.confirmation(2).await);
    let run = desk.run().await;
    desk.ses.answers(&[Answer::QUOTA]);
    assert_eq!(desk.deliver_within(&run, &first).await, Outcome::NotNow(Reason::Quota));
    assert_eq!(desk.deliver_within(&run, &second).await, Outcome::NotNow(Reason::Quota), "of the same batch");
    assert_eq!(desk.ses.connections(), 1);
}

#[tokio::test]
async fn while_the_account_does_not_say_what_it_may_send_letters_leave_as_it_said_before_or_one_a_second() {
    let desk = Desk::open().await;
    desk.ses.tells_no_quota();
    let planned = desk.confirmation(1).await;
    assert_eq!(desk.deliver(&planned).await, Outcome::Sent);
    assert_eq!(pace(&desk).await.interval_micros(), 1_030_928, "a new account's rate");
    desk.ses.may_send(quota(14.0, 50_000.0, 200.0));
    desk.run().await;
    desk.ses.tells_no_quota();
    desk.pass(10);
    let planned = desk.confirmation(2).await;
    assert_eq!(desk.deliver(&planned).await, Outcome::Sent);
    let row = pace(&desk).await;
    assert_eq!((row.per_second(), row.quota), (14, Some(50_000)));
}

#[tokio::test]
async fn a_confirmation_joins_a_line_of_seconds_at_once_while_marketing_waits_for_it_to_get_shorter() {
    let mut desk = Desk::open().await;
    Arc::get_mut(&mut desk.sender).expect("nobody works yet").clock = Clock::System;
    let now = desk.sender.clock.now();
    desk.ses.may_send(quota(1.0, -1.0, 0.0));
    let run = Run::begin(&desk.sender, now + TimeDelta::seconds(60)).await.expect("a read");
    let ahead = (now + TimeDelta::seconds(10)).timestamp_micros();
    desk.store().take_slots(1, 1, ahead, ahead).await.expect("a write");
    let letter = letter();
    let marketing = Box::pin(run.hand_over(Class::Marketing, &letter));
    let order = Box::pin(run.hand_over(Class::Transactional, &letter));
    let granted = async |count| {
        while pace(&desk).await.granted < count {
            tokio::task::yield_now().await;
        }
    };
    let soon = Duration::from_millis(500);
    assert!(
        timeout(soon, Box::pin(async { tokio::select!(_ = marketing => (), () = granted(2) => ()) })).await.is_err()
    );
    assert!(timeout(soon, Box::pin(async { tokio::select!(_ = order => (), () = granted(2) => ()) })).await.is_ok());
    assert_eq!(desk.ses.connections(), 0, "its slot is yet to come");
}

#[tokio::test]
async fn after_four_unknown_ends_in_a_row_sending_rests_longer_each_time_until_a_letter_is_answered() {
    let desk = Desk::open().await;
    let mut n = 0;
    let mut delivers = async |answer: Answer| {
        let planned = desk.confirmation(n).await;
        n += 1;
        desk.ses.answers(&[answer]);
        let before = desk.ses.connections();
        let outcome = desk.deliver(&planned).await;
        if desk.ses.connections() == before {
            desk.ses.forget_answers();
        }
        outcome
    };
    for _ in 0..4 {
        assert_eq!(delivers(Answer::FAILED).await, Outcome::InDoubt);
    }
    assert_eq!(delivers(Answer::Accept).await, Outcome::NotNow(Reason::Resting));
    desk.pass(1);
    assert_eq!(delivers(Answer::FAILED).await, Outcome::InDoubt, "it is still down: two minutes");
    desk.pass(1);
    assert_eq!(delivers(Answer::Accept).await, Outcome::NotNow(Reason::Resting));
    desk.pass(1);
    assert_eq!(delivers(Answer::Accept).await, Outcome::Sent);
    assert_eq!(delivers(Answer::FAILED).await, Outcome::InDoubt, "one alone is no outage");
    assert_eq!(delivers(Answer::Accept).await, Outcome::Sent);
}

#[tokio::test]
async fn while_the_account_is_paused_no_letter_asks_for_five_minutes() {
    let desk = Desk::open().await;
    let (first, second) = (desk.confirmation(1).await, desk.confirmation(2).await);
    desk.ses.answers(&[Answer::PAUSED]);
    assert_eq!(desk.deliver(&first).await, Outcome::NotNow(Reason::Resting));
    assert_eq!(desk.deliver(&second).await, Outcome::NotNow(Reason::Resting));
    assert_eq!(desk.ses.connections(), 1);
    desk.pass(5);
    for send in [&first, &second] {
        assert_eq!(desk.deliver(send).await, Outcome::Sent);
    }
}

#[tokio::test]
async fn a_line_that_a_wrong_clock_put_an_hour_ahead_holds_nobody_up() {
    let desk = Desk::open().await;
    desk.run().await;
    let hour_ahead = (desk.now() + TimeDelta::hours(1)).timestamp_micros();
    desk.store().take_slots(1, 1, hour_ahead, hour_ahead).await.expect("a write");
    let planned = desk.confirmation(1).await;
    let counts = desk.counts("a request", &[("m", message(&planned))]).await.1;
    assert_eq!((counts.get("sent"), counts.get("line_begun_anew")), (1, 1), "and it is counted");
    let next = desk.confirmation(2).await;
    let counts = desk.counts("a request", &[("m", message(&next))]).await.1;
    assert_eq!((counts.get("sent"), counts.get("line_begun_anew")), (1, 0));
    assert!(pace(&desk).await.tat < (desk.now() + TimeDelta::minutes(1)).timestamp_micros());
}

#[tokio::test]
async fn a_rest_that_a_clock_an_hour_ahead_began_holds_nobody_up_and_does_not_keep_the_next_from_beginning() {
    let desk = Desk::open().await;
    let (first, second) = (desk.confirmation(1).await, desk.confirmation(2).await);
    let noon = desk.now();
    desk.clock.jump(noon + TimeDelta::hours(1));
    desk.ses.answers(&[Answer::PAUSED]);
    assert_eq!(desk.deliver(&first).await, Outcome::NotNow(Reason::Resting));
    desk.clock.jump(noon);
    assert_eq!(desk.deliver(&first).await, Outcome::Sent);
    desk.ses.answers(&[Answer::PAUSED]);
    assert_eq!(desk.deliver(&second).await, Outcome::NotNow(Reason::Resting));
    let row = pace(&desk).await;
    assert_eq!((row.rests_from, row.rests(noon)), (Some(noon), Some(noon + TimeDelta::minutes(5))), "it is written");
}

#[tokio::test]
async fn a_sender_whose_clock_goes_an_hour_back_sends_what_is_there() {
    let desk = Desk::open().await;
    let noon = desk.now();
    desk.clock.jump(noon + TimeDelta::hours(1));
    let (first, doubted) = (desk.confirmation(1).await, desk.confirmation(2).await);
    assert_eq!(desk.deliver(&first).await, Outcome::Sent);
    desk.ses.answers(&[Answer::AcceptAndReset]);
    assert_eq!(desk.deliver(&doubted).await, Outcome::InDoubt);
    desk.clock.jump(noon);
    let later = desk.confirmation(3).await;
    assert_eq!(desk.deliver(&later).await, Outcome::Sent);
    assert_eq!(desk.deliver(&doubted).await, Outcome::InDoubt, "nothing is sent again");
    assert_eq!(desk.deliver(&first).await, Outcome::Already);
    assert_eq!(desk.ses.connections(), 3);
}

#[tokio::test]
async fn a_restored_table_sends_nothing_until_it_is_released_and_then_nothing_of_before() {
    let desk = Desk::open().await;
    let (before, said) = (desk.confirmation(1).await, "another table");
    desk.names_the_table(said).await;
    assert_eq!(desk.deliver(&before).await, Outcome::NotNow(Reason::NotReleased));
    assert_eq!(desk.row(&before).await.due_at, Some(desk.now() + TimeDelta::minutes(10)));
    desk.pass(1);
    desk.store().release(desk.now()).await.expect("a release");
    assert_eq!(desk.deliver(&before).await, Outcome::Ended(Reason::Restored));
    assert_eq!(desk.row(&before).await.state, State::Expired);
    let after = desk.confirmation(2).await;
    assert_eq!(desk.deliver(&after).await, Outcome::Sent);
    assert_eq!(desk.ses.connections(), 1);
}

#[tokio::test]
async fn a_letter_takes_a_slot_so_far_ahead_as_the_mark_of_the_one_before_it_took() {
    let desk = Desk::open().await;
    desk.ses.may_send(quota(14.0, -1.0, 0.0));
    let (desk, _wire) = desk.far_from_the_table().await;
    let near = desk.engine.store();
    let run = desk.long_run().await;
    let (first, second) = (desk.confirmation(1).await, desk.confirmation(2).await);
    // The mark stands, and its answer is on the way: meanwhile time passes.
    let passes = async {
        loop {
            let row = near.send(&first.customer, &first.id).await.expect("a read").expect("a send");
            if row.state == State::Submitting {
                break desk.clock.set(desk.now() + TimeDelta::milliseconds(200));
            }
        }
    };
    let (outcome, ()) = tokio::join!(desk.deliver_within(&run, &first), passes);
    assert_eq!(outcome, Outcome::Sent);
    assert_eq!(desk.deliver_within(&run, &second).await, Outcome::Sent);
    let row = pace(&desk).await;
    let slot = row.tat - row.interval_micros();
    let ahead = (slot - desk.now().timestamp_micros()) / 1_000;
    assert!((250..400).contains(&ahead), "{ahead} ms: a quarter more than the mark took, and what a start may be late");
}

/// A letter that leaves, or ends as the mail service answers, within a batch.
async fn within(desk: &Desk, run: &Run<'_>, n: usize, answer: Answer) -> Outcome {
    let planned = desk.confirmation(n).await;
    desk.ses.answers(&[answer]);
    desk.deliver_within(run, &planned).await
}

#[tokio::test]
async fn four_unknown_ends_within_a_minute_let_sending_rest_though_letters_between_them_are_answered() {
    let desk = Desk::open().await;
    let run = desk.long_run().await;
    for n in 0..6 {
        let (answer, outcome) =
            if n % 2 == 0 { (Answer::FAILED, Outcome::InDoubt) } else { (Answer::Accept, Outcome::Sent) };
        assert_eq!(within(&desk, &run, n, answer).await, outcome);
    }
    assert_eq!(pace(&desk).await.rests(desk.now()), None);
    assert_eq!(within(&desk, &run, 6, Answer::FAILED).await, Outcome::InDoubt);
    assert!(pace(&desk).await.rests(desk.now()).is_some());
}

#[tokio::test]
async fn a_batch_whose_letters_end_unknown_rests_at_once_and_keeps_count_of_its_rests() {
    let desk = Desk::open().await;
    // A clock that was wrong has put a rest into the future: that is none.
    let ahead = desk.now() + TimeDelta::hours(1);
    desk.store().rest((ahead + TimeDelta::minutes(5), 1), ahead).await.expect("a write");
    let run = desk.long_run().await;
    for n in 0..4 {
        // More than a minute apart, so that they count only as four in a row.
        desk.clock.set(desk.now() + TimeDelta::seconds(61));
        assert_eq!(within(&desk, &run, n, Answer::FAILED).await, Outcome::InDoubt);
    }
    let asked = desk.ses.connections();
    let planned = desk.confirmation(4).await;
    assert_eq!(desk.deliver_within(&run, &planned).await, Outcome::NotNow(Reason::Resting));
    assert_eq!(desk.ses.connections(), asked);
    let rests = pace(&desk).await.rests;
    desk.pass(5);
    assert_eq!(within(&desk, &run, 5, Answer::PAUSED).await, Outcome::NotNow(Reason::Resting));
    assert_eq!(pace(&desk).await.rests, rests, "that the account is paused is another matter");
}

#[tokio::test]
async fn that_letters_are_answered_again_is_written_once() {
    let desk = Desk::open().await;
    let run = desk.long_run().await;
    let mut requests = Vec::new();
    for (n, answer) in
        [Answer::Accept, Answer::Accept, Answer::FAILED, Answer::Accept, Answer::Accept].into_iter().enumerate()
    {
        let planned = desk.confirmation(n).await;
        desk.ses.answers(&[answer]);
        let before = desk.store().meter().units().requests;
        desk.deliver_within(&run, &planned).await;
        requests.push(desk.store().meter().units().requests - before);
    }
    let of_one = requests[1];
    assert_eq!((requests[3], requests[4]), (of_one + 1, of_one), "{requests:?}");
    assert_eq!(pace(&desk).await.unknown_in_a_row, 0);
}
