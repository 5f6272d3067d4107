//! A file read into memory, person by person, for tools that write nothing.

use std::collections::BTreeMap;
use std::io::Read;

use cloud::store::History;
use retention::ids::CustomerId;
use retention::{Customer, EmailAddress, Shop};

use super::people::{After, placed_at};
use super::reader::{Reader, Told};
use super::{BATCH, Options, Report};
use crate::failure::Failure;

/// Everybody of whom a table tells, by address, as an import at `options.as_of` would store them.
pub fn histories(input: impl Read, shop: &Shop, options: &Options) -> Result<(Vec<History>, Report), Failure> {
    let mut reader = Reader::new(input, shop, options)?;
    let mut report = Report { export: reader.export().map(|export| export.name), ..Report::default() };
    let mut people: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    loop {
        let batch = reader.batch(BATCH, &mut report)?;
        if batch.is_empty() {
            break;
        }
        for told in batch {
            let address = told.event.person.email.as_ref().map(EmailAddress::normal);
            people.entry(address.unwrap_or_default()).or_default().push(told);
        }
    }
    let histories = people.into_iter().map(|(address, mut told)| {
        told.sort_by_key(|told| placed_at(&told.event));
        let customer = Customer::new(CustomerId::derive(&address, options.as_of), options.as_of);
        let After { customer, orders, proofs, .. } = After::of(customer, None, &[], &told, options);
        History { customer, orders, carts: Vec::new(), proofs, sends: Vec::new() }
    });
    Ok((histories.collect(), report))
}
