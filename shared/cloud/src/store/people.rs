//! Finding and reading customers, their orders and carts.

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};
use retention::after_sale::AfterSales;
use retention::cart::Cart;
use retention::event::Alias;
use retention::ids::{CartId, CustomerId, OrderId};
use retention::{Customer, Order, Time};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::rows::{self, Item};
use crate::table::{DUE_AT, Key, PK, SK};

/// How many merges are followed: a chain longer than this is a fault, not a history.
const MAX_MERGES: usize = 16;

/// How many rows one request reads at most.
const MAX_READ: usize = 100;

/// A stored customer, and where the index has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The customer.
    pub customer: Customer,
    /// The time in the index: at most `next_look`, since it is moved later only by a look.
    pub armed: Option<Time>,
}

/// What aliases lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The customer of the first alias that is known.
    pub customer: Option<CustomerId>,
    /// Other customers, to whom the other aliases lead. After a merge they may be the same person by now.
    pub others: Vec<CustomerId>,
    /// The aliases that lead nowhere yet.
    pub unknown: Vec<Alias>,
    /// What is known of the order before it has arrived.
    pub parked: Option<Parked>,
}

/// What happened to an order that has not arrived yet. It lies under the order's name, and the order takes it over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// What happened.
    pub after: AfterSales,
    /// Raised by every write.
    pub revision: u64,
}

impl Store {
    /// Finds a customer by aliases, the surest first, in one consistent read.
    pub async fn find(&self, aliases: &[Alias]) -> Result<Found, StoreError> {
        if aliases.is_empty() {
            return Ok(Found::default());
        }
        let hashes: Vec<Key> = aliases.iter().map(|alias| Key::alias(&self.hash_key.alias(alias))).collect();
        let items = self.get_all("reading aliases", &hashes).await?;
        let mut found = Found::default();
        for (alias, key) in aliases.iter().zip(&hashes) {
            let item = items.iter().find(|item| rows::key_of(item).as_ref() == Some(key));
            let customer = item.and_then(|item| CustomerId::parse(item.get("customer")?.as_s().ok()?));
            let Some(customer) = customer else {
                found.unknown.push(alias.clone());
                found.parked = match item {
                    Some(item) => Some(rows::from_item(item.clone())?),
                    None => found.parked,
                };
                continue;
            };
            match &found.customer {
                None => found.customer = Some(customer),
                Some(first) if *first == customer || found.others.contains(&customer) => {}
                Some(_) => found.others.push(customer),
            }
        }
        Ok(found)
    }

    /// Reads a customer, consistently, following merges.
    pub async fn customer(&self, id: &CustomerId) -> Result<Option<Known>, StoreError> {
        let mut id = id.clone();
        for _ in 0..MAX_MERGES {
            let Some(item) = self.get(&Key::customer(&id)).await? else { return Ok(None) };
            let known = known(item)?;
            match known.customer.merged_into.clone() {
                Some(into) => id = into,
                None => return Ok(Some(known)),
            }
        }
        Ok(None)
    }

    /// Reads an order of a customer, consistently.
    pub async fn order(&self, customer: &CustomerId, order: &OrderId) -> Result<Option<Order>, StoreError> {
        self.get(&Key::order(customer, order)).await?.map(rows::from_item).transpose()
    }

    /// Reads an order of a person, consistently: under the customer's id, else under one of before a merge.
    pub async fn order_of(&self, customer: &Customer, order: &OrderId) -> Result<Option<Order>, StoreError> {
        for id in std::iter::once(&customer.id).chain(&customer.former) {
            if let Some(order) = self.order(id, order).await? {
                return Ok(Some(order));
            }
        }
        Ok(None)
    }

    /// Reads a cart of a person, likewise.
    pub async fn cart_of(&self, customer: &Customer, cart: &CartId) -> Result<Option<Cart>, StoreError> {
        for id in std::iter::once(&customer.id).chain(&customer.former) {
            let found: Option<Cart> = self.get(&Key::cart(id, cart)).await?.map(rows::from_item).transpose()?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Reads those of a person's orders that are among `ids`, consistently, a hundred rows a request: under the
    /// customer's id and those of before a merge, so an order may be there twice.
    pub async fn orders_among(&self, customer: &Customer, ids: &[OrderId]) -> Result<Vec<Order>, StoreError> {
        let people = std::iter::once(&customer.id).chain(&customer.former);
        let keys: Vec<Key> = people.flat_map(|person| ids.iter().map(|id| Key::order(person, id))).collect();
        let mut orders = Vec::new();
        for keys in keys.chunks(MAX_READ) {
            for item in self.get_all("reading orders", keys).await? {
                orders.push(rows::from_item(item)?);
            }
        }
        Ok(orders)
    }

    /// Reads items by their keys, consistently, in one request.
    async fn get_all(&self, what: &'static str, wanted: &[Key]) -> Result<Vec<Item>, StoreError> {
        let mut keys = KeysAndAttributes::builder().consistent_read(true);
        for key in wanted {
            keys = keys.keys([(PK.to_owned(), rows::text(&key.pk)), (SK.to_owned(), rows::text(&key.sk))].into());
        }
        let keys = keys.build().map_err(|e| StoreError::unreadable("a list of keys", &e))?;
        let read = self
            .client
            .batch_get_item()
            .request_items(&self.table, keys)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| StoreError::call(what, e))?;
        self.meter.read(read.consumed_capacity());
        if read.unprocessed_keys().is_some_and(|keys| !keys.is_empty()) {
            return Err(StoreError::contended());
        }
        Ok(read.responses.unwrap_or_default().remove(&self.table).unwrap_or_default())
    }

    /// Reads all orders of a customer, consistently, page by page.
    pub async fn orders(&self, customer: &CustomerId) -> Result<Vec<Order>, StoreError> {
        self.rows_of(customer, "order#", "order#~").await?.into_iter().map(rows::from_item).collect()
    }

    /// Reads all rows of a customer between two range keys, consistently, page by page.
    pub(super) async fn rows_of(&self, customer: &CustomerId, from: &str, to: &str) -> Result<Vec<Item>, StoreError> {
        self.rows_between(&Key::customer(customer).pk, from, to).await
    }
}

/// A customer and its place in the index, out of an item.
pub(super) fn known(item: Item) -> Result<Known, StoreError> {
    let armed = rows::time_of(&item, DUE_AT);
    Ok(Known { customer: rows::profile_from_item(item)?, armed })
}
