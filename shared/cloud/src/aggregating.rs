//! The aggregates of the day, out of all orders of the table: one walk over everybody, in one go.
//!
//! What is summed does not grow with the shop, and the walk holds one page at a time.

use std::collections::BTreeSet;

use retention::aggregates::{Aggregates, Tally};
use retention::ids::ProductKey;
use retention::{Shop, Time};

use crate::store::{Store, StoreError};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregated {
    /// They are stored.
    Stored {
        /// How many people were left out, because a row of theirs cannot be read.
        left_out: u64,
    },
    /// The time ran out before everybody was read. Nothing is stored: those of before hold on.
    OutOfTime,
}

/// Makes the aggregates of what was known at `until` and stores them. Before each page it asks whether there is time.
pub async fn refresh(
    store: &Store,
    shop: &Shop,
    until: Time,
    is_time: impl Fn() -> bool,
) -> Result<Aggregated, StoreError> {
    let mut tally = Tally::until(shop, until);
    let mut walk = store.walk().leaving_out_unreadable();
    while is_time() {
        let page = walk.page().await?;
        if page.is_empty() {
            let mut aggregates = tally.finish();
            aggregates.sold_out = sold_out(store, &aggregates).await?;
            store.set_aggregates(&aggregates).await?;
            return Ok(Aggregated::Stored { left_out: walk.unreadable() });
        }
        for history in &page {
            tally.add(&history.orders);
        }
    }
    Ok(Aggregated::OutOfTime)
}

/// What may be suggested and is not there today. Of a product that no storefront has told of, nobody knows better.
async fn sold_out(store: &Store, aggregates: &Aggregates) -> Result<BTreeSet<ProductKey>, StoreError> {
    let mut sold_out = BTreeSet::new();
    for product in aggregates.suggested() {
        let Some(listing) = store.listing_of(product).await? else { continue };
        let variant = listing.product.variants.iter().find(|variant| variant.key == *product);
        let is_there = !listing.product.gone && variant.is_none_or(|variant| variant.available);
        if !is_there {
            sold_out.insert(product.clone());
        }
    }
    Ok(sold_out)
}
