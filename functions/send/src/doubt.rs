//! Sends that nobody can say are gone: past their limit, and waiting for evidence.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::store::Written;
use retention::send::State;
use retention::{Reason, Send, Time};

use crate::{Outcome, Sender};

/// How soon a send in doubt is looked at, and how often again.
const LOOK: TimeDelta = TimeDelta::hours(1);
/// After its mark, a send in doubt is closed at the latest.
const CLOSE: TimeDelta = TimeDelta::hours(24);

/// A mark holds until its limit; after it the worker is dead, and the letter in doubt.
pub(crate) async fn past_limit(sender: &Sender, send: &Send, now: Time) -> Result<Outcome, StoreError> {
    if send.due_at.is_some_and(|limit| limit > now) && !is_past_limit(send, now) {
        return Ok(Outcome::Already);
    }
    let mut doubtful = send.clone();
    doubtful.enter(State::Unknown, None, Some(now + LOOK), now);
    write(sender, send, &doubtful, Outcome::InDoubt).await
}

/// The dispatch that brought the key has pushed `due_at`; the mark's own time is the truth.
fn is_past_limit(send: &Send, now: Time) -> bool {
    send.marked_at.is_some_and(|at| crate::limit(at) <= now)
}

/// Looks for evidence. A day after the mark without any, the letter is closed as one that may have been lost: it is
/// never sent again, it is counted, and the gap and the cap go on counting it.
pub(crate) async fn settle(sender: &Sender, send: &Send, now: Time) -> Result<Outcome, StoreError> {
    let closes = send.marked_at.unwrap_or(send.created_at) + CLOSE;
    let mut settled = send.clone();
    if now < closes {
        settled.enter(State::Unknown, None, Some((now + LOOK).min(closes)), now);
        return write(sender, send, &settled, Outcome::InDoubt).await;
    }
    settled.enter(State::LostSuspect, Some(Reason::NoEvidence), None, now);
    tracing::error!(send.id = %send.id, flow = %send.flow, "a letter may have been lost: no evidence within a day");
    write(sender, send, &settled, Outcome::Ended(Reason::NoEvidence)).await
}

async fn write(sender: &Sender, seen: &Send, after: &Send, outcome: Outcome) -> Result<Outcome, StoreError> {
    match sender.store.write_send(seen, after).await? {
        Written::Done => Ok(outcome),
        Written::Moved => Ok(Outcome::Already),
    }
}
