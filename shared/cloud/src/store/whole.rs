//! Reading the table as a whole: for plans, simulations, the aggregates, one customer's explanation. Never in a run.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use retention::cart::Cart;
use retention::consent::Statement;
use retention::ids::CustomerId;
use retention::past::Rows;
use retention::{Customer, Order, Send, Time};
use serde_json::json;

use super::{Store, StoreError};
use crate::rows::{self, Item};
use crate::table::{DUE_AT, DUE_INDEX, Key, PK, SK};

/// Everything that is kept of one customer.
#[derive(Debug, Clone)]
pub struct History {
    /// The profile.
    pub customer: Customer,
    /// All orders.
    pub orders: Vec<Order>,
    /// All carts.
    pub carts: Vec<Cart>,
    /// All statements of consent.
    pub proofs: Vec<Statement>,
    /// All sends.
    pub sends: Vec<Send>,
}

impl History {
    /// The rows, for the rules.
    pub fn rows(&self) -> Rows<'_> {
        Rows {
            customer: &self.customer,
            orders: &self.orders,
            carts: &self.carts,
            proofs: &self.proofs,
            sends: &self.sends,
        }
    }

    /// Everything, as JSON: what a person gets who asks what is kept of them.
    pub fn export(&self) -> Result<String, StoreError> {
        let Self { customer, orders, carts, proofs, sends } = self;
        let all =
            json!({ "customer": customer, "orders": orders, "carts": carts, "consent": proofs, "letters": sends });
        serde_json::to_string_pretty(&all).map_err(|e| StoreError::unreadable("an export", &e))
    }

    /// Takes over what is kept under a former id. An order that changed since the merge is kept under both: the newer
    /// version holds.
    fn take_over(&mut self, former: History) {
        for order in former.orders {
            match self.orders.iter_mut().find(|known| known.id == order.id) {
                Some(known) if known.stamp < order.stamp => *known = order,
                Some(_) => {}
                None => self.orders.push(order),
            }
        }
        for cart in former.carts {
            match self.carts.iter_mut().find(|known| known.id == cart.id) {
                Some(known) if known.stamp < cart.stamp => *known = cart,
                Some(_) => {}
                None => self.carts.push(cart),
            }
        }
        self.proofs.extend(former.proofs);
        self.sends.extend(former.sends);
    }
}

/// How many rows a page of a walk has at most. DynamoDB ends one at a megabyte, some 2,000 rows; an engine that reads all
/// rows before it counts their bytes would hold the whole table.
const PAGE: i32 = 2_000;

/// A walk over all customers, a page at a time.
#[derive(Debug)]
pub struct Walk<'a> {
    store: &'a Store,
    behind: Option<HashMap<String, AttributeValue>>,
    begun: bool,
    /// Rows of the customer at the end of a page, who may go on at the beginning of the next.
    rest: Vec<Item>,
    /// The last customer of whom all rows were read.
    last: Option<CustomerId>,
    /// How many customers were left out because a row of theirs cannot be read; none are where that ends the walk.
    unreadable: Option<u64>,
}

impl Store {
    /// Walks over all customers.
    pub fn walk(&self) -> Walk<'_> {
        Walk { store: self, behind: None, begun: false, rest: Vec::new(), last: None, unreadable: None }
    }

    /// Walks on behind a customer, whose id [`Walk::behind`] gave.
    pub fn walk_on(&self, behind: &CustomerId) -> Walk<'_> {
        let key = Key::customer(behind);
        // Behind all rows of that customer: no range key begins with a tilde.
        let start = [(PK.to_owned(), rows::text(&key.pk)), (SK.to_owned(), rows::text("~"))];
        Walk { behind: Some(start.into()), begun: true, ..self.walk() }
    }

    /// Reads everything of one person, consistently: also what is kept under ids of before a merge. An id of before a
    /// merge leads to the person.
    pub async fn history(&self, id: &CustomerId) -> Result<Option<History>, StoreError> {
        let Some(known) = self.customer(id).await? else { return Ok(None) };
        let Some(mut whole) = history(self.rows_of(&known.customer.id, " ", "~").await?)? else { return Ok(None) };
        for former in whole.customer.former.clone() {
            if let Some(more) = history(self.rows_of(&former, " ", "~").await?)? {
                whole.take_over(more);
            }
        }
        Ok(Some(whole))
    }

    /// The earliest time in the index: when something is due next. Reads the whole index; for the local run.
    pub async fn next_due(&self) -> Result<Option<Time>, StoreError> {
        let mut earliest: Option<Time> = None;
        let mut behind = None;
        loop {
            let read = self
                .client
                .scan()
                .table_name(&self.table)
                .index_name(DUE_INDEX)
                .projection_expression(DUE_AT)
                .set_exclusive_start_key(behind)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|e| StoreError::call("reading the index", e))?;
            self.meter.read(read.consumed_capacity());
            let found = read.items.unwrap_or_default().iter().filter_map(|item| rows::time_of(item, DUE_AT)).min();
            earliest = match (earliest, found) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            behind = read.last_evaluated_key;
            if behind.is_none() {
                return Ok(earliest);
            }
        }
    }
}

