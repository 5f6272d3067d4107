//! SES's events to the ledger: what became of each letter, and what follows for its person and its address.
//!
//! An event may come late, twice, or before the one that it follows from. Each is held against the row that it names, and
//! the row, the profile and the suppression come to the same in any order.

mod event;

use cloud::queue::{SqsBatchResponse, SqsEvent, SqsMessage, come_again};
use cloud::store::{Address, Beside, Committed, Known, Names, Write, Written};
use cloud::telemetry::Counts;
use cloud::{Clock, Store, StoreError};
use event::{Read, SesEvent};
use futures_util::StreamExt as _;
use futures_util::stream;
use retention::Time;
use retention::feedback::{self, News};
use retention::reputation::{self, Danger, Tally};
use retention::send::State;

/// The outcome of an event that is about no letter of ours.
const FOREIGN: Outcome = "foreign";
/// How many events of a batch are worked on side by side.
const SIDE_BY_SIDE: usize = 5;
/// How often a lost race is run again. Several events of one letter come at once.
const MAX_TRIES: usize = 8;

/// What the function works with.
#[derive(Debug)]
pub struct Feedback {
    /// The table.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// The configuration set whose events are ours.
    pub configuration_set: String,
}

/// What one event came to, by its name in counts.
type Outcome = &'static str;

/// What one message came to.
struct Heard {
    outcome: Outcome,
    /// When SES took the letter that it was about, where it was one of ours.
    taken_at: Option<Time>,
    /// What counts for the shop's reputation, where it was new.
    tally: Tally,
}

/// Works through one batch. A message that fails comes again alone; one that is no event of ours is counted and done.
pub async fn handle(feedback: &Feedback, batch: &SqsEvent) -> SqsBatchResponse {
    let mut counts = Counts::default();
    let response = work_through(feedback, batch, &mut counts).await;
    counts.emit("feedback", feedback.clock.now());
    response
}

/// Likewise, and counts what came of it.
pub async fn work_through(feedback: &Feedback, batch: &SqsEvent, counts: &mut Counts) -> SqsBatchResponse {
    let mut works = Vec::with_capacity(batch.records.len());
    for message in &batch.records {
        works.push(work(feedback, message));
    }
    let (mut failures, mut told, mut tally) = (Vec::new(), None, Tally::default());
    let mut done = stream::iter(works).buffer_unordered(SIDE_BY_SIDE);
    while let Some((id, result)) = done.next().await {
        match result {
            Ok(Heard { outcome, taken_at, tally: one }) => {
                counts.add(outcome, 1);
                tally = tally.and(one);
                told = told.max(taken_at);
            }
            Err(error) => {
                tracing::error!(message.id = id, error = %error, "an event could not be taken in; it comes again");
                failures.push(id);
            }
        }
    }
    // Only a hint for letters of which nothing is heard: the next batch notes it as well.
    if let Some(at) = told
        && let Err(error) = feedback.store.note_told(at).await
    {
        tracing::warn!(error = %error, "of which letters SES has told was not noted");
    }
    match guard(feedback, tally).await {
        Ok(true) => counts.add("breaker", 1),
        Ok(false) => {}
        Err(error) => tracing::error!(error = %error, "what was heard was not counted for the breaker"),
    }
    counts.add("failed", failures.len() as u64);
    come_again(failures)
}

/// Counts what was heard, and stops marketing where it is too bad. Says whether it did.
async fn guard(feedback: &Feedback, heard: Tally) -> Result<bool, StoreError> {
    if heard.is_empty() {
        return Ok(false);
    }
    let Feedback { store, clock, .. } = feedback;
    let control = store.control().await?;
    let now = clock.now();
    store.add_heard(control.resets, heard, now).await?;
    if heard.bounces + heard.complaints == 0 || control.breaker {
        return Ok(false);
    }
    let Some(danger) = reputation::danger(store.heard(control.resets, now).await?) else { return Ok(false) };
    let of = match danger {
        Danger::Bounces => "bounces",
        Danger::Complaints => "complaints",
    };
    let tripped = store.trip_breaker().await? == Written::Done;
    if tripped {
        tracing::error!(
            of,
            "marketing is stopped: too many letters come back or are called spam; `regulars marketing resume`"
        );
    }
    Ok(tripped)
}

