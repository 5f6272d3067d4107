//! What a thin webhook named is fetched from the storefront and recorded, as if it had come whole.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::store::{Due, Work, Written};
use cloud::table::FETCH;
use cloud::telemetry::Counts;
use retention::Time;
use retention::shop::Source;
use sources::{Fetched, SourceError};
use storefront::{Fetch, adapter};

use crate::{Sync, record};

/// How many fetches one run reads from the index.
const PAGE: usize = 100;
/// When a storefront that did not answer is asked again, where it does not say so itself.
const AFTER_SILENCE: TimeDelta = TimeDelta::minutes(5);
/// When what needs somebody's hand is tried again: a token that is not valid, an answer of another shape.
const AFTER_REFUSAL: TimeDelta = TimeDelta::hours(1);
/// When what was asked for meanwhile is fetched again.
const AFTER_RACE: TimeDelta = TimeDelta::seconds(1);

/// Fetches what is due; what is left when the time runs out waits for the next run.
pub(crate) async fn due(sync: &Sync, deadline: Time, counts: &mut Counts) {
    let store = &sync.recorder.store;
    let page = match store.due(FETCH, 0, sync.recorder.clock.now(), PAGE, None).await {
        Ok(page) => page,
        Err(error) => {
            tracing::error!(error = %error, "what is to be fetched could not be read; the next run reads it");
            return counts.add("unread_shards", 1);
        }
    };
    for due in &page {
        let now = sync.recorder.clock.now();
        if now >= deadline {
            return counts.add("cut_short", 1);
        }
        let again = match fetch(sync, due, counts).await {
            Ok(None) => continue,
            Ok(Some(after)) => now + after,
            Err(error) => {
                tracing::error!(work = due.key.sk, error = %error, "what was fetched could not be recorded");
                counts.add("failed", 1);
                now + AFTER_SILENCE
            }
        };
        if let Err(error) = store.push_work(due, again).await {
            tracing::error!(work = due.key.sk, error = %error, "nor could it be put aside");
        }
    }
}

/// Fetches one thing. Says after how long to try again, if it is not done.
async fn fetch(sync: &Sync, due: &Due, counts: &mut Counts) -> Result<Option<TimeDelta>, StoreError> {
    let store = &sync.recorder.store;
    let Some(noted) = store.noted(&due.key).await? else { return Ok(None) };
    let Some(Work::Fetch(name, what)) = Work::parse(&due.key) else {
        tracing::error!(work = due.key.sk, "work of no kind that is known here");
        return Ok(Some(AFTER_REFUSAL));
    };
    let known = sync.recorder.shop.source(name.as_str()).zip(sync.clients.get(&name));
    let Some((source, client)) = known else {
        tracing::error!(source = %name, "no token: what its webhooks name cannot be fetched");
        counts.add("no_token", 1);
        return Ok(Some(AFTER_REFUSAL));
    };
    match client.fetch(&what).await {
        Ok(fetched) => take(sync, source, &what, &fetched, counts).await?,
        Err(error) => return Ok(Some(unanswered(source, &error, counts))),
    }
    Ok(match store.end_work(&due.key, &noted).await? {
        Written::Done => None,
        // It was named again meanwhile: what was fetched may be older than that.
        Written::Moved => Some(AFTER_RACE),
    })
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
        (Ok(parsed), _) => counts.add(record(&sync.recorder, &parsed).await?, 1),
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

/// Notes that a storefront did not answer, and says when to ask again.
pub(crate) fn unanswered(source: &Source, error: &SourceError, counts: &mut Counts) -> TimeDelta {
    tracing::error!(source = %source.name, error = %error, "a storefront did not answer");
    counts.add("unanswered", 1);
    match error {
        SourceError::Busy { after_seconds: Some(seconds), .. } => {
            TimeDelta::seconds(i64::try_from(*seconds).unwrap_or(i64::MAX).clamp(1, AFTER_REFUSAL.num_seconds()))
        }
        error if error.again() => AFTER_SILENCE,
        _ => AFTER_REFUSAL,
    }
}
