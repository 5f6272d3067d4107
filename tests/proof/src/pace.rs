//! The line of letters in virtual time: two senders with the whole path of each letter, on a network and a machine that never
//! falter. What is lost here is lost by the line's own rules, and is the same in every run.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use chrono::TimeDelta;
use cloud::Clock;
use cloud::queue::{SEND_TIMEOUT, SendKey, SqsEvent, SqsMessage};
use retention::Time;
use testkit::{life, people};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::network::Network;
use crate::script::address;
use crate::seeds::MONDAY;
use crate::ses::Odd;
use crate::shop::{Templates, TestedShop};

/// One in so many letters is throttled, the first time that it asks.
const THROTTLED_ONE_IN: usize = 100;
/// How many senders there are.
const SENDERS: usize = 2;

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// Letters a second that the account may send.
    pub rate: u32,
    /// How long a call and its answer are on their way, in milliseconds.
    pub round_trip: u64,
    /// By how many milliseconds each way may be longer.
    pub jitter: u32,
    /// How many letters there are.
    pub letters: usize,
    /// How many of them a batch holds.
    pub batch: usize,
}

/// Lets all letters leave. When each request to the mail service arrived, in microseconds since 1970, in order.
pub fn run(templates: &Templates, line: Line) -> Result<Vec<i64>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    fastrand::seed(1);
    tokio::task::LocalSet::new().block_on(&runtime, Box::pin(one(templates, line)))
}

async fn one(templates: &Templates, line: Line) -> Result<Vec<i64>, String> {
    let noon = Time::from_timestamp(MONDAY, 0).unwrap_or_default() + TimeDelta::hours(12);
    let network = Network::with_way(noon, (line.round_trip / 2, line.jitter))?;
    let shop = TestedShop::open(templates, network.clone(), cloud::table::SHARDS).await?;
    network.services().ses().may_send_a_second(line.rate);
    for n in (0..line.letters).step_by(THROTTLED_ONE_IN) {
        network.services().ses().answers(&address(n), 1, Odd::Throttled);
    }
    let keys: Rc<RefCell<VecDeque<SendKey>>> = Rc::default();
    let store = shop.store(&network.spared());
    for n in 0..line.letters {
        let order = people::order(&n.to_string(), noon - TimeDelta::minutes(1), &[("POT-STONE", 1)]);
        let decision = life::arrives(&store, &templates.shop, &people::ordered(&people::person(n), &order), noon).await;
        let send = decision.sends.first().ok_or("an order without a confirmation")?;
        keys.borrow_mut().push_back(SendKey::new(send.send.customer.clone(), send.send.id.clone()));
    }
    let clock = Clock::Runtime(network.now(), Instant::now());
    let mut senders = JoinSet::new();
    for number in 0..SENDERS {
        let (shop, clock, keys) = (shop.clone(), clock.clone(), keys.clone());
        senders.spawn_local(async move {
            let process = shop.network.process(false);
            let sender = send::Sender { clock: clock.clone(), ..shop.sender(&process)? };
            // Lambda's pollers hand out batches one after the other: each next sender begins in the middle of a batch.
            let later = i64::try_from(number * line.batch).unwrap_or_default() * 500_000 / i64::from(line.rate);
            clock.wait_until(clock.micros() + later).await;
            for turn in 0.. {
                let count = line.batch.min(keys.borrow().len());
                let batch: Vec<SendKey> = keys.borrow_mut().drain(..count).collect();
                if batch.is_empty() {
                    break;
                }
                let deadline = clock.now() + TimeDelta::from_std(SEND_TIMEOUT).unwrap_or_default();
                let answer = send::handle(&sender, &event(&batch), &format!("{number}-{turn}"), deadline).await;
                if !answer.batch_item_failures.is_empty() {
                    return Err(format!("{} messages came again", answer.batch_item_failures.len()));
                }
            }
            Ok(())
        });
    }
    while let Some(sender) = senders.join_next().await {
        sender.map_err(|e| e.to_string())??;
    }
    let mut starts: Vec<i64> = network.services().asked().iter().map(|asked| asked.at.timestamp_micros()).collect();
    starts.sort_unstable();
    Ok(starts)
}

fn event(keys: &[SendKey]) -> SqsEvent {
    let record = |(number, key): (usize, &SendKey)| {
        let mut record = SqsMessage::default();
        (record.message_id, record.body) = (Some(number.to_string()), Some(key.body()));
        record
    };
    let mut event = SqsEvent::default();
    event.records = keys.iter().enumerate().map(record).collect();
    event
}
