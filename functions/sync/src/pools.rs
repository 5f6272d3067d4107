//! Codes that are made at a storefront: of each offer that says so, enough lie ready. Never during a send.
//!
//! A code is derived from the offer, its lot and a number, with the shop's key. So the same codes are asked for again when an
//! answer was lost, and what is there already is no second one.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::store::Made;
use cloud::telemetry::Counts;
use retention::Time;
use retention::ids::{Lot, OfferName};
use retention::shop::{Created, Offer, Supply};
use sources::{Client, MAX_CODES, Terms};

use crate::work::{AFTER_REFUSAL, unanswered};
use crate::{Codes, Sync};

/// How long after a pool was found full enough it is looked at again.
const EVERY: TimeDelta = TimeDelta::minutes(10);

/// An offer whose codes are made.
struct Pool<'a> {
    name: &'a OfferName,
    offer: &'a Offer,
    created: &'a Created,
    lot: Lot,
}

/// Who makes its codes.
enum Maker<'a> {
    Storefront(&'a Client, Terms),
    Nobody,
}

/// Fills every pool that is less than half full, as far as the time goes.
pub(crate) async fn fill(sync: &Sync, deadline: Time, counts: &mut Counts) {
    for (name, offer) in &sync.recorder.shop.offers {
        let (Supply::Created(created), Some(lot)) = (&offer.supply, offer.lot()) else { continue };
        let pool = Pool { name, offer, created, lot };
        if let Err(error) = one(sync, &pool, deadline, counts).await {
            tracing::error!(offer = %name, error = %error, "a pool of codes could not be filled");
            counts.add("failed", 1);
        }
    }
}

async fn one(sync: &Sync, pool: &Pool<'_>, deadline: Time, counts: &mut Counts) -> Result<(), StoreError> {
    let (store, now) = (&sync.recorder.store, sync.recorder.clock.now());
    let mut made = store.made(pool.name, &pool.lot).await?.unwrap_or(Made { count: 0, not_before: now });
    if made.not_before > now {
        return Ok(());
    }
    let keep = u64::from(pool.created.keep);
    let mut free = store.count_free(pool.name, &pool.lot, keep).await?;
    if free * 2 >= keep {
        return store.set_made(pool.name, &pool.lot, &Made { not_before: now + EVERY, ..made }).await;
    }
    let Some(maker) = maker(sync, pool).await? else {
        counts.add("codes_not_made", 1);
        return store.set_made(pool.name, &pool.lot, &Made { not_before: now + AFTER_REFUSAL, ..made }).await;
    };
    while free < keep {
        if sync.recorder.clock.now() >= deadline {
            counts.add("cut_short", 1);
            return Ok(());
        }
        let codes: Vec<String> =
            (made.count..).take(MAX_CODES.min(to_usize(keep - free))).map(|number| code(sync, pool, number)).collect();
        let first = code(sync, pool, 0);
        let asked = match &maker {
            Maker::Storefront(client, terms) => client.make_codes(terms, &first, &codes, now).await,
            Maker::Nobody => Ok(()),
        };
        if let Err(error) = asked {
            let source = sync.recorder.shop.source(pool.created.source.as_str());
            let pause = source.map_or(AFTER_REFUSAL, |source| unanswered(source, &error, counts));
            return store.set_made(pool.name, &pool.lot, &Made { not_before: now + pause, ..made }).await;
        }
        let added = store.add_codes(pool.name, &pool.lot, &codes, now).await?;
        // Only then: a run that ends before asks for the same codes again.
        made = Made { count: made.count + codes.len() as u64, not_before: now };
        store.set_made(pool.name, &pool.lot, &made).await?;
        counts.add("codes_made", added);
        free += codes.len() as u64;
    }
    Ok(())
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn code(sync: &Sync, pool: &Pool<'_>, number: u64) -> String {
    format!("{}-{}", pool.created.prefix, sync.recorder.store.hash_key().code(pool.name, &pool.lot, number))
}

/// Who makes the codes, and of what worth. None: the storefront cannot be asked, or has not told of one of the products.
async fn maker<'s>(sync: &'s Sync, pool: &Pool<'_>) -> Result<Option<Maker<'s>>, StoreError> {
    if sync.codes == Codes::Here {
        return Ok(Some(Maker::Nobody));
    }
    let Some(client) = sync.clients.get(&pool.created.source) else {
        tracing::error!(offer = %pool.name, source = %pool.created.source, "no codes are made: the source has no token");
        return Ok(None);
    };
    let mut products = Vec::with_capacity(pool.offer.products.len());
    for key in &pool.offer.products {
        let listing = sync.recorder.store.listing_of(key).await?.filter(|listing| !listing.product.gone);
        let Some(listing) = listing.filter(|listing| listing.product.id.is_of(&pool.created.source)) else {
            tracing::error!(offer = %pool.name, product = %key, source = %pool.created.source,
                "an offer is for a product that this storefront has not told of: no codes are made for it");
            return Ok(None);
        };
        products.push(listing.product.id.own().to_owned());
    }
    products.sort();
    // Two variants of one product.
    products.dedup();
    let terms = Terms {
        title: format!("Regulars: {}", pool.name),
        gives: pool.offer.gives,
        currency: sync.recorder.shop.currency,
        minimum_minor: pool.offer.minimum_minor,
        products,
    };
    Ok(Some(Maker::Storefront(client, terms)))
}
