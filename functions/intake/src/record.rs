//! An event becomes rows: find the person, record, decide, commit; again from the beginning if somebody was first.

use std::time::{Duration, Instant};

use cloud::StoreError;
use cloud::deciding::{self, Change};
use cloud::merging::{self, Merging};
use cloud::queue::SendKey;
use cloud::store::{Address, Known, Work};
use retention::consent::Said;
use retention::control::{Cause, Suppression};
use retention::decide::Decision;
use retention::erase;
use retention::event::{Entity, Event};
use retention::flow::Class;
use retention::ids::CustomerId;
use retention::record::{Recorded, record};
use retention::{Customer, Time};

use crate::Intake;

/// How often a lost race is run again, and for how long.
const MAX_TRIES: u32 = 5;
const MAX_TIME: Duration = Duration::from_secs(2);

/// What came of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Exactly this was known.
    Already,
    /// Something newer was known.
    Older,
    /// It tells of somebody who was erased since.
    Erased,
    /// It is written, with what was decided.
    Recorded(Box<Decision>),
}

impl Outcome {
    /// Its name in answers and counts.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Already => "already",
            Outcome::Older => "older",
            Outcome::Erased => "erased",
            Outcome::Recorded(_) => "recorded",
        }
    }
}

/// Takes an event in.
pub async fn take_in(intake: &Intake, event: &Event) -> Result<Outcome, StoreError> {
    let begun = Instant::now();
    for turn in 0..MAX_TRIES {
        if let Some(outcome) = try_once(intake, event).await? {
            return Ok(outcome);
        }
        if begun.elapsed() > MAX_TIME {
            break;
        }
        // Those who lost together would lose together again: spread them, by something that differs between them.
        let spread = u64::from(begun.elapsed().subsec_nanos() % 20) * u64::from(turn + 1);
        tokio::time::sleep(Duration::from_millis(spread)).await;
    }
    Err(StoreError::contended())
}

async fn try_once(intake: &Intake, event: &Event) -> Result<Option<Outcome>, StoreError> {
    let now = intake.clock.now();
    let mut found = intake.store.find(&event.person.aliases()).await?;
    let mut seen = match &found.customer {
        Some(id) => intake.store.customer(id).await?,
        None => None,
    };
    let erased = seen.take_if(|known| known.customer.erased_at.is_some());
    if let Some(at) = erased.as_ref().and_then(|known| known.customer.erased_at) {
        if erase::refuses(at, event) {
            return Ok(Some(Outcome::Erased));
        }
        // Somebody who came back: a new customer takes over the names that lead to the tombstone.
        found.unknown = event.person.aliases();
    }
    if let (Some(first), Entity::Customer(_)) = (&seen, &event.entity) {
        for other in &found.others {
            if is_one(intake, first, other, now).await? == Merging::Lost {
                return Ok(None);
            }
        }
    }
    let before = match &seen {
        Some(known) => known.customer.clone(),
        None => newcomer(intake, event, now),
    };
    let stored = match (&event.entity, &seen) {
        (Entity::Order(order), Some(known)) => intake.store.order_of(&known.customer, &order.id).await?,
        _ => None,
    };
    let change = match record(&before, stored.as_ref(), event) {
        Recorded::Changed(change) => change,
        Recorded::Already if found.unknown.is_empty() || seen.is_none() => return Ok(Some(Outcome::Already)),
        Recorded::Older if found.unknown.is_empty() || seen.is_none() => return Ok(Some(Outcome::Older)),
        // Nothing new of the person but a name that leads here.
        Recorded::Already | Recorded::Older => {
            Box::new(retention::record::Change { customer: before.clone(), order: None, proofs: Vec::new() })
        }
    };
    let aggregates = intake.snapshot.get(&intake.store, now).await?;
    let lifted = opt_out_to_lift(intake, &change).await?;
    let change = Change {
        seen: seen.as_ref(),
        customer: &change.customer,
        aliases: &found.unknown,
        after: found.customer.as_ref().filter(|_| erased.is_some()),
        orders: change.order.as_slice(),
        proofs: &change.proofs,
        address: lifted.as_ref().map_or(Address::Unchanged, Address::Lift),
        look: false,
    };
    let decision = deciding::commit(&intake.store, &intake.shop, &aggregates, &change, now).await?;
    let Some(decision) = decision else { return Ok(None) };
    hint(intake, &decision, now).await;
    Ok(Some(Outcome::Recorded(Box::new(decision))))
}

/// An account's own names lead to two customers, so these are one person. Only an account says so: the address on an order
/// may be that of whom the parcel is for.
async fn is_one(intake: &Intake, first: &Known, other: &CustomerId, now: Time) -> Result<Merging, StoreError> {
    let Some(other) = intake.store.customer(other).await? else { return Ok(Merging::One) };
    if other.customer.id == first.customer.id {
        return Ok(Merging::One);
    }
    let merging = merging::merge_two(&intake.store, &intake.shop, first, &other, now).await?;
    Ok(match merging {
        // What was read before the merge is no more.
        Merging::One => Merging::Lost,
        Merging::Waits(until) => {
            let work = Work::Merge(first.customer.id.clone(), other.customer.id.clone());
            intake.store.put_work(&work, until).await?;
            merging
        }
        Merging::Crowded => {
            tracing::warn!(customer.id = %first.customer.id, "an address of many accounts is no identity; they stay apart");
            merging
        }
        Merging::Erased | Merging::Lost => merging,
    })
}

/// A customer whom nobody knows yet. The id comes of the first alias and the moment.
fn newcomer(intake: &Intake, event: &Event, now: Time) -> Customer {
    let alias = event.person.aliases().first().map(|alias| intake.store.hash_key().alias(alias));
    Customer::new(CustomerId::derive(&alias.unwrap_or_default(), now), now)
}

/// The opt-out that a later explicit act of the person lifts. A complaint or a dead mailbox is not lifted by it.
async fn opt_out_to_lift(
    intake: &Intake,
    change: &retention::record::Change,
) -> Result<Option<Suppression>, StoreError> {
    let raised = change.proofs.iter().filter(|p| p.said == Said::Subscribed).filter_map(|p| p.act_at).max();
    let (Some(act), Some(email)) = (raised, &change.customer.email) else { return Ok(None) };
    let stands = intake.store.suppression(email).await?;
    Ok(stands.filter(|s| s.cause == Cause::OptOut && s.at < act))
}

/// Puts transactional sends on their queue at once. Only a hint: the index has them too.
async fn hint(intake: &Intake, decision: &Decision, now: Time) {
    let sends = decision.sends.iter().map(|new| &new.send).filter(|send| send.class == Class::Transactional);
    let keys: Vec<SendKey> = sends.map(|send| SendKey::new(send.customer.clone(), send.id.clone())).collect();
    if keys.is_empty() {
        return;
    }
    if let Err(error) = intake.queue.put(Class::Transactional, &keys, now).await {
        tracing::warn!(error = %error, "a hint was not taken; the next scan finds the send");
    }
}
