//! The orders of a batch, written person by person: one transaction for each, a few side by side.

use cloud::deciding::{self, Change};
use cloud::store::{Address, Known};
use cloud::{Store, StoreError};
use futures_util::{StreamExt as _, stream};
use retention::aggregates::Aggregates;
use retention::consent::{By, Said, Statement};
use retention::event::{Alias, Entity, Event, Person};
use retention::ids::CustomerId;
use retention::record::{Recorded, record};
use retention::{Customer, Order, Shop};

use super::rows::ReadOrder;
use super::{Options, Report};
use crate::failure::Failure;

/// How many people are written side by side.
const SIDE_BY_SIDE: usize = 8;
/// How many orders go into one transaction: DynamoDB takes 100 items and 4 MB.
const PER_TRANSACTION: usize = 50;
/// How often a lost race is run again.
const MAX_TRIES: usize = 5;

/// Writes what a file says of people.
pub(crate) struct Writer<'a> {
    pub(crate) store: &'a Store,
    pub(crate) shop: &'a Shop,
    pub(crate) options: &'a Options,
}

#[derive(Default)]
struct Counted {
    written: u64,
    known: u64,
}

impl Writer<'_> {
    /// Writes the orders of several people.
    pub(crate) async fn write(&self, people: Vec<Vec<ReadOrder>>, report: &mut Report) -> Result<(), Failure> {
        let works = people.into_iter().map(|mut orders| async move {
            orders.sort_by_key(|read| read.order.placed_at);
            let mut sum = Counted::default();
            for some in orders.chunks(PER_TRANSACTION) {
                let counted = self.person(some).await?;
                sum.written += counted.written;
                sum.known += counted.known;
            }
            Ok::<_, StoreError>(sum)
        });
        let mut done = stream::iter(works).buffer_unordered(SIDE_BY_SIDE);
        while let Some(counted) = done.next().await {
            let counted = counted.map_err(|e| Failure::new(format!("an order could not be written: {e}")))?;
            report.orders += counted.written;
            report.known += counted.known;
        }
        Ok(())
    }

    async fn person(&self, orders: &[ReadOrder]) -> Result<Counted, StoreError> {
        for _ in 0..MAX_TRIES {
            if let Some(counted) = self.try_once(orders).await? {
                return Ok(counted);
            }
        }
        Err(StoreError::contended())
    }

    async fn try_once(&self, orders: &[ReadOrder]) -> Result<Option<Counted>, StoreError> {
        let now = self.options.as_of;
        let Some(first) = orders.first() else { return Ok(Some(Counted::default())) };
        let alias = Alias::Email(first.email.normal());
        let found = self.store.find(std::slice::from_ref(&alias)).await?;
        let seen = match &found.customer {
            Some(id) => self.store.customer(id).await?,
            None => None,
        };
        // A file tells of the past, and an erased person has none.
        if seen.as_ref().is_some_and(|known| known.customer.erased_at.is_some()) {
            return Ok(Some(Counted { written: 0, known: orders.len() as u64 }));
        }
        let mut stored = Vec::new();
        for id in seen.iter().flat_map(|known| std::iter::once(&known.customer.id).chain(&known.customer.former)) {
            stored.extend(self.store.orders(id).await?);
        }
        let (mut customer, mut proofs) = self.begin(seen.as_ref(), &alias);
        let mut changed: Vec<Order> = Vec::new();
        for read in orders {
            let before = stored.iter().find(|order| order.id == read.order.id);
            if let Recorded::Changed(change) = record(&customer, before, &self.event(read)) {
                customer = change.customer;
                changed.extend(change.order);
                proofs.extend(change.proofs);
            }
        }
        let counted = Counted { written: changed.len() as u64, known: (orders.len() - changed.len()) as u64 };
        let same = seen.as_ref().is_some_and(|known| known.customer == customer);
        if same && changed.is_empty() {
            return Ok(Some(counted));
        }
        let change = Change {
            names: Names { aliases: &found.unknown, ..Names::default() },
            beside: Beside { orders: &changed, proofs: &proofs, ..Beside::default() },
            ..Change::new(seen.as_ref(), &customer)
        };
        let decision = deciding::commit(self.store, self.shop, &Aggregates::default(), &change, now).await?;
        Ok(decision.map(|_| counted))
    }

    /// The customer before the orders: known, or new at the moment of the import.
    fn begin(&self, seen: Option<&Known>, alias: &Alias) -> (Customer, Vec<Statement>) {
        let now = self.options.as_of;
        let mut customer = match seen {
            Some(known) => known.customer.clone(),
            None => Customer::new(CustomerId::derive(&self.store.hash_key().alias(alias), now), now),
        };
        let statement = self.options.consent.as_ref().map(|proof| Statement {
            said: Said::Subscribed,
            by: By::Import,
            act_at: Some(now),
            heard_at: now,
            wording: proof.clone(),
        });
        let proofs = statement.into_iter().filter(|statement| customer.consent.hear(statement)).collect();
        (customer, proofs)
    }

    fn event(&self, read: &ReadOrder) -> Event {
        Event {
            person: Person {
                email: Some(read.email.clone()),
                name: read.name.clone(),
                country: read.country,
                region: read.region.clone(),
                birthday: read.birthday,
                ..Person::at(self.options.source.clone())
            },
            statements: Vec::new(),
            entity: Entity::Order(Box::new(read.order.clone())),
        }
    }
}
