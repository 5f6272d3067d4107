//! A planned send: gate, coupon, letter, mark, SES, record.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::mailer::{Outgoing, Submitted};
use cloud::store::{Known, Written};
use retention::control::{Control, Suppression};
use retention::gate::{Facts, Gate, gate};
use retention::ids::Nonce;
use retention::send::State;
use retention::{EmailAddress, Reason, Send, Time};

use crate::letter::{Assigned, NoLetter, assign_coupon, make};
use crate::subject::Subject;
use crate::{Outcome, Sender, limit, timeout};

/// How often a lost race is read again, before the letter waits for a minute.
const MAX_TRIES: usize = 5;
const AFTER_RACES: TimeDelta = TimeDelta::minutes(1);
/// How long a letter waits after SES said not now.
const AFTER_THROTTLE: TimeDelta = TimeDelta::minutes(1);
/// From this many dispatches without a verdict on, workers note that they begin.
const SUSPECT: u32 = 3;
/// After this many dead workers a letter is poison.
const DEADLY: u32 = 8;

/// One look at what decides whether the letter leaves.
enum Turn {
    Over(Outcome),
    ReadAgain,
}

/// Works on a planned send.
pub(crate) async fn work(
    sender: &Sender,
    mut send: Send,
    named: &[&[u8]],
    control: &Control,
) -> Result<Outcome, StoreError> {
    if let Some(outcome) = suspect(sender, &mut send).await? {
        return Ok(outcome);
    }
    for turn in 0..MAX_TRIES {
        match try_once(sender, &send, named, turn, control).await? {
            Turn::Over(outcome) => return Ok(outcome),
            Turn::ReadAgain => match sender.store.send(&send.customer, &send.id).await? {
                Some(newer) if newer.state == State::Planned => send = newer,
                _ => return Ok(Outcome::Already),
            },
        }
    }
    let now = sender.clock.now();
    let mut waits = send.clone();
    waits.postpone(now + AFTER_RACES, Reason::NotYet, now);
    verdict(sender, &send, &waits, Outcome::NotNow(Reason::NotYet)).await
}

/// A letter that was dispatched again and again without a verdict may be killing its workers. Dispatches alone end
/// nothing, since a queue may stand still for hours: a try counts only when the one before it must be dead.
async fn suspect(sender: &Sender, send: &mut Send) -> Result<Option<Outcome>, StoreError> {
    if send.dispatches < SUSPECT {
        return Ok(None);
    }
    let now = sender.clock.now();
    let last_is_dead = send.tried_at.is_none_or(|at| now - at > timeout());
    if send.tries >= DEADLY && last_is_dead {
        tracing::error!(send.id = %send.id, flow = %send.flow, tries = send.tries, "a letter killed every worker that tried it");
        let mut ended = send.clone();
        ended.end(Reason::Poison, now);
        return verdict(sender, send, &ended, Outcome::Ended(Reason::Poison)).await.map(Some);
    }
    if send.dispatches >= DEADLY && send.tries + 1 < send.dispatches {
        tracing::error!(send.id = %send.id, dispatches = send.dispatches, tries = send.tries, "a letter waits long for a worker");
    }
    if last_is_dead {
        if sender.store.begin_try(send, now).await? == Written::Moved {
            return Ok(Some(Outcome::Already));
        }
        send.tries += 1;
        send.tried_at = Some(now);
    }
    Ok(None)
}

async fn try_once(
    sender: &Sender,
    send: &Send,
    named: &[&[u8]],
    turn: usize,
    control: &Control,
) -> Result<Turn, StoreError> {
    let now = sender.clock.now();
    let Some(known) = sender.store.customer(&send.customer).await? else {
        return end(sender, send, Reason::Erased, now).await;
    };
    if known.customer.erased_at.is_some() {
        return end(sender, send, Reason::Erased, now).await;
    }
    let Some(to) = known.customer.email.clone() else { return end(sender, send, Reason::Suppressed, now).await };
    let suppression = sender.store.suppression(&to).await?;
    let aggregates = sender.snapshot.get(&sender.store, now).await?;
    let subject = Subject::read(sender, send, &known.customer).await?;
    let facts = Facts {
        send,
        customer: &known.customer,
        suppression: suppression.as_ref(),
        control,
        aggregates: &aggregates,
        things: &subject.things,
    };
    match gate(&facts, &sender.shop, now) {
        Gate::Go => {}
        Gate::NotNow(until, reason) => {
            let mut waits = send.clone();
            waits.postpone(until, reason, now);
            return verdict(sender, send, &waits, Outcome::NotNow(reason)).await.map(Turn::Over);
        }
        Gate::Never(reason) => return end(sender, send, reason, now).await,
    }
    let coupon = match assign_coupon(sender, send, &known, now).await? {
        Assigned::Held(coupon) => coupon,
        Assigned::Written | Assigned::Lost => return Ok(Turn::ReadAgain),
    };
    let letter = match make(sender, send, &known, &to, &aggregates, (&subject, coupon.as_ref()), now).await {
        Ok(letter) => letter,
        Err(NoLetter::CannotRender) => return end(sender, send, Reason::RenderFailed, now).await,
        Err(NoLetter::Store(error)) => return Err(error),
    };
    let turn = turn.to_be_bytes();
    let at = now.timestamp_millis().to_be_bytes();
    let nonce = Nonce::derive(&[named, &[&turn, &at]].concat());
    let Some(marked) = mark(sender, send, &known, (&to, suppression.as_ref()), nonce, now).await? else {
        return Ok(Turn::ReadAgain);
    };
    let submitted = submit(sender, &marked, &letter).await;
    record(sender, &marked, submitted).await.map(Turn::Over)
}

