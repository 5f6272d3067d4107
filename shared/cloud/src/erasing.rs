//! Erasing a person, as often as it takes.

use retention::Time;
use retention::erase::tombstone;
use retention::ids::CustomerId;

use crate::store::{Store, StoreError, Written};

/// Erases a person: the profile first, from when on nothing is sent to them and nothing old creates them again; then
/// everything under each of their ids. Says whether all of it is done; if not, ask again.
pub async fn erase(store: &Store, id: &CustomerId, now: Time) -> Result<bool, StoreError> {
    let Some(known) = store.customer(id).await? else { return Ok(true) };
    let buried = known.customer.erased_at.is_some();
    store.wait_for_nothing(&known.customer).await?;
    store.forget_codes(&known.customer).await?;
    if !buried && store.bury(&known, &tombstone(&known.customer, now)).await? == Written::Moved {
        return Ok(false);
    }
    let mut whole = true;
    for id in std::iter::once(&known.customer.id).chain(&known.customer.former) {
        whole &= store.strip(id, now).await?;
    }
    Ok(whole)
}
