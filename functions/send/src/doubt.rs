//! Sends that nobody can say are gone: past their limit, and waiting for evidence.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::store::Written;
use retention::flow::Class;
use retention::send::State;
use retention::shop::Undecided;
use retention::{Reason, Send, Time};

use crate::{Outcome, Sender};

/// How soon a send in doubt is looked at, and how often again.
const LOOK: TimeDelta = TimeDelta::hours(1);
/// An event counts as one of a later letter when SES took that so long after the mark: its clock is not ours.
const LATER: TimeDelta = TimeDelta::minutes(1);
/// After its mark, a send in doubt is closed at the latest.
const CLOSE: TimeDelta = TimeDelta::hours(24);

/// A mark holds until its limit; after it the worker is dead, and the letter in doubt.
pub(crate) async fn past_limit(sender: &Sender, send: &Send, now: Time) -> Result<Outcome, StoreError> {
    // The dispatch that brought the key has pushed `due_at`: the mark's own time is the truth.
    if send.marked_at.is_some_and(|at| crate::limit(at) > now) {
        return Ok(Outcome::Already);
    }
    let mut settled = send.clone();
    if send.is_proven() {
        // Of the attempt before this one it was heard that it was taken.
        settled.enter(State::Sent, None, None, now);
        return write(sender, send, &settled, Outcome::Already).await;
    }
    settled.enter(State::Unknown, None, Some(now + LOOK), now);
    write(sender, send, &settled, Outcome::InDoubt).await
}

/// Looks for evidence. An hour after the mark it is enough that SES has told of later letters and not of this one; a day
/// after it, nothing is waited for any longer. A confirmation is then sent once more, where the shop wants that, and
/// anything else is closed as one that may have been lost: it is counted, and the gap and the cap go on counting it.
pub(crate) async fn settle(sender: &Sender, send: &Send, now: Time) -> Result<Outcome, StoreError> {
    let marked = send.marked_at.unwrap_or(send.created_at);
    let closes = marked + CLOSE;
    let told_of_later = sender.store.told_until().await?.is_some_and(|told| told > marked + LATER);
    let mut settled = send.clone();
    if now < closes && !(told_of_later && now >= marked + LOOK) {
        settled.enter(State::Unknown, None, Some((now + LOOK).min(closes)), now);
        return write(sender, send, &settled, Outcome::InDoubt).await;
    }
    let reason = if told_of_later { Reason::NoEvent } else { Reason::NoEvidence };
    let again = send.class == Class::Transactional
        && sender.shop.sending.undecided == Undecided::Resend
        && !send.possible_duplicate
        && now < send.stale_at;
    if again {
        settled.possible_duplicate = true;
        settled.postpone(now, reason, now);
        tracing::warn!(send.id = %send.id, flow = %send.flow, "a confirmation is sent once more: nobody can say whether it left");
        return write(sender, send, &settled, Outcome::Again).await;
    }
    settled.enter(State::LostSuspect, Some(reason), None, now);
    write(sender, send, &settled, Outcome::Ended(reason)).await
}

/// What a row that was written comes to. Where it ended while nobody could say whether it had left, the log says so too.
pub(crate) fn told(after: &Send, outcome: Outcome) -> Outcome {
    let (State::LostSuspect, Some(reason)) = (after.state, after.reason) else { return outcome };
    tracing::error!(send.id = %after.id, flow = %after.flow, reason = reason.code(), "a letter may have been lost");
    Outcome::MayBeLost(reason)
}

async fn write(sender: &Sender, seen: &Send, after: &Send, outcome: Outcome) -> Result<Outcome, StoreError> {
    match sender.store.write_send(seen, after).await? {
        Written::Done => Ok(told(after, outcome)),
        Written::Moved => Ok(Outcome::Already),
    }
}
