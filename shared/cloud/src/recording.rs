//! What a storefront told becomes rows: find the person, record, decide, commit; again from the beginning if somebody was first.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use retention::consent::{Said, Statement};
use retention::control::{Cause, Suppression};
use retention::decide::Decision;
use retention::erase;
use retention::event::{Alias, Entity, Event, Person};
use retention::flow::Class;
use retention::ids::{CustomerId, ProductKey};
use retention::interest::Interest;
use retention::record::{Recorded, complete_cart, record};
use retention::{Customer, EmailAddress, Order, Shop, Time};
use tokio::time::Instant;

use crate::deciding::{self, Change};
use crate::merging::{self, Merging};
use crate::queue::SendKey;
use crate::snapshot::Snapshot;
use crate::store::{Address, Beside, Found, Known, Names, StoreError, Work, Written};
use crate::{Clock, Queue, Store};

/// What recording needs.
#[derive(Debug, Clone)]
pub struct Recorder {
    /// The shop.
    pub shop: Arc<Shop>,
    /// The table.
    pub store: Store,
    /// The aggregates of the day.
    pub snapshot: Snapshot,
    /// The queues: a transactional send is put there at once, as a hint.
    pub queue: Queue,
    /// The clock.
    pub clock: Clock,
}

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
    /// It tells of an order that has not arrived, and waits for it.
    Parked,
    /// It names nobody, and what it names is nobody's.
    Nobody,
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
            Outcome::Parked => "parked",
            Outcome::Nobody => "nobody",
            Outcome::Recorded(_) => "recorded",
        }
    }
}

