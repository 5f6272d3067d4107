//! What a batch tells, written person by person: one transaction for each, a few side by side.

use std::collections::BTreeMap;

use cloud::deciding::{self, Change};
use cloud::store::{Beside, Found, Names, Parked};
use cloud::{Store, StoreError};
use futures_util::{StreamExt as _, stream};
use retention::aggregates::Aggregates;
use retention::consent::{By, Said, Statement};
use retention::event::{Alias, Entity, Event};
use retention::ids::{CustomerId, OrderId};
use retention::record::{Recorded, record};
use retention::{Customer, Order, Shop, Time};

use super::orders::is_of_a_file;
use super::reader::{BadRow, Told};
use super::{Options, Report};
use crate::failure::Failure;

/// How many people are written side by side.
const SIDE_BY_SIDE: usize = 8;
/// How much goes into one transaction: DynamoDB takes 100 items (an order is two, with its name) and 4 MB.
const ORDERS_TOGETHER: usize = 40;
const LINES_TOGETHER: usize = 2_000;
/// How often a lost race is run again.
const MAX_TRIES: usize = 5;

/// Writes what a file says of people.
pub(crate) struct Writer<'a> {
    pub(crate) store: &'a Store,
    pub(crate) shop: &'a Shop,
    pub(crate) options: &'a Options,
}

/// What came of one try.
enum Tried {
    Done(Counted),
    /// Somebody else was first.
    Lost,
    /// What is told is of several people, or has a past that only one order may have: one thing at a time.
    Apart,
}

/// What came of one person.
#[derive(Default)]
struct Counted {
    orders: u64,
    known: u64,
    people: u64,
    bad: Vec<BadRow>,
}

impl Counted {
    fn add(&mut self, more: Counted) {
        self.orders += more.orders;
        self.known += more.known;
        self.people = self.people.max(more.people);
        self.bad.extend(more.bad);
    }
}

/// A person after all that is told of them.
pub(crate) struct After {
    pub(crate) customer: Customer,
    pub(crate) orders: Vec<Order>,
    pub(crate) proofs: Vec<Statement>,
    counted: Counted,
}

impl Writer<'_> {
    /// Writes a batch.
    pub(crate) async fn write(&self, batch: Vec<Told>, report: &mut Report) -> Result<(), Failure> {
        let mut people: BTreeMap<String, Vec<Told>> = BTreeMap::new();
        for told in batch {
            let email = told.event.person.email.as_ref().map(retention::EmailAddress::normal);
            people.entry(email.unwrap_or_default()).or_default().push(told);
        }
        let works = people.into_values().map(|mut told| async move {
            told.sort_by_key(|told| placed_at(&told.event));
            let mut sum = Counted::default();
            for some in portions(&told) {
                sum.add(self.person(some).await?);
            }
            Ok::<_, StoreError>(sum)
        });
        let mut done = stream::iter(works).buffer_unordered(SIDE_BY_SIDE);
        while let Some(counted) = done.next().await {
            let counted = counted.map_err(|e| Failure::new(format!("a person could not be written: {e}")))?;
            report.orders += counted.orders;
            report.known += counted.known;
            report.people += counted.people;
            counted.bad.into_iter().for_each(|row| report.bad(row));
        }
        Ok(())
    }

    async fn person(&self, told: &[Told]) -> Result<Counted, StoreError> {
        if let Some(counted) = self.together(told).await? {
            return Ok(counted);
        }
        let mut sum = Counted::default();
        for one in told {
            sum.add(self.together(std::slice::from_ref(one)).await?.unwrap_or_default());
        }
        Ok(sum)
    }

    /// Writes what is told in one transaction; none where it has to be done one thing after the other.
    async fn together(&self, told: &[Told]) -> Result<Option<Counted>, StoreError> {
        for _ in 0..MAX_TRIES {
            match self.try_once(told).await? {
                Tried::Done(counted) => return Ok(Some(counted)),
                Tried::Apart => return Ok(None),
                Tried::Lost => {}
            }
        }
        Err(StoreError::contended())
    }

    async fn try_once(&self, told: &[Told]) -> Result<Tried, StoreError> {
        let now = self.options.as_of;
        let found = self.store.find(&aliases(told)).await?;
        if told.len() > 1 && (found.parked.is_some() || !found.others.is_empty()) {
            return Ok(Tried::Apart);
        }
        let seen = match &found.customer {
            Some(id) => self.store.customer(id).await?,
            None => None,
        };
        // A file tells of the past, and an erased person has none.
        if seen.as_ref().is_some_and(|known| known.customer.erased_at.is_some()) {
            return Ok(Tried::Done(Counted { known: orders(told).count() as u64, ..Counted::default() }));
        }
        let stored = match &seen {
            Some(known) => {
                let mut ids: Vec<OrderId> = orders(told).map(|order| order.id.clone()).collect();
                ids.sort_unstable();
                ids.dedup();
                self.store.orders_among(&known.customer, &ids).await?
            }
            None => Vec::new(),
        };
        let customer = seen.as_ref().map_or_else(|| self.newcomer(&found), |known| known.customer.clone());
        let after = After::of(customer, found.parked.as_ref(), &stored, told, self.options);
        let same = seen.as_ref().is_some_and(|known| known.customer == after.customer);
        if same && after.orders.is_empty() && found.unknown.is_empty() {
            return Ok(Tried::Done(after.counted));
        }
        let parked = found.parked.as_ref().map(|parked| parked.revision);
        let change = Change {
            names: Names { aliases: &found.unknown, parked, ..Names::default() },
            beside: Beside { orders: &after.orders, proofs: &after.proofs, ..Beside::default() },
            ..Change::new(seen.as_ref(), &after.customer)
        };
        let decision = deciding::commit(self.store, self.shop, &Aggregates::default(), &change, now).await?;
        Ok(decision.map_or(Tried::Lost, |_| Tried::Done(Counted { people: 1, ..after.counted })))
    }

    /// A customer whom nobody knows yet.
    fn newcomer(&self, found: &Found) -> Customer {
        let now = self.options.as_of;
        let hash = found.unknown.first().map(|alias| self.store.hash_key().alias(alias));
        Customer::new(CustomerId::derive(&hash.unwrap_or_default(), now), now)
    }
}

