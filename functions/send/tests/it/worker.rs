//! A worker that is slow, beside others, or told to stop in the middle of its batch.

use chrono::TimeDelta;
use cloud::store::{Committed, Write};
use retention::control::Control;
use retention::erase::tombstone;
use retention::send::State;
use retention::{Reason, Send};
use send::Outcome;
use testkit::FakeSes;
use testkit::fake_ses::{self, Answer, Manner};

use crate::desk::{Desk, message};

#[tokio::test]
async fn a_letter_to_somebody_who_was_erased_or_of_whom_there_is_no_row_ends_and_names_nobody() {
    let desk = Desk::open().await;
    for (n, is_there) in [(1, true), (2, false)] {
        let planned = desk.confirmation(n).await;
        let known = desk.engine.store().customer(&planned.customer).await.expect("a read").expect("a customer");
        if is_there {
            desk.store().bury(&known, &tombstone(&known.customer, desk.now())).await.expect("a write");
        } else {
            let (client, table) = desk.store().raw();
            let key = cloud::table::Key::customer(&planned.customer);
            let delete = client.delete_item().table_name(table);
            let delete = delete.key("pk", cloud::rows::text(&key.pk)).key("sk", cloud::rows::text(&key.sk));
            delete.send().await.expect("a write");
        }
        assert_eq!(desk.deliver(&planned).await, Outcome::Ended(Reason::Erased));
        let row = desk.row(&planned).await;
        assert_eq!((row.state, row.reason, row.due_at), (State::Dropped, Some(Reason::Erased), None));
    }
    assert_eq!(desk.ses.connections(), 0);
}

#[tokio::test]
async fn a_worker_whose_mark_was_answered_after_its_limit_asks_nobody() {
    let (desk, _wire) = Desk::open().await.far_from_the_table().await;
    let planned = desk.confirmation(1).await;
    let near = desk.engine.store();
    let run = desk.long_run().await;
    // The mark stands, and its answer is on the way: meanwhile time passes.
    let sleeps = async {
        loop {
            let row = near.send(&planned.customer, &planned.id).await.expect("a read").expect("a send");
            if row.state == State::Submitting {
                break desk.clock.set(row.due_at.expect("a limit"));
            }
        }
    };
    let (outcome, ()) = tokio::join!(desk.deliver_within(&run, &planned), sleeps);
    assert_eq!(outcome, Outcome::NotNow(Reason::NotYet));
    assert_eq!(desk.ses.connections(), 0, "after the limit another may have given it up");
    let row = desk.row(&planned).await;
    assert_eq!((row.state, row.reason, row.attempt), (State::Planned, Some(Reason::NotYet), 1));
    desk.pass(1);
    assert_eq!(desk.deliver(&planned).await, Outcome::Sent);
}

/// The customer of a send is written again and again, by nobody in particular.
async fn is_written_all_the_time(desk: &Desk, send: &Send) {
    let store = desk.engine.store();
    loop {
        let known = store.customer(&send.customer).await.expect("a read").expect("a customer");
        let write = Write::new(Some(&known), &known.customer);
        assert_eq!(store.commit(&write).await.expect("a write"), Committed::Done);
    }
}

#[tokio::test]
async fn a_letter_whose_customer_is_written_all_the_time_is_tried_five_times_and_then_waits_for_a_minute() {
    let (desk, _wire) = Desk::open().await.far_from_the_table().await;
    let planned = desk.confirmation(1).await;
    let before = desk.store().meter().units().requests;
    let outcome = tokio::select! {
        outcome = desk.deliver(&planned) => outcome,
        () = is_written_all_the_time(&desk, &planned) => unreachable!("it goes on for ever"),
    };
    assert_eq!(outcome, Outcome::NotNow(Reason::NotYet));
    let row = desk.row(&planned).await;
    assert_eq!((row.state, row.attempt, row.due_at), (State::Planned, 0, Some(desk.now() + TimeDelta::minutes(1))));
    assert_eq!(desk.ses.connections(), 0);
    let asked = desk.store().meter().units().requests - before;
    assert!(asked > 5 * 4, "each try reads all of it again: {asked}");
    desk.pass(1);
    assert_eq!(desk.deliver(&planned).await, Outcome::Sent);
}

