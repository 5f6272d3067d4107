//! A change that a person makes: decided and written in one transaction, again from the beginning if somebody was first.

use cloud::StoreError;
use cloud::deciding::{self, Change};
use cloud::recording::opt_out_to_lift;
use cloud::store::{Address, Beside, Known};
use retention::consent::{Said, Statement};
use retention::control::{Cause, Suppression};
use retention::{Customer, Time};

use crate::Preferences;

/// How often a lost race is run again.
const MAX_TRIES: usize = 5;

/// A customer after a change, and the statement to keep as a proof of it.
pub(crate) type Changed = (Customer, Option<Statement>);

/// Changes a customer. `what` says how; nothing, where it is done already. Returns the customer as they are then; none if
/// they were erased meanwhile.
pub(crate) async fn change(
    preferences: &Preferences,
    seen: Known,
    what: impl Fn(&Customer, Time) -> Option<Changed>,
) -> Result<Option<Customer>, StoreError> {
    let Preferences { store, shop, snapshot, clock, .. } = preferences;
    let mut known = seen;
    for _ in 0..MAX_TRIES {
        let now = clock.now();
        let Some((customer, proof)) = what(&known.customer, now) else { return Ok(Some(known.customer)) };
        let proofs = proof.as_slice();
        // An opt-out is one of the address too, which another customer may share.
        let opt_out = proof.as_ref().filter(|proof| proof.said == Said::Unsubscribed);
        let opt_out = opt_out.map(|proof| Suppression { cause: Cause::OptOut, at: proof.heard_at });
        let lifted = opt_out_to_lift(store, customer.email.as_ref(), proofs).await?;
        let address = match (&opt_out, &lifted) {
            (Some(opt_out), _) => Address::Suppress(opt_out),
            (_, Some((opt_out, at))) => Address::Lift(opt_out, *at),
            _ => Address::Unchanged,
        };
        let change =
            Change { beside: Beside { proofs, ..Beside::default() }, address, ..Change::new(Some(&known), &customer) };
        let aggregates = snapshot.get(store, now).await?;
        if let Some(decision) = deciding::commit(store, shop, &aggregates, &change, now).await? {
            return Ok(Some(decision.customer));
        }
        match store.customer(&known.customer.id).await? {
            Some(again) if again.customer.erased_at.is_none() => known = again,
            _ => return Ok(None),
        }
    }
    Err(StoreError::contended())
}
