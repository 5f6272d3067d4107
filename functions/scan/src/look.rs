//! Customers who are due: decide, and write the outcome.

use chrono::TimeDelta;
use cloud::deciding::{self, Change};
use cloud::store::{Address, Due, StoreError};
use cloud::table::LOOK;
use cloud::telemetry::Counts;
use futures_util::future::join_all;
use retention::Time;

use crate::{PAGE, Scan, shards};

/// How far a customer whose look failed is pushed. It never blocks its shard.
const AFTER_FAILURE: TimeDelta = TimeDelta::hours(1);

/// What one look came to.
enum Looked {
    /// Decided and written, with this many sends.
    Decided(usize),
    /// The index was behind, or somebody else was first: nothing to do now.
    Passed,
}

/// Looks at every customer who is due, all shards side by side.
pub(crate) async fn customers(scan: &Scan, deadline: Time, counts: &mut Counts) {
    for counted in join_all(shards(scan).map(|shard| in_shard(scan, shard, deadline))).await {
        counted.all().iter().for_each(|(name, count)| counts.add(name.as_str(), *count));
    }
}

async fn in_shard(scan: &Scan, shard: u16, deadline: Time) -> Counts {
    let mut counts = Counts::default();
    let now = scan.clock.now();
    let mut last: Option<Due> = None;
    loop {
        let page = match scan.store.due(LOOK, shard, now, PAGE, last.as_ref()).await {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(shard, error = %error, "a shard of customers could not be read; the next run reads it");
                counts.add("unread_shards", 1);
                return counts;
            }
        };
        for due in &page {
            if scan.clock.now() >= deadline {
                counts.add("cut_short", 1);
                return counts;
            }
            match look(scan, due).await {
                Ok(Looked::Decided(created)) => {
                    counts.add("looked", 1);
                    counts.add("created", created as u64);
                }
                Ok(Looked::Passed) => counts.add("passed", 1),
                Err(error) => put_aside(scan, due, &error, &mut counts).await,
            }
        }
        if page.len() < PAGE {
            return counts;
        }
        last = page.into_iter().next_back();
    }
}

async fn look(scan: &Scan, due: &Due) -> Result<Looked, StoreError> {
    let Some(id) = due.key.customer_id() else { return Ok(Looked::Passed) };
    let Some(known) = scan.store.customer(&id).await? else { return Ok(Looked::Passed) };
    let now = scan.clock.now();
    if known.armed.is_none_or(|at| at > now) {
        return Ok(Looked::Passed);
    }
    let aggregates = scan.snapshot.get(&scan.store, now).await?;
    let change = Change { look: true, ..Change::new(Some(&known), &known.customer) };
    let decision = deciding::commit(&scan.store, &scan.shop, &aggregates, &change, now).await?;
    Ok(decision.map_or(Looked::Passed, |decision| Looked::Decided(decision.sends.len())))
}

async fn put_aside(scan: &Scan, due: &Due, error: &StoreError, counts: &mut Counts) {
    let customer = due.key.customer_id().map(|id| id.to_string()).unwrap_or_default();
    tracing::error!(customer.id = customer, error = %error, "a customer could not be looked at; again in an hour");
    counts.add("failed", 1);
    if let Err(error) = scan.store.push_customer(due, scan.clock.now() + AFTER_FAILURE).await {
        tracing::error!(customer.id = customer, error = %error, "nor could it be put aside");
    }
}