/// Takes an event in.
pub async fn take_in(recorder: &Recorder, event: &Event) -> Result<Outcome, StoreError> {
    let begun = Instant::now();
    for turn in 0..MAX_TRIES {
        // What a try holds is large, and lies on the heap rather than in everything that waits for it.
        if let Some(outcome) = Box::pin(try_once(recorder, event)).await? {
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

async fn try_once(recorder: &Recorder, event: &Event) -> Result<Option<Outcome>, StoreError> {
    let now = recorder.clock.now();
    let mut found = recorder.store.find(&event.aliases()).await?;
    if let (Entity::AfterSale(order, what), None) = (&event.entity, &found.customer) {
        let parked = recorder.store.park(order, found.parked.as_ref(), what, now).await?;
        return Ok((parked == Written::Done).then_some(Outcome::Parked));
    }
    if found.customer.is_none() && event.person.aliases().is_empty() {
        return Ok(Some(Outcome::Nobody));
    }
    let mut seen = match &found.customer {
        Some(id) => recorder.store.customer(id).await?,
        None => None,
    };
    let erased = seen.take_if(|known| known.customer.erased_at.is_some());
    if let Some(at) = erased.as_ref().and_then(|known| known.customer.erased_at) {
        if erase::refuses(at, event) {
            return Ok(Some(Outcome::Erased));
        }
        // Somebody who came back: a new customer takes over the names that lead to the tombstone.
        found.unknown = event.aliases();
    }
    if let Some(first) = &seen
        && !others(recorder, first, &found.others, event, now).await?
    {
        return Ok(None);
    }
    let event = &as_heard(event, seen.as_ref(), &mut found);
    let before = match &seen {
        Some(known) => known.customer.clone(),
        None => newcomer(recorder, event, now),
    };
    let stored = match (&event.entity, &seen) {
        (Entity::Order(order), Some(known)) => recorder.store.order_of(&known.customer, &order.id).await?,
        (Entity::AfterSale(order, _), Some(known)) => recorder.store.order_of(&known.customer, order).await?,
        _ => None,
    };
    let event = &with_its_turns(recorder, event).await?;
    let event = &to_be_confirmed(&recorder.shop, event);
    let change = match record(&before, stored.as_ref(), event) {
        Recorded::Changed(change) => change,
        Recorded::Already if found.unknown.is_empty() || seen.is_none() => return Ok(Some(Outcome::Already)),
        Recorded::Older if found.unknown.is_empty() || seen.is_none() => return Ok(Some(Outcome::Older)),
        // Nothing new of the person but a name that leads here.
        Recorded::Already | Recorded::Older => Box::new(retention::record::Change::none(&before)),
    };
    let aggregates = recorder.snapshot.get(&recorder.store, now).await?;
    let lifted = opt_out_to_lift(&recorder.store, change.customer.email.as_ref(), &change.proofs).await?;
    let names = Names {
        aliases: &found.unknown,
        of_erased: found.customer.as_ref().filter(|_| erased.is_some()),
        parked: found.parked.as_ref().map(|parked| parked.revision),
    };
    let waits = match &event.entity {
        Entity::Interest(sign) => Some(sign.clone()).filter(Interest::waits),
        _ => None,
    };
    let beside = Beside {
        orders: change.order.as_slice(),
        carts: change.cart.as_slice(),
        proofs: &change.proofs,
        waits: waits.as_slice(),
        ..Beside::default()
    };
    let address = lifted.as_ref().map_or(Address::Unchanged, |lifted| Address::Lift(&lifted.0, lifted.1));
    let change = Change { names, beside, address, ..Change::new(seen.as_ref(), &change.customer) };
    let decision = deciding::commit(&recorder.store, &recorder.shop, &aggregates, &change, now).await?;
    let Some(decision) = decision else { return Ok(None) };
    hint(recorder, &decision, now).await;
    Ok(Some(Outcome::Recorded(Box::new(decision))))
}

/// An event as it is recorded: with what happened to its order before the order arrived, and without an account that is not
/// the one of whose the order is. An order stays with whom it was first recorded: what it says of another account later
/// names somebody else.
fn as_heard<'e>(event: &'e Event, seen: Option<&Known>, found: &mut Found) -> Cow<'e, Event> {
    let Entity::Order(order) = &event.entity else { return Cow::Borrowed(event) };
    let mut heard = Cow::Borrowed(event);
    if let Some(parked) = &found.parked {
        let mut whole = order.as_ref().clone();
        whole.after.join(&parked.after);
        heard.to_mut().entity = Entity::Order(Box::new(whole));
    }
    let known_order = !found.unknown.iter().any(|alias| matches!(alias, Alias::Order(_)));
    let person = &event.person;
    let ids = seen.iter().flat_map(|known| &known.customer.storefront_ids).filter(|id| id.source == person.source);
    let accounts: Vec<&str> = ids.map(|id| id.id.as_str()).collect();
    let stranger = person.id.as_deref().is_some_and(|id| !accounts.is_empty() && !accounts.contains(&id));
    if known_order && stranger {
        let heard = heard.to_mut();
        heard.person = Person::at(person.source.clone());
        // The consent on it is that account's too, and its own webhook brings it.
        heard.statements.clear();
        found.unknown.retain(|alias| matches!(alias, Alias::Cart(_)));
    }
    heard
}

/// An event with the yes of a person whom the shop asks to confirm it.
fn to_be_confirmed<'e>(shop: &Shop, event: &'e Event) -> Cow<'e, Event> {
    if !shop.double_opt_in || !event.statements.iter().any(Statement::is_to_be_confirmed) {
        return Cow::Borrowed(event);
    }
    let mut heard = event.clone();
    for statement in heard.statements.iter_mut().filter(|statement| statement.is_to_be_confirmed()) {
        statement.said = Said::Pending;
    }
    Cow::Owned(heard)
}

/// A sign of somebody who waits, with what turned of the product since: the sign may come late, when the others were told.
async fn with_its_turns<'e>(recorder: &Recorder, event: &'e Event) -> Result<Cow<'e, Event>, StoreError> {
    let Entity::Interest(sign) = &event.entity else { return Ok(Cow::Borrowed(event)) };
    let key = ProductKey::new(&sign.subject);
    if !sign.waits() {
        return Ok(Cow::Borrowed(event));
    }
    let listing = recorder.store.listing_of(&key).await?;
    let Some(turn) = listing.as_ref().and_then(|listing| listing.turn(&key)) else { return Ok(Cow::Borrowed(event)) };
    let mut known = event.clone();
    known.entity = Entity::Interest(turn.told(sign));
    Ok(Cow::Owned(known))
}

