//! Rows of work: what could not be done when it came up.

use chrono::TimeDelta;
use cloud::erasing;
use cloud::merging::{Merging, merge_ids};
use cloud::store::{Due, StoreError, Work, Written};
use cloud::table::WORK;
use cloud::telemetry::Counts;
use retention::Time;

use crate::{PAGE, Scan, leaving, waiters};

/// How far work that failed is pushed, and work that lost a race or has to wait for a letter's end.
const AFTER_FAILURE: TimeDelta = TimeDelta::hours(1);
const AFTER_RACE: TimeDelta = TimeDelta::minutes(1);

/// How long walks over many people may take of one run: what is due comes behind them.
const PIECE: TimeDelta = TimeDelta::seconds(20);

/// Does one page of the work that is due; more of it waits for the next run.
pub(crate) async fn due(scan: &Scan, deadline: Time, counts: &mut Counts) {
    let page = match scan.store.due(WORK, 0, scan.clock.now(), PAGE, None).await {
        Ok(page) => page,
        Err(error) => {
            tracing::error!(error = %error, "the rows of work could not be read; the next run reads them");
            counts.add("unread_shards", 1);
            return;
        }
    };
    let piece = deadline.min(scan.clock.now() + PIECE);
    for due in &page {
        if scan.clock.now() >= deadline {
            counts.add("cut_short", 1);
            return;
        }
        let again = match work(scan, due, piece).await {
            Ok(None) => {
                counts.add("worked", 1);
                continue;
            }
            Ok(Some(again)) => again,
            Err(error) => {
                tracing::error!(work = due.key.pk, error = %error, "work could not be done; again in an hour");
                counts.add("failed", 1);
                scan.clock.now() + AFTER_FAILURE
            }
        };
        if let Err(error) = scan.store.push_work(due, again).await {
            tracing::error!(work = due.key.pk, error = %error, "nor could it be put aside");
        }
    }
}

/// Does one piece of work, or says when to try again.
async fn work(scan: &Scan, due: &Due, deadline: Time) -> Result<Option<Time>, StoreError> {
    let now = scan.clock.now();
    let Some(noted) = scan.store.noted(&due.key).await? else { return Ok(None) };
    match Work::parse(&due.key) {
        Some(Work::Merge(a, b)) => match merge_ids(&scan.store, &scan.shop, (&a, &b), now).await? {
            Merging::One | Merging::Crowded | Merging::Erased => {}
            Merging::Waits(until) => return Ok(Some(until)),
            Merging::Lost => return Ok(Some(now + AFTER_RACE)),
        },
        Some(Work::Erase(id)) => {
            if !erasing::erase(&scan.store, &id, now).await? {
                return Ok(Some(now + AFTER_RACE));
            }
        }
        Some(Work::Leave(source)) => {
            if !leaving::leave(scan, &due.key, &noted, &source, deadline).await? {
                return Ok(Some(now + AFTER_RACE));
            }
        }
        Some(Work::Waiters(product)) => {
            if !waiters::tell(scan, &due.key, &noted, &product, deadline).await? {
                return Ok(Some(now + AFTER_RACE));
            }
        }
        // Written by a newer version: it is left to that.
        Some(Work::Fetch(..) | Work::OptOut(_)) | None => {
            tracing::error!(work = due.key.pk, "work of no kind that is known here; again in an hour");
            return Ok(Some(now + AFTER_FAILURE));
        }
    }
    Ok(match scan.store.end_work(&due.key, &noted).await? {
        Written::Done => None,
        // It was asked for again meanwhile.
        Written::Moved => Some(now + AFTER_RACE),
    })
}