impl After {
    /// What is known of a person after what is told, one thing after the other.
    pub(crate) fn of(
        customer: Customer,
        parked: Option<&Parked>,
        stored: &[Order],
        told: &[Told],
        options: &Options,
    ) -> After {
        let now = options.as_of;
        let mut after = After { customer, orders: Vec::new(), proofs: Vec::new(), counted: Counted::default() };
        for told in told {
            let mut event = told.event.clone();
            // What lowers an opt-out once more changes nothing, whenever the file is read.
            event.statements.retain(|_| after.customer.consent.said() != Some(Said::Unsubscribed));
            if let Entity::Order(new) = &mut event.entity {
                if let Some(parked) = parked {
                    new.after.join(&parked.after);
                }
                after.order(&event, stored, told.line);
            } else if let Recorded::Changed(change) = record(&after.customer, None, &event) {
                after.customer = change.customer;
                after.proofs.extend(change.proofs);
            }
            // The operator's word is about people of whom nothing else is known. It never undoes what a person said.
            if let Some(proof) = options.consent.as_ref().filter(|_| told.agrees)
                && after.customer.consent.said().is_none()
            {
                let statement = Statement {
                    said: Said::Subscribed,
                    by: By::Import,
                    act_at: Some(now),
                    heard_at: now,
                    wording: proof.clone(),
                    confirmed: false,
                };
                if after.customer.consent.hear(&statement) {
                    after.proofs.push(statement);
                }
            }
        }
        after
    }

    fn order(&mut self, event: &Event, stored: &[Order], line: u64) {
        let Entity::Order(new) = &event.entity else { return };
        let written = self.orders.iter().position(|order| order.id == new.id);
        let before = match written {
            Some(index) => self.orders.get(index),
            None => stored.iter().filter(|order| order.id == new.id).max_by_key(|order| order.stamp.clone()),
        };
        // The same import has brought it, and it was another one.
        if before.is_some_and(|old| is_split(old, new)) {
            let reason = "the rows of this order do not stand together: sort the file by order".to_owned();
            self.counted.bad.push(BadRow { line, column: "order_id", reason });
            return;
        }
        let Recorded::Changed(change) = record(&self.customer, before, event) else {
            self.counted.known += 1;
            return;
        };
        self.customer = change.customer;
        self.proofs.extend(change.proofs);
        match (change.order, written) {
            (Some(order), Some(index)) => self.orders[index] = order,
            (Some(order), None) => {
                self.counted.orders += 1;
                self.orders.push(order);
            }
            (None, _) => self.counted.known += 1,
        }
    }
}

/// Whether two versions of an order came of one import, and are not one version after the other.
fn is_split(old: &Order, new: &Order) -> bool {
    let of_one_import = old.history == new.history && is_of_a_file(old);
    of_one_import
        && (old.stamp.at, old.stamp.rank) == (new.stamp.at, new.stamp.rank)
        && old.stamp.hash != new.stamp.hash
}

fn orders(told: &[Told]) -> impl Iterator<Item = &Order> {
    told.iter().filter_map(|told| match &told.event.entity {
        Entity::Order(order) => Some(order.as_ref()),
        _ => None,
    })
}

pub(crate) fn placed_at(event: &Event) -> Option<Time> {
    match &event.entity {
        Entity::Order(order) => Some(order.placed_at),
        _ => None,
    }
}

/// The names under which the person may be known, the surest first.
fn aliases(told: &[Told]) -> Vec<Alias> {
    let mut aliases: Vec<Alias> = told.iter().flat_map(|told| told.event.aliases()).collect();
    aliases.sort_by_key(|alias| match alias {
        Alias::Order(_) => 0,
        Alias::Storefront { .. } => 1,
        Alias::Email(_) => 2,
        Alias::Cart(_) => 3,
    });
    let mut once: Vec<Alias> = Vec::new();
    for alias in aliases {
        if !once.contains(&alias) {
            once.push(alias);
        }
    }
    once
}

/// Portions that fit into one transaction each.
fn portions(told: &[Told]) -> Vec<&[Told]> {
    let mut portions = Vec::new();
    let (mut from, mut lines) = (0, 0);
    for (index, one) in told.iter().enumerate() {
        let size = one.size();
        if index > from && (index - from == ORDERS_TOGETHER || lines + size > LINES_TOGETHER) {
            portions.push(&told[from..index]);
            (from, lines) = (index, 0);
        }
        lines += size;
    }
    portions.push(&told[from..]);
    portions
}
