//! One person, by id or by address: everything that is kept, and its erasure.

use cloud::store::{History, Work};
use cloud::{Store, erasing};
use retention::event::Alias;
use retention::ids::CustomerId;
use retention::{EmailAddress, Time};

use crate::failure::Failure;

/// How often an erasure is tried at once; then it is left to the scan.
const MAX_TRIES: usize = 5;

/// The history of whom an id or an address leads to.
pub async fn find(store: &Store, who: &str) -> Result<History, Failure> {
    let nobody = || Failure::new("there is no such customer: give the id that `regulars plan` names, or an address");
    let id = if let Some(id) = CustomerId::parse(who) {
        id
    } else {
        let address = EmailAddress::parse(who).map_err(|_| nobody())?;
        store.find(&[Alias::Email(address.normal())]).await?.customer.ok_or_else(nobody)?
    };
    store.history(&id).await?.ok_or_else(nobody)
}

/// Everything that is kept of a person, as JSON.
pub async fn export(store: &Store, who: &str) -> Result<String, Failure> {
    Ok(find(store, who).await?.export()?)
}

/// Erases a person, and says how far it came.
pub async fn erase(store: &Store, who: &str, now: Time) -> Result<String, Failure> {
    let id = find(store, who).await?.customer.id;
    for _ in 0..MAX_TRIES {
        if erasing::erase(store, &id, now).await? {
            return Ok(format!("Customer {id} is erased."));
        }
    }
    store.put_work(&Work::Erase(id.clone()), now).await?;
    Ok(format!("Customer {id} is being erased: a letter is just leaving. The next runs finish it."))
}
