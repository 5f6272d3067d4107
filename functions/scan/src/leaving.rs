//! The shop has left a storefront: a walk over all people, as far as a run's time goes, from where the last one stopped.

use cloud::deciding::{self, Change};
use cloud::erasing;
use cloud::store::{Beside, History, Noted, Written};
use cloud::table::Key;
use cloud::StoreError;
use retention::ids::{CustomerId, SourceName};
use retention::leave::{Leave, leave as leaving};
use retention::Time;

use crate::Scan;

/// How many writes one person may take, before the rest is left to the next run.
const MAX_TRIES: usize = 50;

/// Goes on with the walk. Says whether it is through.
pub(crate) async fn leave(
    scan: &Scan,
    key: &Key,
    noted: &Noted,
    source: &SourceName,
    deadline: Time,
) -> Result<bool, StoreError> {
    let mut walk = match noted.behind.as_deref().and_then(CustomerId::parse) {
        Some(behind) => scan.store.walk_on(&behind),
        None => scan.store.walk(),
    };
    loop {
        let people = walk.page().await?;
        let through = people.is_empty();
        for person in people {
            if scan.clock.now() >= deadline || !forget(scan, person, source).await? {
                return Ok(false);
            }
        }
        if through {
            return Ok(true);
        }
        // Another ask begins the walk anew: somebody may have come behind it since.
        if let Some(behind) = walk.behind()
            && scan.store.note_walk(key, noted, behind.as_str()).await? == Written::Moved
        {
            return Ok(false);
        }
    }
}

/// Forgets of one person what came from the storefront. Says whether it is done.
async fn forget(scan: &Scan, mut person: History, source: &SourceName) -> Result<bool, StoreError> {
    for _ in 0..MAX_TRIES {
        let now = scan.clock.now();
        let id = person.customer.id.clone();
        match leaving(&person.customer, &person.orders, source) {
            Leave::Untouched => return Ok(true),
            Leave::Erase => return erasing::erase(&scan.store, &id, now).await,
            Leave::Forget { customer, orders } => {
                let Some(seen) = scan.store.customer(&id).await? else { return Ok(true) };
                let aggregates = scan.snapshot.get(&scan.store, now).await?;
                let beside = Beside { forgotten: &orders, ..Beside::default() };
                let change = Change { beside, ..Change::new(Some(&seen), &customer) };
                if seen.customer.version == person.customer.version {
                    deciding::commit(&scan.store, &scan.shop, &aggregates, &change, now).await?;
                }
            }
        }
        // Orders may be left, or somebody was first: read anew what there is.
        let Some(again) = scan.store.history(&id).await? else { return Ok(true) };
        person = again;
    }
    Ok(false)
}
