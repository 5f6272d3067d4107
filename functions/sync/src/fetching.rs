//! What a thin webhook named is fetched from the storefront and recorded, as if it had come whole.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::telemetry::Counts;
use retention::ids::SourceName;
use retention::shop::Source;
use sources::Fetched;
use storefront::{Fetch, adapter};

use crate::work::{AFTER_REFUSAL, unanswered};
use crate::{Sync, record};

/// Fetches one thing. Says after how long to try again, if it is not done.
pub(crate) async fn fetch(
    sync: &Sync,
    name: &SourceName,
    what: &Fetch,
    counts: &mut Counts,
) -> Result<Option<TimeDelta>, StoreError> {
    let known = sync.recorder.shop.source(name.as_str()).zip(sync.clients.get(name));
    let Some((source, client)) = known else {
        tracing::error!(source = %name, "no token: what its webhooks name cannot be fetched");
        counts.add("no_token", 1);
        return Ok(Some(AFTER_REFUSAL));
    };
    match client.fetch(what).await {
        Ok(fetched) => take(sync, source, what, &fetched, counts).await?,
        Err(error) => return Ok(Some(unanswered(source, &error, counts))),
    }
    Ok(None)
}

async fn take(
    sync: &Sync,
    source: &Source,
    what: &Fetch,
    fetched: &Fetched,
    counts: &mut Counts,
) -> Result<(), StoreError> {
    let now = sync.recorder.clock.now();
    let parsed = match fetched {
        Fetched::Found(body) => adapter::entity(source.kind, what.kind, body, &source.name, now),
        Fetched::Gone => Ok(adapter::gone(what, &source.name, now)),
    };
    match (parsed, fetched) {
        (Ok(parsed), _) => counts.add(record(&sync.recorder, &parsed).await?.name, 1),
        (Err(why), Fetched::Found(body)) => {
            tracing::error!(source = %source.name, why = %why, "a fetched body could not be read; it is kept for 14 days");
            let topic = format!("fetched/{}", what.kind.name());
            sync.recorder.store.quarantine(&source.name, &topic, &why.to_string(), body, now).await?;
            counts.add("quarantined", 1);
        }
        (Err(_), Fetched::Gone) => {}
    }
    Ok(())
}