async fn work(feedback: &Feedback, message: &SqsMessage) -> (String, Result<Heard, StoreError>) {
    let id = message.message_id.clone().unwrap_or_default();
    let body = message.body.as_deref().unwrap_or_default();
    let outcome = match event::read(body, &feedback.configuration_set) {
        Read::Ours(event) => {
            let taken = take_in(feedback, &event).await.map(|(outcome, tally)| {
                let taken_at = (outcome != FOREIGN).then_some(event.taken_at);
                Heard { outcome, taken_at, tally }
            });
            return (id, taken);
        }
        Read::Ignored(what) => {
            tracing::debug!(message.id = id, what, "an event that changes nothing");
            "ignored"
        }
        Read::Foreign => FOREIGN,
        Read::Malformed => {
            // Its body may name a person, so it is in no log. The queue it came from is SES's alone.
            tracing::error!(message.id = id, bytes = body.len(), "a message is no event of SES; it is left out");
            "malformed"
        }
    };
    (id, Ok(Heard { outcome, taken_at: None, tally: Tally::default() }))
}

/// Takes one event in, as often as it takes to be first.
async fn take_in(feedback: &Feedback, event: &SesEvent) -> Result<(Outcome, Tally), StoreError> {
    for _ in 0..MAX_TRIES {
        if let Some(outcome) = Box::pin(try_once(feedback, event)).await? {
            return Ok(outcome);
        }
    }
    Err(StoreError::contended())
}

/// `None`: somebody else wrote the send or the customer since they were read.
async fn try_once(feedback: &Feedback, event: &SesEvent) -> Result<Option<(Outcome, Tally)>, StoreError> {
    let Feedback { store, clock, .. } = feedback;
    let SesEvent { report, recipient, .. } = event;
    let now = clock.now();
    let Some(seen) = store.send(&event.customer, &event.send).await? else {
        return Ok(Some((FOREIGN, Tally::default())));
    };
    let Ok(heard) = feedback::hear(&seen, report, now) else {
        tracing::warn!(send.id = %seen.id, "an event names this send and does not fit to it");
        return Ok(Some((FOREIGN, Tally::default())));
    };
    if heard.left_all_the_same && heard.is_new {
        tracing::error!(send.id = %seen.id, state = seen.state.name(), "SES took a letter that had ended here");
    }
    let known = store.customer(&event.customer).await?.filter(|known| known.customer.erased_at.is_none());
    let here = known.as_ref().is_some_and(|known| is_of(known, event));
    let changed =
        known.as_ref().and_then(|known| feedback::person(&known.customer, (&seen, &heard.send), report, here, now));
    let after = changed.as_ref().map(|(customer, _)| customer);
    let current = after.or(known.as_ref().map(|known| &known.customer)).filter(|_| here);
    // The address first: if this run dies after it, the event comes again and finds the rest to do.
    if let (Some(address), Some(suppression)) = (recipient, feedback::suppression(report, current))
        && store.suppress(address, &suppression).await?
    {
        tracing::info!(send.id = %seen.id, cause = suppression.cause.name(), "an address gets no more letters");
    }
    let written = match (&known, &changed) {
        (Some(known), Some((customer, proof))) => {
            let beside = Beside {
                proofs: proof.as_slice(),
                reported: heard.is_new.then_some((&seen, &heard.send)),
                ..Beside::default()
            };
            let write = Write {
                beside,
                names: Names::default(),
                address: Address::Unchanged,
                ..Write::new(Some(known), customer)
            };
            store.commit(&write).await? == Committed::Done
        }
        _ if heard.is_new => store.write_reported(&seen, &heard.send).await? == Written::Done,
        _ => return Ok(Some(("already", Tally::default()))),
    };
    Ok(written.then(|| (name(seen.state, &heard, report.news), heard.counts(&seen, report))))
}

/// Whether the letter went to the address that the person has now. Only bounces and complaints say where it went.
fn is_of(known: &Known, event: &SesEvent) -> bool {
    match (&event.recipient, event.report.news) {
        (Some(recipient), _) => known.customer.email.as_ref() == Some(recipient),
        (None, News::Bounced(_) | News::Complained) => false,
        (None, _) => true,
    }
}

fn name(before: State, heard: &feedback::Heard, news: News) -> Outcome {
    if heard.send.state != before {
        return "settled";
    }
    match news {
        News::Accepted => "accepted",
        News::Rejected => "rejected",
        News::Delivered => "delivered",
        News::Delayed => "delayed",
        News::Bounced(_) => "bounced",
        News::Complained => "complained",
        News::Clicked => "clicked",
    }
}
