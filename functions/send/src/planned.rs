//! A planned send: gate, coupon, letter, mark, SES, record.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::mailer::Submitted;
use cloud::store::{Known, Written};
use retention::control::Suppressions;
use retention::gate::{Facts, Gate, gate};
use retention::ids::Nonce;
use retention::pace::Pace;
use retention::send::State;
use retention::time::doubled;
use retention::{EmailAddress, Reason, Send, Time};

use crate::doubt;
use crate::letter::{Assigned, assign_coupon, make};
use crate::line::Turn;
use crate::run::Run;
use crate::subject::Subject;
use crate::{Outcome, Sender, limit, timeout};

/// How often a lost race is read again, before the letter waits for a minute.
const MAX_TRIES: usize = 5;
const AFTER_RACES: TimeDelta = TimeDelta::minutes(1);
/// How long a letter waits after SES said not now: a minute, twice as long each time, a quarter of an hour at most.
const AFTER_REFUSAL: TimeDelta = TimeDelta::minutes(1);
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);
/// How long sending rests where SES says that nothing may be sent, of no letter in particular.
const NOTHING_MAY: TimeDelta = TimeDelta::minutes(5);
/// How long a letter waits in a table that nobody has released.
const UNTIL_RELEASED: TimeDelta = TimeDelta::minutes(10);
/// How long a letter waits whose offer has no code left. It goes stale in the end.
const UNTIL_FILLED: TimeDelta = TimeDelta::minutes(30);
/// From this many dispatches without a verdict on, workers note that they begin.
const SUSPECT: u32 = 3;
/// After this many dead workers a letter is poison.
const DEADLY: u32 = 8;

/// One look at what decides whether the letter leaves.
enum Step {
    Over(Outcome),
    ReadAgain,
}

/// Works on a planned send.
pub(crate) async fn work(run: &Run<'_>, mut send: Send, named: &[&[u8]]) -> Result<Outcome, StoreError> {
    let sender = run.sender;
    if !run.released {
        tracing::error!(send.id = %send.id, "this table was restored or copied: `regulars release` lets it send");
        let until = sender.clock.now() + UNTIL_RELEASED;
        return not_now(sender, &send, until, Reason::NotReleased).await;
    }
    if let Some(outcome) = suspect(sender, &send).await? {
        return Ok(outcome);
    }
    for turn in 0..MAX_TRIES {
        match try_once(run, &send, named, turn).await? {
            Step::Over(outcome) => return Ok(outcome),
            Step::ReadAgain => match sender.store.send(&send.customer, &send.id).await? {
                Some(newer) if newer.state == State::Planned => send = newer,
                _ => return Ok(Outcome::Already),
            },
        }
    }
    not_now(sender, &send, sender.clock.now() + AFTER_RACES, Reason::NotYet).await
}

/// A letter that was dispatched again and again without a verdict may be killing its workers. Dispatches alone end
/// nothing, since a queue may stand still for hours: a try counts only when the one before it must be dead.
async fn suspect(sender: &Sender, send: &Send) -> Result<Option<Outcome>, StoreError> {
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
    if waits_for_a_worker(send) {
        tracing::error!(send.id = %send.id, dispatches = send.dispatches, tries = send.tries, "a letter waits long for a worker");
    }
    if last_is_dead && sender.store.begin_try(send, now).await? == Written::Moved {
        return Ok(Some(Outcome::Already));
    }
    Ok(None)
}

/// Whether it was dispatched often, and nobody came to try it.
fn waits_for_a_worker(send: &Send) -> bool {
    send.dispatches >= DEADLY && send.tries + 1 < send.dispatches
}