#[tokio::test]
async fn two_invocations_of_one_message_at_one_moment_have_two_nonces() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let mut nonces = Vec::new();
    for request in ["one invocation", "another invocation"] {
        desk.ses.answers(&[Answer::THROTTLED]);
        assert_eq!(desk.deliver_in(request, &planned).await, Outcome::NotNow(Reason::Throttled));
        nonces.push(desk.row(&planned).await.nonce.expect("a nonce"));
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn a_kill_switch_that_is_thrown_in_the_middle_of_a_batch_stops_its_marketing_within_twenty_seconds() {
    let desk = Desk::open().await;
    let (first, second, third) = (desk.thanks(1).await, desk.thanks(2).await, desk.thanks(3).await);
    let run = desk.long_run().await;
    let thrown = desk.now();
    assert_eq!(desk.deliver_within(&run, &first).await, Outcome::Sent);
    desk.store().set_control(&Control { kill_switch: true, ..Control::default() }).await.expect("a write");
    for second_of in 11..=20 {
        desk.clock.set(thrown + TimeDelta::seconds(second_of));
        let held = desk.deliver_within(&run, &second).await;
        assert_eq!(held, Outcome::NotNow(Reason::KillSwitch), "{second_of} s later");
    }
    assert_eq!(desk.deliver(&third).await, Outcome::NotNow(Reason::KillSwitch), "and that of the next batch at once");
    let order = desk.confirmation(4).await;
    assert_eq!(desk.deliver_within(&run, &order).await, Outcome::Sent, "orders are confirmed");
    desk.store().set_control(&Control::default()).await.expect("a write");
    desk.clock.set(thrown + TimeDelta::minutes(15));
    assert_eq!(desk.deliver_within(&run, &second).await, Outcome::Sent);
}

#[tokio::test]
async fn a_kill_switch_that_is_thrown_while_a_letter_stands_in_line_stops_it() {
    let (desk, _wire) = Desk::open().await.far_from_the_table().await;
    let thanks = desk.thanks(1).await;
    let near = desk.engine.store();
    let run = desk.long_run().await;
    near.set_control(&Control { kill_switch: true, ..Control::default() }).await.expect("a write");
    // A slot is taken, and its answer is on the way: meanwhile what the batch has read of switches becomes old.
    let passes = async {
        while near.pace().await.expect("a read").granted == 0 {}
        desk.clock.set(desk.now() + TimeDelta::seconds(11));
    };
    let (outcome, ()) = tokio::join!(desk.deliver_within(&run, &thanks), passes);
    assert_eq!(outcome, Outcome::NotNow(Reason::KillSwitch));
    assert_eq!(desk.ses.connections(), 0);
}

#[tokio::test]
async fn a_connection_that_went_stale_between_two_invocations_carries_no_letter() {
    let ses = FakeSes::start_with(Manner { keeps_connections: true, ..Manner::default() }).await.expect("a fake");
    let desk = Desk::open_to(ses, fake_ses::PATIENT).await;
    let mut planned = Vec::new();
    for n in 0..6 {
        planned.push(desk.confirmation(n).await);
    }
    for batch in planned.chunks(2) {
        let messages: Vec<_> = batch.iter().map(|send| ("m", message(send))).collect();
        let counts = desk.counts("a request", &messages).await.1;
        assert_eq!((counts.get("sent"), counts.get("in_doubt")), (2, 0));
        // Lambda freezes the process, and everybody on the way forgets about its connections.
        desk.ses.forgets_connections();
        tokio::time::pause();
        tokio::time::advance(std::time::Duration::from_secs(6)).await;
        tokio::time::resume();
    }
    assert_eq!(desk.ses.log().iter().filter(|asked| asked.taken.is_some()).count(), 6);
}
