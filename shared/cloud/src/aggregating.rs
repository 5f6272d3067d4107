//! The aggregates of the day, out of all orders of the table: one walk over everybody, in one go.
//!
//! What is summed does not grow with the shop, and the walk holds one page at a time.

use retention::aggregates::Tally;
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
            let aggregates = tally.finish();
            store.set_aggregates(&aggregates).await?;
            return Ok(Aggregated::Stored { left_out: walk.unreadable() });
        }
        for history in &page {
            tally.add(&history.orders);
        }
    }
    Ok(Aggregated::OutOfTime)
}
