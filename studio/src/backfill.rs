//! `regulars backfill`: what a storefront has of before, over its REST API. History triggers no letter about the past.

use cloud::recording::Recorder;
use cloud::store::Asking;
use retention::Time;
use retention::event::Entity;
use retention::fetch::FetchKind;
use retention::shop::Source;
use sources::{Client, Cursor, SourceError};
use storefront::{Parsed, adapter};
use sync::KINDS;

use crate::failure::Failure;

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
    // Beside that of the hourly questions. No name of a source has this sign.
    let row = format!("{}#backfill", source.name);
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
    let mut parsed = match adapter::entity(source.kind, kind, body, &source.name, now) {
        Ok(parsed) => parsed,
        Err(why) => {
            report.unreadable += 1;
            let topic = format!("listed/{}", kind.name());
            return recorder.store.quarantine(&source.name, &topic, &why.to_string(), body, now).await.map_err(failed);
        }
    };
    if let Parsed::Event(event) = &mut parsed
        && let Entity::Order(order) = &mut event.entity
    {
        order.history = Some(as_of);
    }
    if sync::record(recorder, &parsed).await.map_err(failed)?.is_new {
        report.recorded += 1;
    } else {
        report.known += 1;
    }
    Ok(())
}
