//! Decide, and write the outcome in one transaction: what an event and a look have in common.

use retention::aggregates::Aggregates;
use retention::decide::{Decision, Facts, decide};
use retention::ids::CustomerId;
use retention::{Customer, Send, Shop, Time};

use crate::store::{Address, Beside, Committed, Known, Names, Store, StoreError, Write};

/// How often sends that turn out to exist are read, before the change is tried from the beginning.
const MAX_EXISTING: usize = 4;

/// A change of one customer, before the decision.
#[derive(Debug)]
pub struct Change<'a> {
    /// The row as it was read; none for a new customer.
    pub seen: Option<&'a Known>,
    /// The customer after the event; for a look, as it was read.
    pub customer: &'a Customer,
    /// The names that lead here from now on.
    pub names: Names<'a>,
    /// What changed beside the profile.
    pub beside: Beside<'a>,
    /// What becomes of the suppression of the customer's address.
    pub address: Address<'a>,
    /// Whether this is a look, which sets the index exactly.
    pub look: bool,
}

impl<'a> Change<'a> {
    /// A look at a customer, or the beginning of a change: nothing but the profile as it is to be.
    pub fn new(seen: Option<&'a Known>, customer: &'a Customer) -> Self {
        Self {
            seen,
            customer,
            names: Names::default(),
            beside: Beside::default(),
            address: Address::Unchanged,
            look: false,
        }
    }
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
            names: change.names,
            beside: change.beside,
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
