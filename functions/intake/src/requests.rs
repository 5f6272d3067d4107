//! What the law asks for, in the name of a person or of the shop: noted durably at once, carried out by the next run.

use cloud::StoreError;
use cloud::store::{Committed, Names, Work, Write};
use retention::Customer;
use retention::erase::tombstone;
use retention::event::Person;
use retention::ids::CustomerId;
use retention::shop::Source;
use storefront::Request;

use crate::Intake;

/// How often a lost race is run again.
const MAX_TRIES: usize = 5;

/// Notes a request, and says what came of it.
pub(crate) async fn take_in(intake: &Intake, source: &Source, request: &Request) -> Result<&'static str, StoreError> {
    let now = intake.recorder.clock.now();
    match request {
        Request::Leave => {
            intake.recorder.store.put_work(&Work::Leave(source.name.clone()), now).await?;
            Ok("erasure_noted")
        }
        Request::Export(person) => {
            let people = people(intake, person).await?;
            for id in &people {
                intake.recorder.store.ask_for_export(id, &source.name, now).await?;
            }
            Ok(if people.is_empty() { "nobody" } else { "export_noted" })
        }
        Request::Erase(person) => {
            for _ in 0..MAX_TRIES {
                let people = people(intake, person).await?;
                for id in &people {
                    intake.recorder.store.put_work(&Work::Erase(id.clone()), now).await?;
                }
                // Of somebody who is not known yet may still come what was there before: a tombstone refuses it.
                if !people.is_empty() || bury_unknown(intake, person).await? {
                    return Ok("erasure_noted");
                }
            }
            Err(StoreError::contended())
        }
    }
}

/// All customers to whom the names of a person lead.
async fn people(intake: &Intake, person: &Person) -> Result<Vec<CustomerId>, StoreError> {
    let found = intake.recorder.store.find(&person.aliases()).await?;
    Ok(found.customer.into_iter().chain(found.others).collect())
}

/// Writes a tombstone for somebody who is not known. `false`: they are by now.
async fn bury_unknown(intake: &Intake, person: &Person) -> Result<bool, StoreError> {
    let (now, aliases) = (intake.recorder.clock.now(), person.aliases());
    let Some(first) = aliases.first() else { return Ok(true) };
    let id = CustomerId::derive(&intake.recorder.store.hash_key().alias(first), now);
    let buried = tombstone(&Customer::new(id, now), now);
    let names = Names { aliases: &aliases, ..Names::default() };
    Ok(intake.recorder.store.commit(&Write { names, ..Write::new(None, &buried) }).await? == Committed::Done)
}
