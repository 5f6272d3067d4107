//! Two stored profiles become one: at once when an event shows it, or by a row of work when a letter is in the way.

use retention::ids::CustomerId;
use retention::merge::{Merge, in_order, merge};
use retention::{Shop, Time};

use crate::deciding;
use crate::store::{Known, Store, StoreError, Written};

/// What came of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merging {
    /// There is one profile now, or there was already.
    One,
    /// A letter to one of them is being submitted: again at this time.
    Waits(Time),
    /// An address shared by so many accounts is no identity. They stay two.
    Crowded,
    /// One of them was erased. There is nothing to merge.
    Erased,
    /// Somebody wrote one of them meanwhile: read again.
    Lost,
}

/// Merges two profiles. The one that the shop knew first stays.
pub async fn merge_two(store: &Store, shop: &Shop, a: &Known, b: &Known, now: Time) -> Result<Merging, StoreError> {
    if a.customer.id == b.customer.id {
        return Ok(Merging::One);
    }
    let (first, _) = in_order(&a.customer, &b.customer);
    let (kept, gone) = if first.id == a.customer.id { (a, b) } else { (b, a) };
    let kept_holder = deciding::holder(store, &kept.customer).await?;
    let gone_holder = deciding::holder(store, &gone.customer).await?;
    let (one, other) = ((&kept.customer, kept_holder.as_ref()), (&gone.customer, gone_holder.as_ref()));
    Ok(match merge(one, other, shop, now) {
        Merge::Waits(until) => Merging::Waits(until),
        Merge::Crowded => Merging::Crowded,
        Merge::Erased => Merging::Erased,
        Merge::Done(merged) => match store.merge(kept, gone, &merged).await? {
            Written::Done => Merging::One,
            Written::Moved => Merging::Lost,
        },
    })
}

/// Merges the profiles of two ids, as a row of work names them. One that is gone leaves nothing to do.
pub async fn merge_ids(
    store: &Store,
    shop: &Shop,
    (a, b): (&CustomerId, &CustomerId),
    now: Time,
) -> Result<Merging, StoreError> {
    match (store.customer(a).await?, store.customer(b).await?) {
        (Some(a), Some(b)) => merge_two(store, shop, &a, &b, now).await,
        _ => Ok(Merging::One),
    }
}
