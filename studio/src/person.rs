//! One person, by id or by address: everything that is kept, their address, and their erasure.

use cloud::store::{Address, Committed, History, Work, Write};
use cloud::{Store, erasing};
use retention::control::Cause;
use retention::event::Alias;
use retention::feedback::Mailbox;
use retention::ids::CustomerId;
use retention::{EmailAddress, Time};

use crate::failure::Failure;

/// How often a lost race is run again. An erasure is left to the scan then.
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

/// Lifts what keeps all mail from an address that was found dead, and says how it stands. An opt-out and a complaint are not
/// lifted by hand: they stand beside it in the address's row, and in the profile.
pub async fn unblock(store: &Store, who: &str, now: Time) -> Result<String, Failure> {
    let id = find(store, who).await?.customer.id;
    for _ in 0..MAX_TRIES {
        let Some(known) = store.customer(&id).await? else { break };
        let Some(address) = &known.customer.email else { break };
        let stands = store.suppression(address).await?.unwrap_or_default();
        let Some(dead) = stands.get(Cause::HardBounce) else {
            return Ok(format!(
                "Customer {id} has no dead mailbox: nothing was changed. `regulars why` says what holds letters back."
            ));
        };
        let customer = retention::Customer { mailbox: Mailbox::default(), ..known.customer.clone() };
        let write = Write { address: Address::Lift(&dead, now), ..Write::new(Some(&known), &customer) };
        if store.commit(&write).await? == Committed::Done {
            let since = dead.at.format("%Y-%m-%d");
            let marketing = if stands.since(Cause::Complaint).is_some() {
                " Marketing to this address stays stopped: somebody called a letter to it spam."
            } else if stands.since(Cause::OptOut).is_some() {
                " Marketing to this address stays stopped: somebody opted out with it."
            } else if customer.consent.is_subscribed() {
                ""
            } else {
                " Marketing still waits for a consent."
            };
            return Ok(format!(
                "Letters to customer {id} leave again: the mailbox was held dead since {since}.{marketing}"
            ));
        }
    }
    Err(Failure::new("the customer has no address, or is changed by others all the time: try again"))
}
