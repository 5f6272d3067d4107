//! The aggregates of the day, out of all orders of the table.

use cloud::Store;
use retention::aggregates::{Aggregates, Tally};
use retention::{Shop, Time};

use crate::failure::Failure;

/// Makes the aggregates of what was known at `until` and stores them.
pub async fn refresh(store: &Store, shop: &Shop, until: Time) -> Result<Aggregates, Failure> {
    let mut tally = Tally::until(shop, until);
    let mut walk = store.walk();
    loop {
        let page = walk.page().await?;
        if page.is_empty() {
            break;
        }
        for history in &page {
            tally.add(&history.orders);
        }
    }
    let aggregates = tally.finish();
    store.set_aggregates(&aggregates).await?;
    Ok(aggregates)
}
