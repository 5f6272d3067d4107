//! Something turned for the better of a product: everybody who waits for it is told, as far as a run's time goes, from where
//! the last one stopped.

use cloud::StoreError;
use cloud::deciding::{self, Change};
use cloud::store::{Noted, Waiter, Written};
use cloud::table::Key;
use retention::Time;
use retention::ids::{CustomerId, ProductId, ProductKey};
use retention::listing::{NEWS, Turn};

use crate::Scan;

/// How many of those who wait are read at once.
const PAGE: i32 = 100;
/// How often a lost race is run again, before the rest is left to the next run.
const MAX_TRIES: usize = 5;

/// Goes on with those who wait for what turned of a product. Says whether all of them know.
pub(crate) async fn tell(
    scan: &Scan,
    work: &Key,
    noted: &Noted,
    product: &ProductId,
    deadline: Time,
) -> Result<bool, StoreError> {
    let Some(listing) = scan.store.listing(product).await? else { return Ok(true) };
    let place = noted.behind.as_deref().and_then(read_place);
    let through = |key: &ProductKey| place.as_ref().is_some_and(|(_, at)| at > key);
    let mut turns: Vec<&Turn> =
        listing.turned_since(scan.clock.now() - NEWS).filter(|turn| !through(&turn.key)).collect();
    turns.sort_by(|a, b| a.key.cmp(&b.key));
    for turn in turns {
        let mut behind = place.as_ref().filter(|(_, key)| key == &turn.key).map(|(id, _)| id.clone());
        loop {
            let waiters = scan.store.waiting_for(&turn.key, behind.as_ref(), PAGE).await?;
            let Some(last) = waiters.last() else { break };
            behind = Some(last.customer.clone());
            for waiter in &waiters {
                if scan.clock.now() >= deadline || !tell_one(scan, turn, waiter).await? {
                    return Ok(false);
                }
            }
            // It turned again meanwhile: another run begins anew.
            let place = place_of(&last.customer, &turn.key);
            if scan.store.note_walk(work, noted, &place).await? == Written::Moved {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Tells one of them. Says whether they know, or wait no more.
async fn tell_one(scan: &Scan, turn: &Turn, waiter: &Waiter) -> Result<bool, StoreError> {
    for _ in 0..MAX_TRIES {
        let now = scan.clock.now();
        let known = scan.store.customer(&waiter.customer).await?;
        let Some(seen) = known.filter(|seen| seen.customer.interests.iter().any(|sign| sign.waits_for(&turn.key)))
        else {
            // Bought, taken back, or gone. Who waits anew meanwhile waits since later.
            scan.store.wait_no_more(&turn.key, waiter).await?;
            return Ok(true);
        };
        let Some(told) = turn.tell(&seen.customer) else { return Ok(true) };
        let aggregates = scan.snapshot.get(&scan.store, now).await?;
        let change = Change::new(Some(&seen), &told);
        if deciding::commit(&scan.store, &scan.shop, &aggregates, &change, now).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How far a walk has come: the last person of a waiting list, and whose list it is.
fn place_of(customer: &CustomerId, key: &ProductKey) -> String {
    format!("{customer} {key}")
}

fn read_place(place: &str) -> Option<(CustomerId, ProductKey)> {
    let (customer, key) = place.split_once(' ')?;
    Some((CustomerId::parse(customer)?, ProductKey::new(key)))
}