impl Walk<'_> {
    /// The last customer who is behind the walk, merged ones too: where another may go on.
    pub fn behind(&self) -> Option<&CustomerId> {
        self.last.as_ref()
    }

    /// A walk that leaves out whoever cannot be read, and counts them: one bad row must not stop it.
    #[must_use]
    pub fn leaving_out_unreadable(self) -> Self {
        Self { unreadable: Some(0), ..self }
    }

    /// How many customers were left out so far.
    pub fn unreadable(&self) -> u64 {
        self.unreadable.unwrap_or_default()
    }

    /// The people of the next page; empty at the end. One who was merged is in the history of whom they are.
    pub async fn page(&mut self) -> Result<Vec<History>, StoreError> {
        while !self.begun || self.behind.is_some() {
            let read = self
                .store
                .client
                .scan()
                .table_name(&self.store.table)
                .limit(PAGE)
                .set_exclusive_start_key(self.behind.take())
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|e| StoreError::call("walking the table", e))?;
            self.store.meter.read(read.consumed_capacity());
            self.begun = true;
            self.behind = read.last_evaluated_key;
            self.rest.extend(read.items.unwrap_or_default().into_iter().filter(is_of_a_customer));
            let mut people = Vec::new();
            for whole in self.whole_customers()? {
                self.last = Some(whole.customer.id.clone());
                match &whole.customer {
                    customer if customer.merged_into.is_some() => {}
                    customer if customer.former.is_empty() => people.push(whole),
                    customer => people.extend(self.store.history(&customer.id).await?),
                }
            }
            if !people.is_empty() {
                return Ok(people);
            }
        }
        Ok(Vec::new())
    }

    /// All customers whose rows are complete: all but the last, or all at the end of the table.
    fn whole_customers(&mut self) -> Result<Vec<History>, StoreError> {
        let mut groups: Vec<Vec<Item>> = Vec::new();
        for item in std::mem::take(&mut self.rest) {
            match groups.last_mut() {
                Some(group) if pk(&group[0]) == pk(&item) => group.push(item),
                _ => groups.push(vec![item]),
            }
        }
        if self.behind.is_some() {
            self.rest = groups.pop().unwrap_or_default();
        }
        let mut customers = Vec::with_capacity(groups.len());
        for group in groups {
            match (history(group), &mut self.unreadable) {
                (Ok(whole), _) => customers.extend(whole),
                (Err(error), None) => return Err(error),
                (Err(error), Some(count)) => {
                    tracing::error!(error = %error, "a customer cannot be read, and is left out of the walk");
                    *count += 1;
                }
            }
        }
        Ok(customers)
    }
}

fn pk(item: &Item) -> Option<String> {
    rows::key_of(item).map(|key| key.pk)
}

fn is_of_a_customer(item: &Item) -> bool {
    rows::key_of(item).is_some_and(|key| key.customer_id().is_some())
}

fn history(items: Vec<Item>) -> Result<Option<History>, StoreError> {
    let (mut customer, mut orders, mut carts) = (None, Vec::new(), Vec::new());
    let (mut proofs, mut sends) = (Vec::new(), Vec::new());
    for item in items {
        let Some(key) = rows::key_of(&item) else { continue };
        match key.sk.split('#').next().unwrap_or_default() {
            "profile" => customer = Some(rows::profile_from_item(item)?),
            "order" => orders.push(rows::from_item(item)?),
            "cart" => carts.push(rows::from_item(item)?),
            "consent" => proofs.push(rows::from_item(item)?),
            "send" => sends.push(rows::from_item(item)?),
            _ => {}
        }
    }
    Ok(customer.map(|customer| History { customer, orders, carts, proofs, sends }))
}
