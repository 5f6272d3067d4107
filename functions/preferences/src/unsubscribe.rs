//! The opt-out: a statement of the person, and the suppression of the address.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::deciding::{self, Change};
use cloud::store::{Address, Beside, Work};
use retention::consent::{By, Said, Statement};
use retention::control::{Cause, Suppression};
use retention::ids::CustomerId;

use crate::Preferences;

/// How often a lost race is run again.
const MAX_TRIES: usize = 5;
/// When the storefronts are told: by then it is written here.
const BEFORE_TELLING: TimeDelta = TimeDelta::minutes(1);
/// The words on the button, kept with the proof.
const WORDING: &str = "unsubscribe link";

/// Ends marketing for a customer, in one transaction. Done already, or erased, is done.
pub(crate) async fn unsubscribe(preferences: &Preferences, id: &CustomerId) -> Result<(), StoreError> {
    let Preferences { store, shop, snapshot, clock, .. } = preferences;
    if shop.sources.iter().any(|source| source.store.is_some()) {
        // Before the opt-out itself, so that it cannot be forgotten; and it is read when it is told.
        store.put_work(&Work::OptOut(id.clone()), clock.now() + BEFORE_TELLING).await?;
    }
    for _ in 0..MAX_TRIES {
        let now = clock.now();
        let Some(known) = store.customer(id).await? else { return Ok(()) };
        let statement = Statement {
            said: Said::Unsubscribed,
            by: By::Person,
            act_at: Some(now),
            heard_at: now,
            wording: WORDING.to_owned(),
        };
        let mut customer = known.customer.clone();
        if customer.consent.said() == Some(Said::Unsubscribed) || !customer.consent.hear(&statement) {
            return Ok(());
        }
        // A complaint or a dead mailbox says more than an opt-out does.
        let stands = match &customer.email {
            Some(email) => store.suppression(email).await?,
            None => None,
        };
        let opt_out = Suppression { cause: Cause::OptOut, at: now };
        let stronger = stands.is_some_and(|stands| stands.cause > opt_out.cause);
        let change = Change {
            beside: Beside { proofs: &[statement], ..Beside::default() },
            address: if stronger { Address::Unchanged } else { Address::Suppress(&opt_out) },
            ..Change::new(Some(&known), &customer)
        };
        let aggregates = snapshot.get(store, now).await?;
        if deciding::commit(store, shop, &aggregates, &change, now).await?.is_some() {
            return Ok(());
        }
    }
    Err(StoreError::contended())
}