/// What an event means for other customers to whom its names lead as well. `false`: one of them, or the first, was written.
async fn others(
    recorder: &Recorder,
    first: &Known,
    others: &[CustomerId],
    event: &Event,
    now: Time,
) -> Result<bool, StoreError> {
    for other in others {
        let as_read = match &event.entity {
            Entity::Customer(_) | Entity::OnePerson => is_one(recorder, first, other, now).await? != Merging::Lost,
            Entity::Order(order) => cart_became(recorder, first, other, order, now).await?,
            _ => true,
        };
        if !as_read {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Somebody else's cart became this order: whose it was is not reminded of it. `false`: somebody was faster, and nothing is
/// written.
async fn cart_became(
    recorder: &Recorder,
    first: &Known,
    other: &CustomerId,
    order: &Order,
    now: Time,
) -> Result<bool, StoreError> {
    let Some(other) = recorder.store.customer(other).await? else { return Ok(true) };
    let Some(completed) = complete_cart(&other.customer, order) else { return Ok(true) };
    if other.customer.id == first.customer.id {
        return Ok(true);
    }
    let aggregates = recorder.snapshot.get(&recorder.store, now).await?;
    let change = Change::new(Some(&other), &completed);
    Ok(deciding::commit(&recorder.store, &recorder.shop, &aggregates, &change, now).await?.is_some())
}

/// An account's own names lead to two customers, so these are one person. Only an account says so: the address on an order
/// may be that of whom the parcel is for.
async fn is_one(recorder: &Recorder, first: &Known, other: &CustomerId, now: Time) -> Result<Merging, StoreError> {
    let Some(other) = recorder.store.customer(other).await? else { return Ok(Merging::One) };
    if other.customer.id == first.customer.id {
        return Ok(Merging::One);
    }
    let merging = merging::merge_two(&recorder.store, &recorder.shop, first, &other, now).await?;
    Ok(match merging {
        // What was read before the merge is no more.
        Merging::One => Merging::Lost,
        Merging::Waits(until) => {
            let work = Work::Merge(first.customer.id.clone(), other.customer.id.clone());
            recorder.store.put_work(&work, until).await?;
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
fn newcomer(recorder: &Recorder, event: &Event, now: Time) -> Customer {
    let alias = event.aliases().first().map(|alias| recorder.store.hash_key().alias(alias));
    Customer::new(CustomerId::derive(&alias.unwrap_or_default(), now), now)
}

/// The opt-out that a later explicit act of the person lifts, and the time of that act. A complaint or a dead mailbox is not
/// lifted by it.
pub async fn opt_out_to_lift(
    store: &Store,
    email: Option<&EmailAddress>,
    proofs: &[Statement],
) -> Result<Option<(Suppression, Time)>, StoreError> {
    let raised = proofs.iter().filter(|p| p.said == Said::Subscribed).filter_map(|p| p.act_at).max();
    let (Some(act), Some(email)) = (raised, email) else { return Ok(None) };
    let stands = store.suppression(email).await?;
    let opt_out = stands.and_then(|stands| stands.get(Cause::OptOut));
    Ok(opt_out.filter(|opt_out| opt_out.at < act).map(|opt_out| (opt_out, act)))
}

/// Puts transactional sends on their queue at once. Only a hint: the index has them too.
async fn hint(recorder: &Recorder, decision: &Decision, now: Time) {
    let sends = decision.sends.iter().map(|new| &new.send).filter(|send| send.class == Class::Transactional);
    let keys: Vec<SendKey> = sends.map(|send| SendKey::new(send.customer.clone(), send.id.clone())).collect();
    if keys.is_empty() {
        return;
    }
    if let Err(error) = recorder.queue.put(Class::Transactional, &keys, now).await {
        tracing::warn!(error = %error, "a hint was not taken; the next scan finds the send");
    }
}
