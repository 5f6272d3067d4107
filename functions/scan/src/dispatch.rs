//! Sends that are due: their keys go on a queue, lane by lane.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use cloud::queue::{HORIZON, SendKey};
use cloud::store::{Due, Written};
use cloud::telemetry::Counts;
use futures_util::future::join_all;
use retention::Time;
use retention::flow::Class;
use retention::send::Lane;

use crate::{PAGE, Scan, shards};

/// Marketing is dispatched only while less than this many seconds of the SES rate are on the queue.
const BUDGET_SECONDS: usize = 120;

/// Dispatches what is due in one lane, all shards side by side, as far as the budget goes.
pub(crate) async fn lane(scan: &Scan, lane: Lane, deadline: Time, counts: &mut Counts) {
    let class = class_of(lane);
    let budget = AtomicUsize::new(match lane {
        Lane::Now | Lane::Settle => usize::MAX,
        _ => match scan.queue.depth(class).await {
            Ok(depth) => (scan.ses_rate as usize * BUDGET_SECONDS).saturating_sub(depth),
            Err(error) => {
                tracing::error!(error = %error, "the queue's depth could not be read; marketing waits for the next run");
                counts.add("unread_queues", 1);
                return;
            }
        },
    });
    let budget = &budget;
    for counted in join_all(shards(scan).map(|shard| in_shard(scan, lane, shard, budget, deadline))).await {
        counted.all().iter().for_each(|(name, count)| counts.add(name.as_str(), *count));
    }
}

/// On which queue a lane goes. What is in doubt is in no hurry, and must not hold up a confirmation.
fn class_of(lane: Lane) -> Class {
    match lane {
        Lane::Now => Class::Transactional,
        Lane::High | Lane::Middle | Lane::Low | Lane::Settle => Class::Marketing,
    }
}

async fn in_shard(scan: &Scan, lane: Lane, shard: u16, budget: &AtomicUsize, deadline: Time) -> Counts {
    let mut counts = Counts::default();
    let now = scan.clock.now();
    let mut last: Option<Due> = None;
    while scan.clock.now() < deadline {
        let wanted = take(budget, PAGE);
        if wanted == 0 {
            counts.add("over_budget", 1);
            return counts;
        }
        let page = match scan.store.due(lane.name(), shard, now, wanted, last.as_ref()).await {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(lane = lane.name(), shard, error = %error, "a shard of sends could not be read");
                counts.add("unread_shards", 1);
                return counts;
            }
        };
        give_back(budget, wanted - page.len());
        put(scan, lane, &page, &mut counts).await;
        if page.len() < wanted {
            return counts;
        }
        last = page.into_iter().next_back();
    }
    counts.add("cut_short", 1);
    counts
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

fn give_back(budget: &AtomicUsize, unused: usize) {
    budget.fetch_add(unused, Ordering::Relaxed);
}
