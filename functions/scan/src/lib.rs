//! Every minute: everything that is due, and nothing else.
//!
//! One sparse index holds what must be looked at next: customers whose moment has come, and sends that wait to leave.
//! The index gives candidates, the base rows give the truth. It is the outbox and the queue's source at once: a send's
//! key goes on SQS, then its row is pushed by a horizon, so that it comes up again by itself if every worker dies.

mod dispatch;
mod leaving;
mod look;
pub mod rules;
mod waiters;
mod work;

use std::sync::Arc;

use chrono::TimeDelta;
use cloud::snapshot::Snapshot;
use cloud::telemetry::Counts;
use cloud::{Clock, Queue, Store, StoreError};
use retention::{Shop, Time};

/// How long one run holds the lease without renewing it: a little less than the minute between two runs.
const LEASE: TimeDelta = TimeDelta::seconds(55);
/// How old the lease may be before it is renewed.
const RENEW: TimeDelta = TimeDelta::seconds(20);
/// How many keys one read of a shard brings.
pub(crate) const PAGE: usize = 100;

/// What the scan works with.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The shop.
    pub shop: Arc<Shop>,
    /// The table.
    pub store: Store,
    /// The aggregates of the day.
    pub snapshot: Snapshot,
    /// The queues.
    pub queue: Queue,
    /// The clock.
    pub clock: Clock,
}

/// What one run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// Another run holds the lease.
    Leased,
    /// The table was restored or copied, and nobody has released it.
    NotReleased,
    /// It worked; everything that was due is done, unless the time ran out.
    Done {
        /// Customers looked at.
        looked: u64,
        /// Sends created.
        created: u64,
        /// Sends put on a queue.
        dispatched: u64,
        /// Customers whose look failed; they come up again in an hour.
        failed: u64,
    },
}

/// Runs once, and stops cleanly when `deadline` comes by the clock. `owner` names the run, for its lease.
pub async fn handle(scan: &Scan, owner: &str, deadline: Time) -> Result<Ran, StoreError> {
    let mut counts = Counts::default();
    let ran = run(scan, owner, deadline, &mut counts).await?;
    counts.emit("scan", scan.clock.now());
    Ok(ran)
}

/// Likewise, and counts what it did.
pub async fn run(scan: &Scan, owner: &str, deadline: Time, counts: &mut Counts) -> Result<Ran, StoreError> {
    let mut leased_at = scan.clock.now();
    let Some(rules) = scan.store.lease_scan(owner, leased_at, LEASE).await? else { return Ok(Ran::Leased) };
    if !scan.store.is_released(leased_at).await? {
        tracing::error!("this table was restored or copied, and sends nothing: `regulars release` lets it");
        counts.add("not_released", 1);
        return Ok(Ran::NotReleased);
    }
    work::due(scan, deadline, counts).await;
    look::customers(scan, deadline, counts).await;
    let mut budget = dispatch::Budget::default();
    for first in dispatch::first_pages(scan).await {
        let now = scan.clock.now();
        if now - leased_at > RENEW {
            leased_at = now;
            if !scan.store.lease("scan", owner, now, LEASE).await? {
                counts.add("cut_short", 1);
                break;
            }
        }
        if now >= deadline {
            counts.add("cut_short", 1);
            break;
        }
        dispatch::lane(scan, first, &mut budget, deadline, counts).await;
    }
    rules::walk(scan, rules, deadline, counts).await;
    Ok(Ran::Done {
        looked: counts.get("looked"),
        created: counts.get("created"),
        dispatched: counts.get("dispatched"),
        failed: counts.get("failed"),
    })
}

/// All shards, from a start that moves on every minute, so that none is always the last when time runs out.
pub(crate) fn shards(scan: &Scan) -> impl Iterator<Item = u16> + use<> {
    let count = scan.store.shards();
    let minute = scan.clock.now().timestamp().div_euclid(60).rem_euclid(i64::from(count.max(1)));
    let start = u16::try_from(minute).unwrap_or_default();
    (0..count).map(move |n| (start + n) % count)
}
