//! Decide, and write the outcome in one transaction: what an event and a look have in common.

use retention::aggregates::Aggregates;
use retention::consent::Statement;
use retention::decide::{Decision, Facts, decide};
use retention::event::Alias;
use retention::ids::CustomerId;
use retention::{Customer, Order, Send, Shop, Time};

use crate::store::{Address, Committed, Known, Store, StoreError, Write};

/// How often sends that turn out to exist are read, before the change is tried from the beginning.
const MAX_EXISTING: usize = 4;

/// A change of one customer, before the decision.
#[derive(Debug)]
pub struct Change<'a> {
    /// The row as it was read; none for a new customer.
    pub seen: Option<&'a Known>,
    /// The customer after the event; for a look, as it was read.
    pub customer: &'a Customer,
    /// Aliases that lead here from now on.
    pub aliases: &'a [Alias],
    /// The erased customer to whom these aliases may lead until now.
    pub after: Option<&'a CustomerId>,
    /// Orders that changed.
    pub orders: &'a [Order],
    /// Statements of consent to keep.
    pub proofs: &'a [Statement],
    /// What becomes of the suppression of the customer's address.
    pub address: Address<'a>,
    /// Whether this is a look, which sets the index exactly.
    pub look: bool,
}

/// Decides for a customer and commits change and decision. `None`: somebody else was first, read everything again.
pub async fn commit(
    store: &Store,
    shop: &Shop,
    aggregates: &Aggregates,
    change: &Change<'_>,
    now: Time,
) -> Result<Option<Decision>, StoreError> {
    let open = holder(store, change.customer).await?;
    let mut existing: Vec<Send> = Vec::new();
    for _ in 0..MAX_EXISTING {
        let facts = Facts { customer: change.customer, open: open.as_ref(), existing: &existing, aggregates };
        let decision = decide(&facts, shop, now);
        let write = Write {
            seen: change.seen,
            customer: &decision.customer,
            exact: change.look,
            aliases: change.aliases,
            after: change.after,
            orders: change.orders,
            proofs: change.proofs,
            sends: &decision.sends,
            yields: decision.yields.as_ref(),
            address: change.address,
        };
        match store.commit(&write).await? {
            Committed::Done => return Ok(Some(decision)),
            Committed::Lost => return Ok(None),
            Committed::Exist(ids) => {
                for id in ids {
                    existing.extend(read_send(store, change.customer, &id).await?);
                }
            }
        }
    }
    Ok(None)
}

/// Reads the send that holds a customer's slot.
pub(crate) async fn holder(store: &Store, customer: &Customer) -> Result<Option<Send>, StoreError> {
    match &customer.open {
        Some(id) => read_send(store, customer, id).await,
        None => Ok(None),
    }
}

/// Reads a send of this person, under this id or a former one.
async fn read_send(
    store: &Store,
    customer: &Customer,
    id: &retention::ids::SendId,
) -> Result<Option<Send>, StoreError> {
    let people = std::iter::once(&customer.id).chain(&customer.former).collect::<Vec<&CustomerId>>();
    for person in people {
        if let Some(send) = store.send(person, id).await? {
            return Ok(Some(send));
        }
    }
    Ok(None)
}