/// Marks the send. `None`: the send, the customer or the suppression moved since the gate read them.
async fn mark(
    sender: &Sender,
    send: &Send,
    known: &Known,
    (to, suppression): (&EmailAddress, Option<&Suppression>),
    nonce: Nonce,
    now: Time,
) -> Result<Option<Send>, StoreError> {
    let mut marked = send.clone();
    marked.attempt += 1;
    marked.nonce = Some(nonce);
    marked.marked_at = Some(now);
    marked.enter(State::Submitting, None, Some(limit(now)), now);
    let customer = (&known.customer.id, known.customer.version);
    let written = sender.store.mark(&marked, customer, to, suppression).await?;
    Ok((written == Written::Done).then_some(marked))
}

async fn submit(sender: &Sender, marked: &Send, letter: &Outgoing) -> Submitted {
    // After the limit the mark no longer holds, and another worker may have given the letter up.
    if marked.due_at.is_some_and(|limit| sender.clock.now() >= limit) {
        return Submitted::NotNow(Reason::NotYet);
    }
    sender.mailer.submit(letter).await
}

/// Writes what SES said, if the mark is still ours. An acceptance also replaces a doubt: it is proof.
async fn record(sender: &Sender, marked: &Send, submitted: Submitted) -> Result<Outcome, StoreError> {
    let now = sender.clock.now();
    let mut after = marked.clone();
    let outcome = match submitted {
        Submitted::Accepted(message_id) => {
            after.message_id = Some(message_id);
            after.enter(State::Sent, None, None, now);
            Outcome::Sent
        }
        Submitted::Refused => {
            tracing::error!(send.id = %marked.id, flow = %marked.flow, "the mail service refused a letter for good");
            after.end(Reason::Refused, now);
            Outcome::Ended(Reason::Refused)
        }
        Submitted::NotNow(reason) => {
            after.postpone(now + AFTER_THROTTLE, reason, now);
            Outcome::NotNow(reason)
        }
        Submitted::Unknown => {
            tracing::warn!(send.id = %marked.id, flow = %marked.flow, "nobody can say whether a letter left");
            after.enter(State::Unknown, None, Some(now + TimeDelta::hours(1)), now);
            Outcome::InDoubt
        }
    };
    if sender.store.write_send(marked, &after).await? == Written::Done || outcome != Outcome::Sent {
        return Ok(outcome);
    }
    let found = sender.store.send(&marked.customer, &marked.id).await?;
    let doubted = found.filter(|f| {
        f.attempt == marked.attempt && matches!(f.state, State::Unknown | State::LostSuspect) && f.nonce == marked.nonce
    });
    if let Some(doubted) = doubted {
        let mut proven = doubted.clone();
        proven.message_id = after.message_id;
        proven.enter(State::Sent, None, None, now);
        sender.store.write_send(&doubted, &proven).await?;
    }
    Ok(outcome)
}

async fn end(sender: &Sender, send: &Send, reason: Reason, now: Time) -> Result<Turn, StoreError> {
    let mut ended = send.clone();
    ended.end(reason, now);
    verdict(sender, send, &ended, Outcome::Ended(reason)).await.map(Turn::Over)
}

async fn verdict(sender: &Sender, seen: &Send, after: &Send, outcome: Outcome) -> Result<Outcome, StoreError> {
    Ok(match sender.store.write_send(seen, after).await? {
        Written::Done => outcome,
        Written::Moved => Outcome::Already,
    })
}