async fn try_once(run: &Run<'_>, send: &Send, named: &[&[u8]], turn: usize) -> Result<Step, StoreError> {
    let sender = run.sender;
    let now = sender.clock.now();
    let Some(known) = sender.store.customer(&send.customer).await? else {
        return end(sender, send, Reason::Erased, now).await;
    };
    if known.customer.erased_at.is_some() {
        return end(sender, send, Reason::Erased, now).await;
    }
    let Some(to) = known.customer.email.clone() else { return end(sender, send, Reason::Suppressed, now).await };
    // Four calls hold much at once: on the heap.
    let read = async {
        tokio::try_join!(
            sender.store.suppression(&to),
            sender.snapshot.get(&sender.store, now),
            Subject::read(sender, send, &known.customer),
            run.control(),
        )
    };
    let (suppression, aggregates, subject, control) = Box::pin(read).await?;
    let facts = Facts {
        send,
        customer: &known.customer,
        suppression: suppression.as_ref(),
        control: &control,
        aggregates: &aggregates,
        things: &subject.things,
    };
    if let Some(over) = stopped(sender, send, gate(&facts, &sender.shop, now), now).await? {
        return Ok(over);
    }
    let coupon = match assign_coupon(sender, send, &known, now).await? {
        Assigned::Held(coupon) => coupon,
        Assigned::Written | Assigned::Lost => return Ok(Step::ReadAgain),
        Assigned::Empty(offer) => {
            tracing::error!(send.id = %send.id, flow = %send.flow, offer = %offer, "no code of this offer is left: its letters wait");
            return not_now(sender, send, now + UNTIL_FILLED, Reason::NoCoupon).await.map(Step::Over);
        }
    };
    let about = (&subject, coupon.as_ref());
    let Ok(letter) = make(sender, send, &known, &to, &aggregates, about, now) else {
        return end(sender, send, Reason::RenderFailed, now).await;
    };
    let place = match run.line.turn(send.class, sender.lately.mark()).await? {
        Turn::At(place) => place,
        Turn::NotNow(until, reason) => return not_now(sender, send, until, reason).await.map(Step::Over),
    };
    sender.lately.until_mark(&sender.clock, place.slot).await;
    // The night may have come while the letter stood in line, or somebody may have stopped marketing.
    let now = sender.clock.now();
    let control = run.control().await?;
    let verdict = gate(&Facts { control: &control, ..facts }, &sender.shop, now);
    if let Some(over) = stopped(sender, send, verdict, now).await? {
        return Ok(over);
    }
    let turn = turn.to_be_bytes();
    let at = now.timestamp_millis().to_be_bytes();
    let nonce = Nonce::derive(&[named, &[&turn, &at]].concat());
    let begun = sender.clock.micros();
    let Some(marked) = mark(sender, send, &known, (&to, suppression.as_ref()), nonce, now).await? else {
        return Ok(Step::ReadAgain);
    };
    sender.lately.marked(sender.clock.micros() - begun);
    // After the limit the mark no longer holds, and another worker may have given the letter up.
    let submitted = run.submit(send.class, place, marked.due_at, &letter).await;
    learn(run, &submitted).await;
    record(sender, marked, submitted).await.map(Step::Over)
}

/// Writes the gate's verdict, where it is not to go.
async fn stopped(sender: &Sender, send: &Send, verdict: Gate, now: Time) -> Result<Option<Step>, StoreError> {
    match verdict {
        Gate::Go => Ok(None),
        Gate::NotNow(until, reason) => not_now(sender, send, until, reason).await.map(|over| Some(Step::Over(over))),
        Gate::Never(reason) => end(sender, send, reason, now).await.map(Some),
    }
}

