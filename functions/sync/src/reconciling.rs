//! Once an hour each storefront is asked what changed since it was last asked: what no webhook brought is recorded.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::store::Asking;
use cloud::telemetry::Counts;
use retention::Time;
use retention::event::{Entity, Event};
use retention::fetch::FetchKind;
use retention::shop::Source;
use sources::{Client, Cursor, Page, SourceError};
use storefront::{Parsed, adapter};

use crate::work::unanswered;
use crate::{KINDS, Sync, record};

/// How long after one pass the next begins.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// What is younger has its webhook still on the way: the next pass looks at it.
const TOO_YOUNG: TimeDelta = TimeDelta::minutes(15);

/// Goes on with every source that can be asked, as far as the time goes.
pub(crate) async fn sources(sync: &Sync, deadline: Time, counts: &mut Counts) {
    for source in &sync.recorder.shop.sources {
        let Some(client) = sync.clients.get(&source.name) else { continue };
        if let Err(error) = pass(sync, source, client, deadline, counts).await {
            tracing::error!(source = %source.name, error = %error, "what a storefront answered could not be recorded");
            counts.add("failed", 1);
        }
    }
}

async fn pass(
    sync: &Sync,
    source: &Source,
    client: &Client,
    deadline: Time,
    counts: &mut Counts,
) -> Result<(), StoreError> {
    let (store, now) = (&sync.recorder.store, sync.recorder.clock.now());
    let Some(mut asking) = store.asking(source.name.as_str()).await? else {
        // From now on. What was before is `regulars backfill`.
        return store.set_asking(source.name.as_str(), &Asking::from(now)).await;
    };
    if asking.not_before > now {
        return Ok(());
    }
    if asking.begun_at.is_none() {
        (asking.begun_at, asking.kind, asking.cursor) = (Some(now), 0, None);
    }
    while let Some(kind) = KINDS.get(asking.kind).copied() {
        if sync.recorder.clock.now() >= deadline {
            counts.add("cut_short", 1);
            return store.set_asking(source.name.as_str(), &asking).await;
        }
        let cursor = asking.cursor.as_deref().and_then(|raw| Cursor::parse(raw).ok());
        let page = client.page(kind, Some(asking.since - TOO_YOUNG), cursor.as_ref()).await;
        let next = match page {
            Ok(page) => take(sync, source, kind, &page, counts).await?,
            // This storefront has no list of these.
            Err(SourceError::NotOffered { .. }) => None,
            Err(error) => {
                asking.not_before = now + unanswered(source, &error, counts);
                return store.set_asking(source.name.as_str(), &asking).await;
            }
        };
        asking.kind += usize::from(next.is_none());
        asking.cursor = next;
        // After each page, so that a run that ends here goes on there.
        store.set_asking(source.name.as_str(), &asking).await?;
    }
    let begun = asking.begun_at.unwrap_or(now);
    store.set_asking(source.name.as_str(), &Asking { not_before: begun + EVERY, ..Asking::from(begun) }).await
}

/// Records what is new in a page, and says where the list goes on.
async fn take(
    sync: &Sync,
    source: &Source,
    kind: FetchKind,
    page: &Page,
    counts: &mut Counts,
) -> Result<Option<String>, StoreError> {
    let now = sync.recorder.clock.now();
    for body in &page.bodies {
        match adapter::entity(source.kind, kind, body, &source.name, now) {
            Ok(parsed) if changed_at(&parsed).is_some_and(|at| at > now - TOO_YOUNG) => counts.add("too_young", 1),
            Ok(parsed) if record(&sync.recorder, &parsed).await?.is_new => {
                tracing::warn!(source = %source.name, kind = kind.name(), "no webhook had brought this");
                counts.add("missed", 1);
            }
            Ok(_) => counts.add("known", 1),
            Err(why) => {
                tracing::error!(source = %source.name, why = %why, "a listed body could not be read; it is kept for 14 days");
                let topic = format!("listed/{}", kind.name());
                sync.recorder.store.quarantine(&source.name, &topic, &why.to_string(), body, now).await?;
                counts.add("quarantined", 1);
            }
        }
    }
    Ok(page.next.as_ref().map(|cursor| cursor.as_str().to_owned()))
}

/// When an entity last changed, by its own stamp.
fn changed_at(parsed: &Parsed) -> Option<Time> {
    match parsed {
        Parsed::Event(event) => match event.as_ref() {
            Event { entity: Entity::Order(order), .. } => Some(order.stamp.at),
            Event { entity: Entity::Customer(stamp), .. } => Some(stamp.at),
            _ => None,
        },
        Parsed::Product(product) => Some(product.stamp.at),
        _ => None,
    }
}
