//! SQS to SES: gate, render, mark, submit, record. The only place in the system that can email.
//!
//! A message is the key of a send and nothing else; the row says what to do. Each message of a batch is answered for
//! itself: one that fails comes again, the others do not.

mod doubt;
mod letter;
mod line;
mod planned;
mod run;
mod subject;

use std::sync::Arc;

use cloud::queue::{SendKey, SqsBatchResponse, SqsEvent, SqsMessage, come_again};
use cloud::snapshot::Snapshot;
use cloud::telemetry::Counts;
use cloud::{Clock, Mailer, Store, StoreError};
use futures_util::StreamExt as _;
use futures_util::stream;
use letters::Letters;
use retention::send::State;
use retention::token::TokenKeys;
use retention::{Reason, Shop, Time};

pub use line::Lately;
pub use run::Run;

/// How many letters of a batch are worked on side by side. Nearly all of their time is spent waiting: for the table, for SES
/// and for their turn.
const SIDE_BY_SIDE: usize = 600;

/// What the sender works with.
#[derive(Debug)]
pub struct Sender {
    /// The shop.
    pub shop: Arc<Shop>,
    /// Its letters.
    pub letters: Arc<Letters>,
    /// The table.
    pub store: Store,
    /// The aggregates of the day.
    pub snapshot: Snapshot,
    /// The mailer.
    pub mailer: Mailer,
    /// The keys of unsubscribe links.
    pub tokens: TokenKeys,
    /// The public URL of the HTTP API, without a slash at its end.
    pub public_url: String,
    /// The clock.
    pub clock: Clock,
    /// What this process has lately seen.
    pub lately: Lately,
}

/// What one message came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The letter left.
    Sent,
    /// It waits for a later moment.
    NotNow(Reason),
    /// It ended without a letter.
    Ended(Reason),
    /// It ended while nobody could say whether it had left.
    MayBeLost(Reason),
    /// Nobody can say whether it left: evidence will.
    InDoubt,
    /// Nobody could say whether it left, and it is sent once more.
    Again,
    /// There was nothing to do: it had left, or ended, or is in other hands.
    Already,
}

/// Works through one batch, until `deadline` at the latest. `request` names the invocation, for nonces.
pub async fn handle(sender: &Sender, batch: &SqsEvent, request: &str, deadline: Time) -> SqsBatchResponse {
    let mut counts = Counts::default();
    let response = work_through(sender, batch, request, deadline, &mut counts).await;
    counts.emit("send", sender.clock.now());
    response
}

/// Likewise, and counts what came of it.
pub async fn work_through(
    sender: &Sender,
    batch: &SqsEvent,
    request: &str,
    deadline: Time,
    counts: &mut Counts,
) -> SqsBatchResponse {
    let mut failures = Vec::new();
    match Run::begin(sender, deadline).await {
        Ok(run) => {
            let mut works = Vec::with_capacity(batch.records.len());
            for message in &batch.records {
                works.push(work(&run, message, request));
            }
            let mut done = stream::iter(works).buffer_unordered(SIDE_BY_SIDE);
            while let Some((id, result)) = done.next().await {
                match result {
                    Ok(outcome) => count(counts, outcome),
                    Err(Undone) => failures.push(id),
                }
            }
            counts.add("slots_missed", run.line.missed());
            counts.add("line_begun_anew", run.line.begun_anew());
        }
        Err(error) => {
            tracing::error!(error = %error, "what a batch needs could not be read; it comes again");
            failures.extend(batch.records.iter().map(|message| message.message_id.clone().unwrap_or_default()));
        }
    }
    counts.add("failed", failures.len() as u64);
    come_again(failures)
}

/// A message that is not done, and was logged: it comes again.
struct Undone;

async fn work(run: &Run<'_>, message: &SqsMessage, request: &str) -> (String, Result<Outcome, Undone>) {
    let id = message.message_id.clone().unwrap_or_default();
    let Some(key) = message.body.as_deref().and_then(SendKey::parse) else {
        tracing::error!(message.id = id, "a message is not the key of a send; after its last try it is a dead letter");
        return (id, Err(Undone));
    };
    let result = deliver(run, &key, &[request.as_bytes(), id.as_bytes()]).await;
    let result = result.map_err(|error| {
        tracing::error!(send.id = %key.send, error = %error, "a send could not be worked through; it comes again");
        Undone
    });
    (id, result)
}

/// Does what the row's state asks. `named` is what names this handling of this message, for the nonce.
pub async fn deliver(run: &Run<'_>, key: &SendKey, named: &[&[u8]]) -> Result<Outcome, StoreError> {
    let sender = run.sender;
    run.may_begin().await;
    let Some(send) = sender.store.send(&key.customer, &key.send).await? else {
        tracing::warn!(send.id = %key.send, "there is no such send");
        return Ok(Outcome::Already);
    };
    let now = sender.clock.now();
    match send.state {
        State::Planned => planned::work(run, send, named).await,
        State::Submitting => doubt::past_limit(sender, &send, now).await,
        State::Unknown => doubt::settle(sender, &send, now).await,
        _ => Ok(Outcome::Already),
    }
}

fn count(counts: &mut Counts, outcome: Outcome) {
    match outcome {
        Outcome::Sent => counts.add("sent", 1),
        Outcome::NotNow(reason) => counts.add(format!("held.{}", reason.code()), 1),
        Outcome::Ended(reason) => counts.add(format!("ended.{}", reason.code()), 1),
        Outcome::MayBeLost(reason) => {
            counts.add(format!("ended.{}", reason.code()), 1);
            counts.add(State::LostSuspect.name(), 1);
        }
        Outcome::InDoubt => counts.add("in_doubt", 1),
        Outcome::Again => counts.add("possible_duplicate", 1),
        Outcome::Already => counts.add("already", 1),
    }
}

/// How long Lambda lets one batch run.
pub(crate) fn timeout() -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(cloud::queue::SEND_TIMEOUT).unwrap_or_default()
}

/// Until when a mark of `now` holds.
pub(crate) fn limit(now: Time) -> Time {
    cloud::store::limit(now, timeout())
}
