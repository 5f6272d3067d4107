//! Rows of work that ask or tell a storefront something.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::store::{Due, Work, Written};
use cloud::table::FETCH;
use cloud::telemetry::Counts;
use retention::Time;
use retention::shop::Source;
use sources::SourceError;

use crate::{Sync, fetching, telling};

/// How many rows are read from the index at once.
const PAGE: usize = 100;
/// When a storefront that did not answer is asked again, where it does not say so itself.
const AFTER_SILENCE: TimeDelta = TimeDelta::minutes(5);
/// When what needs somebody's hand is tried again: a token that is not valid, an answer of another shape.
pub(crate) const AFTER_REFUSAL: TimeDelta = TimeDelta::hours(1);
/// When what was asked for meanwhile is done again.
const AFTER_RACE: TimeDelta = TimeDelta::seconds(1);

/// Does what is due, page by page; what is left when the time runs out waits for the next run.
pub(crate) async fn due(sync: &Sync, deadline: Time, counts: &mut Counts) {
    let store = &sync.recorder.store;
    // What comes up meanwhile is the next run's: this one ends.
    let begun = sync.recorder.clock.now();
    let mut behind: Option<Due> = None;
    loop {
        let page = match store.due(FETCH, 0, begun, PAGE, behind.as_ref()).await {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(error = %error, "what is to be fetched could not be read; the next run reads it");
                return counts.add("unread_shards", 1);
            }
        };
        for due in &page {
            if sync.recorder.clock.now() >= deadline {
                return counts.add("cut_short", 1);
            }
            one(sync, due, counts).await;
        }
        let more = page.len() == PAGE;
        behind = page.into_iter().last();
        if !more {
            return;
        }
    }
}

/// Does one piece of work, or pushes it ahead.
async fn one(sync: &Sync, due: &Due, counts: &mut Counts) {
    let again = match work(sync, due, counts).await {
        Ok(None) => return,
        Ok(Some(after)) => after,
        Err(error) => {
            tracing::error!(work = due.key.sk, error = %error, "what a storefront said could not be recorded");
            counts.add("failed", 1);
            AFTER_SILENCE
        }
    };
    if let Err(error) = sync.recorder.store.push_work(due, sync.recorder.clock.now() + again).await {
        tracing::error!(work = due.key.sk, error = %error, "nor could it be put aside");
    }
}

/// Says after how long to try again, if it is not done.
async fn work(sync: &Sync, due: &Due, counts: &mut Counts) -> Result<Option<TimeDelta>, StoreError> {
    let store = &sync.recorder.store;
    let Some(noted) = store.noted(&due.key).await? else { return Ok(None) };
    let again = match Work::parse(&due.key) {
        Some(Work::Fetch(name, what)) => fetching::fetch(sync, &name, &what, counts).await?,
        Some(Work::OptOut(id)) => telling::opt_out(sync, &id, counts).await?,
        _ => {
            tracing::error!(work = due.key.sk, "work of no kind that is known here; again in an hour");
            Some(AFTER_REFUSAL)
        }
    };
    if again.is_some() {
        return Ok(again);
    }
    Ok(match store.end_work(&due.key, &noted).await? {
        Written::Done => None,
        // It was named again meanwhile: what was fetched may be older than that.
        Written::Moved => Some(AFTER_RACE),
    })
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