/// Marks the send. `None`: the send, the customer or the suppression moved since the gate read them.
async fn mark(
    sender: &Sender,
    send: &Send,
    known: &Known,
    (to, suppression): (&EmailAddress, Option<&Suppressions>),
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

/// What all senders learn from how one letter ended. Where it cannot be written, the next letter teaches it.
async fn learn(run: &Run<'_>, submitted: &Submitted) {
    let sender = run.sender;
    if !sender.mailer.is_paced() {
        return;
    }
    let unknown = *submitted == Submitted::Unknown;
    let too_many = sender.lately.ended(sender.clock.micros(), unknown);
    let now = sender.clock.now();
    let learnt = match submitted {
        Submitted::Unknown => match sender.store.note_unknown().await {
            Ok(row) if too_many || row.needs_rest() => rest(run, row.next_rest(now), now).await,
            other => other.map(drop),
        },
        Submitted::Accepted(_) if run.line.row().unknown_in_a_row > 0 => {
            run.line.saw(Pace { unknown_in_a_row: 0, ..run.line.row() });
            sender.store.note_answered().await
        }
        Submitted::NotNow(Reason::Resting | Reason::NotAllowed) => {
            rest(run, (now + NOTHING_MAY, run.line.row().rests), now).await
        }
        Submitted::NotNow(Reason::Quota) => {
            let row = run.line.row();
            run.line.quota_is_used();
            sender.store.note_quota_used(&row).await
        }
        _ => Ok(()),
    };
    if let Err(error) = learnt {
        tracing::warn!(error = %error, "how a letter ended was not noted for the others");
    }
}

/// Lets all senders rest.
async fn rest(run: &Run<'_>, rest: (Time, u32), now: Time) -> Result<(), StoreError> {
    if run.sender.store.rest(rest, now).await? == Written::Done {
        let minutes = (rest.0 - now).num_minutes();
        tracing::error!(minutes, "the mail service does not answer as it should: sending rests");
    }
    run.line.saw(Pace { rests_from: Some(now), rests_until: Some(rest.0), rests: rest.1, ..run.line.row() });
    Ok(())
}

/// Writes what SES said, while the mark is ours: also beside what was heard of the letter meanwhile. An acceptance replaces a
/// doubt as well: it is proof.
async fn record(sender: &Sender, marked: Send, submitted: Submitted) -> Result<Outcome, StoreError> {
    let now = sender.clock.now();
    let (attempt, nonce) = (marked.attempt, marked.nonce.clone());
    let mut seen = marked;
    let (mut after, mut outcome) = answered(&seen, &submitted, now);
    for _ in 0..MAX_TRIES {
        if sender.store.write_send(&seen, &after).await? == Written::Done {
            return Ok(doubt::told(&after, outcome));
        }
        let Some(found) = sender.store.send(&seen.customer, &seen.id).await? else { break };
        let is_ours = found.state == State::Submitting && found.nonce == nonce;
        let is_proof = matches!(submitted, Submitted::Accepted(_)) && found.is_settled_by(attempt);
        if !is_ours && !is_proof {
            break;
        }
        seen = found;
        (after, outcome) = answered(&seen, &submitted, now);
    }
    Ok(outcome)
}

/// A letter after what SES said, and what that comes to.
fn answered(seen: &Send, submitted: &Submitted, now: Time) -> (Send, Outcome) {
    let mut after = seen.clone();
    let outcome = match submitted {
        Submitted::Accepted(message_id) => {
            after.left(message_id, now);
            Outcome::Sent
        }
        // Meanwhile it was heard that the attempt before this one was taken.
        _ if seen.is_proven() => {
            after.enter(State::Sent, None, None, now);
            Outcome::Already
        }
        Submitted::Refused => {
            tracing::error!(send.id = %seen.id, flow = %seen.flow, "the mail service refused a letter for good");
            after.end(Reason::Refused, now);
            Outcome::Ended(Reason::Refused)
        }
        Submitted::NotNow(reason) => {
            after.postpone(now + wait(seen.attempt, *reason), *reason, now);
            Outcome::NotNow(*reason)
        }
        Submitted::Unknown => {
            tracing::warn!(send.id = %seen.id, flow = %seen.flow, "nobody can say whether a letter left");
            after.enter(State::Unknown, None, Some(now + TimeDelta::hours(1)), now);
            Outcome::InDoubt
        }
    };
    (after, outcome)
}

/// How long a letter waits after SES said not now.
fn wait(attempt: u32, reason: Reason) -> TimeDelta {
    match reason {
        Reason::Quota => LONGEST_WAIT,
        Reason::Resting | Reason::NotAllowed => NOTHING_MAY,
        _ => doubled(AFTER_REFUSAL, attempt.saturating_sub(1), LONGEST_WAIT),
    }
}

async fn not_now(sender: &Sender, send: &Send, until: Time, reason: Reason) -> Result<Outcome, StoreError> {
    let mut waits = send.clone();
    waits.postpone(until, reason, sender.clock.now());
    verdict(sender, send, &waits, Outcome::NotNow(reason)).await
}

async fn end(sender: &Sender, send: &Send, reason: Reason, now: Time) -> Result<Step, StoreError> {
    let mut ended = send.clone();
    ended.end(reason, now);
    verdict(sender, send, &ended, Outcome::Ended(reason)).await.map(Step::Over)
}

async fn verdict(sender: &Sender, seen: &Send, after: &Send, outcome: Outcome) -> Result<Outcome, StoreError> {
    Ok(match sender.store.write_send(seen, after).await? {
        Written::Done => doubt::told(after, outcome),
        Written::Moved => Outcome::Already,
    })
}

#[cfg(test)]
mod tests {
    use retention::ids::{CustomerId, FlowName, LetterName, Occasion, StepId};

    use super::*;

    #[test]
    fn a_letter_that_was_dispatched_eight_times_and_hardly_tried_waits_for_a_worker() {
        let now = Time::UNIX_EPOCH;
        let (step, letter) = (StepId::parse("thanks").unwrap(), LetterName::parse("thanks").unwrap());
        let flow = FlowName::parse("first_order").unwrap();
        let customer = CustomerId::derive("someone", now);
        let send = Send::planned(&customer, (&flow, &step, &letter), &Occasion::of(&["order", "1"]), now);
        for (dispatches, tries, waits) in
            [(7, 0, false), (8, 0, true), (8, 6, true), (8, 7, false), (9, 8, false), (9, 9, false)]
        {
            let send = Send { dispatches, tries, ..send.clone() };
            assert_eq!(waits_for_a_worker(&send), waits, "{dispatches} dispatches, {tries} tries");
        }
    }
}
