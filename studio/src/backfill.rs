//! `regulars backfill`: what a storefront has of before, over its REST API. History triggers no letter about the past.

use cloud::recording::{Outcome, Recorder, take_in};
use cloud::store::{Asking, Written};
use retention::Time;
use retention::event::Entity;
use retention::fetch::FetchKind;
use retention::ids::SourceName;
use retention::shop::Source;
use sources::{Client, Cursor, SourceError};
use storefront::{Parsed, adapter};

use crate::failure::Failure;

/// What is asked for, in this order: an order finds its customer known.
const KINDS: [FetchKind; 3] = [FetchKind::Customer, FetchKind::Order, FetchKind::Product];

/// What a backfill came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Entities that were new or newer.
    pub recorded: u64,
    /// Entities that were known.
    pub known: u64,
    /// Entities that could not be read; they are kept like webhooks that cannot be.
    pub unreadable: u64,
}

/// Reads everything that a storefront has. A run that was broken off goes on where it was, with the moment at which it was
/// begun as the moment of the import. `says` is told how far it is after each page.
pub async fn backfill(
    recorder: &Recorder,
    source: &Source,
    client: &Client,
    mut says: impl FnMut(FetchKind, Report),
) -> Result<Report, Failure> {
    let failed = |e: cloud::StoreError| Failure::new(e.to_string());
    let row = row(&source.name)?;
    let begun = Asking { begun_at: Some(recorder.clock.now()), ..Asking::from(recorder.clock.now()) };
    let mut asking =
        recorder.store.asking(&row).await.map_err(failed)?.filter(|a| a.begun_at.is_some()).unwrap_or(begun);
    let as_of = asking.begun_at.unwrap_or(asking.since);
    let mut report = Report::default();
    while let Some(kind) = KINDS.get(asking.kind).copied() {
        let cursor = asking.cursor.as_deref().and_then(|raw| Cursor::parse(raw).ok());
        let next = match client.page(kind, None, cursor.as_ref()).await {
            Ok(page) => {
                for body in &page.bodies {
                    take(recorder, source, kind, body, as_of, &mut report).await?;
                }
                says(kind, report);
                page.next.map(|cursor| cursor.as_str().to_owned())
            }
            Err(SourceError::NotOffered { .. }) => None,
            Err(error) => return Err(Failure::new(format!("{error}; run it again, and it goes on from here"))),
        };
        asking.kind += usize::from(next.is_none());
        asking.cursor = next;
        recorder.store.set_asking(&row, &asking).await.map_err(failed)?;
    }
    recorder.store.set_asking(&row, &Asking::from(recorder.clock.now())).await.map_err(failed)?;
    Ok(report)
}

/// The row of a backfill, beside that of the hourly questions.
fn row(source: &SourceName) -> Result<SourceName, Failure> {
    // A name has 40 signs at most, and this one is never shown.
    let name: String = format!("backfill-{source}").chars().take(40).collect();
    SourceName::parse(&name).map_err(|e| Failure::new(e.to_string()))
}

async fn take(
    recorder: &Recorder,
    source: &Source,
    kind: FetchKind,
    body: &[u8],
    as_of: Time,
    report: &mut Report,
) -> Result<(), Failure> {
    let failed = |e: cloud::StoreError| Failure::new(e.to_string());
    let now = recorder.clock.now();
    let new = match adapter::entity(source.kind, kind, body, &source.name, now) {
        Ok(Parsed::Event(mut event)) => {
            if let Entity::Order(order) = &mut event.entity {
                order.history = Some(as_of);
            }
            matches!(take_in(recorder, &event).await.map_err(failed)?, Outcome::Recorded(_))
        }
        Ok(Parsed::Product(product)) => recorder.store.put_product(&product).await.map_err(failed)? == Written::Done,
        Ok(_) => false,
        Err(why) => {
            report.unreadable += 1;
            let topic = format!("listed/{}", kind.name());
            return recorder.store.quarantine(&source.name, &topic, &why.to_string(), body, now).await.map_err(failed);
        }
    };
    if new {
        report.recorded += 1;
    } else {
        report.known += 1;
    }
    Ok(())
}
