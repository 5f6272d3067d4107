//! Sends that are due: their keys go on a queue, lane by lane.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::queue::{HORIZON, SendKey};
use cloud::store::{Due, Written};
use cloud::telemetry::Counts;
use futures_util::future::join_all;
use retention::Time;
use retention::flow::Class;
use retention::pace::Pace;
use retention::send::Lane;

use crate::{PAGE, Scan, shards};

/// Marketing is dispatched only while less than this many seconds of the SES rate, and less than what today's quota still
/// holds, are on the queue.
const BUDGET_SECONDS: usize = 120;

/// What the first read of each shard of a lane brought.
pub(crate) struct FirstPages {
    lane: Lane,
    pages: Vec<(u16, Result<Vec<Due>, StoreError>)>,
}

/// Reads the first page of every shard of every lane, side by side: a run with nothing due is one round trip.
pub(crate) async fn first_pages(scan: &Scan) -> Vec<FirstPages> {
    let now = scan.clock.now();
    let of_lane = |lane: Lane| async move {
        let read = |shard| async move { (shard, scan.store.due(lane.name(), shard, now, PAGE, None).await) };
        FirstPages { lane, pages: join_all(shards(scan).map(read)).await }
    };
    join_all(Lane::ALL.map(of_lane)).await
}

/// How many marketing letters one run may put on the queue: one budget for its lanes together, since the depth that SQS
/// tells lags behind what a run has just put there. What does not fit waits where it is, the higher lanes before the lower.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    pace: Option<Pace>,
    left: Option<usize>,
}

impl Budget {
    /// Whether letters may leave at all; read when the first is due, not before.
    async fn rests(&mut self, scan: &Scan) -> Result<bool, StoreError> {
        let pace = match self.pace.take() {
            Some(pace) => pace,
            None => scan.store.pace().await?,
        };
        Ok(self.pace.insert(pace).rests(scan.clock.now()).is_some())
    }

    /// What is left. The queue's depth is read when the first marketing letter is due, not before.
    async fn left(&mut self, scan: &Scan, counts: &mut Counts) -> usize {
        if let Some(left) = self.left {
            return left;
        }
        let left = match (&self.pace, scan.queue.depth(Class::Marketing).await) {
            (Some(pace), Ok(depth)) => {
                let rate = pace.per_second() * BUDGET_SECONDS;
                let today = pace
                    .left_today(Class::Marketing)
                    .map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
                // Only whoever sends asks the account. Where nothing is left and that was long ago, one letter goes and asks: else
                // nothing but a confirmation would ever bring marketing back.
                let today = if pace.is_old(scan.clock.now()) { today.max(1) } else { today };
                if today <= depth {
                    counts.add("quota_used", 1);
                }
                rate.min(today).saturating_sub(depth)
            }
            (None, _) => 0,
            (_, Err(error)) => {
                tracing::error!(error = %error, "the queue's depth could not be read; marketing waits for the next run");
                counts.add("unread_queues", 1);
                0
            }
        };
        *self.left.insert(left)
    }
}

/// Dispatches what is due in one lane, all shards side by side, as far as the budget goes.
pub(crate) async fn lane(scan: &Scan, first: FirstPages, budget: &mut Budget, deadline: Time, counts: &mut Counts) {
    let FirstPages { lane, pages } = first;
    if pages.iter().all(|(_, page)| page.as_ref().is_ok_and(Vec::is_empty)) {
        return;
    }
    match budget.rests(scan).await {
        Ok(false) => {}
        // What is in doubt is settled without SES.
        Ok(true) if lane == Lane::Settle => {}
        Ok(true) => return counts.add("resting", 1),
        Err(error) => {
            tracing::error!(error = %error, "the pacing row could not be read; letters wait for the next run");
            return counts.add("unread_pace", 1);
        }
    }
    let unlimited = matches!(lane, Lane::Now | Lane::Settle);
    let left = AtomicUsize::new(if unlimited { usize::MAX } else { budget.left(scan, counts).await });
    let works = pages.into_iter().map(|(shard, page)| in_shard(scan, lane, shard, page, &left, deadline));
    for counted in join_all(works).await {
        counted.all().iter().for_each(|(name, count)| counts.add(name.as_str(), *count));
    }
    if !unlimited {
        budget.left = Some(left.into_inner());
    }
}

/// On which queue a lane goes. What is in doubt is in no hurry, and must not hold up a confirmation.
fn class_of(lane: Lane) -> Class {
    match lane {
        Lane::Now => Class::Transactional,
        Lane::High | Lane::Middle | Lane::Low | Lane::Settle => Class::Marketing,
    }
}

async fn in_shard(
    scan: &Scan,
    lane: Lane,
    shard: u16,
    first: Result<Vec<Due>, StoreError>,
    budget: &AtomicUsize,
    deadline: Time,
) -> Counts {
    let mut counts = Counts::default();
    let now = scan.clock.now();
    let mut read = first;
    loop {
        let mut page = match read {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(lane = lane.name(), shard, error = %error, "a shard of sends could not be read");
                counts.add("unread_shards", 1);
                return counts;
            }
        };
        let is_last = page.len() < PAGE;
        let allowed = take(budget, page.len());
        if allowed < page.len() {
            counts.add("over_budget", 1);
            page.truncate(allowed);
        }
        put(scan, lane, &page, &mut counts).await;
        if is_last || allowed < PAGE {
            return counts;
        }
        if scan.clock.now() >= deadline {
            counts.add("cut_short", 1);
            return counts;
        }
        read = scan.store.due(lane.name(), shard, now, PAGE, page.last()).await;
    }
}

/// Puts keys on the queue, then pushes their rows. In this order: a push that fails, or a death in between, puts a key
/// on the queue twice, which the row's state answers; the other way round a letter would wait for the horizon.
async fn put(scan: &Scan, lane: Lane, page: &[Due], counts: &mut Counts) {
    let keyed: Vec<(&Due, SendKey)> =
        page.iter().filter_map(|due| Some((due, SendKey::new(due.key.customer_id()?, due.key.send_id()?)))).collect();
    if keyed.is_empty() {
        return;
    }
    let keys: Vec<SendKey> = keyed.iter().map(|(_, key)| key.clone()).collect();
    let now = scan.clock.now();
    let taken = match scan.queue.put(class_of(lane), &keys, now).await {
        Ok(taken) => taken,
        Err(error) => {
            tracing::error!(lane = lane.name(), error = %error, "the queue took nothing; the next run tries again");
            counts.add("undispatched", keys.len() as u64);
            return;
        }
    };
    let until = now + TimeDelta::from_std(HORIZON).unwrap_or_default();
    let pushes = keyed.iter().zip(taken).filter(|(_, taken)| *taken).map(|((due, _), _)| async {
        match scan.store.push_send(due, until).await {
            // The row moved on since the index saw it: normal.
            Ok(Written::Done | Written::Moved) => {}
            Err(error) => tracing::warn!(error = %error, "a dispatched send was not pushed; it comes up once more"),
        }
    });
    counts.add("dispatched", join_all(pushes).await.len() as u64);
}

fn take(budget: &AtomicUsize, wanted: usize) -> usize {
    let mut taken = 0;
    let _ = budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        taken = left.min(wanted);
        Some(left - taken)
    });
    taken
}
