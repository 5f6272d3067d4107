//! The store: one method for each operation, one request each, its condition in the first sentence of its doc.

mod asking;
mod codes;
mod commit;
mod due;
mod error;
mod identity;
mod kept;
mod meter;
mod pacing;
mod parking;
mod parts;
mod people;
mod products;
mod quarantine;
mod reputation;
mod rules;
mod sends;
mod shop;
mod suppressing;
mod whole;
mod work;

pub use asking::Asking;
pub use codes::{CodeCounts, GivenCode, Made, Taken};
pub use commit::{Address, Beside, Committed, Names, Write};
pub use due::Due;
pub use error::StoreError;
pub use identity::Released;
pub use meter::{Meter, Units};
pub use pacing::Slots;
pub use people::{Found, Known, Parked};
pub use products::Waiter;
pub use quarantine::Quarantined;
pub use rules::RulesWalk;
pub use sends::{Written, limit};
pub use whole::{History, Walk};
pub use work::{Asked, Noted, Work};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use retention::customer::Customer;
use retention::ids::SendId;

use crate::alias::HashKey;
use crate::rows::{self, Item};
use crate::table::{self, Key, PK, SHARDS, SK};

/// What DynamoDB answers to a write whose condition does not hold.
const CONDITION_FAILED: &str = "ConditionalCheckFailedException";

/// The names of a shop's two tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// The one that holds everything.
    pub main: String,
    /// The one that keeps opt-outs and erasures for the day on which the first is restored from a backup.
    pub kept: String,
}

impl Tables {
    /// The tables of an engine on this machine, under this name.
    pub fn local(main: &str) -> Self {
        Self { main: main.to_owned(), kept: format!("{main}-kept") }
    }
}

/// The tables of one shop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    table: String,
    kept: String,
    hash_key: HashKey,
    shards: u16,
    meter: Meter,
    identity: identity::Answer,
}

impl Store {
    /// A store over a table. `shards` is what the control row says; [`Store::open`] asks it.
    pub fn new(client: Client, tables: Tables, hash_key: HashKey, shards: u16) -> Self {
        Self {
            client,
            table: tables.main,
            kept: tables.kept,
            hash_key,
            shards,
            meter: Meter::default(),
            identity: identity::Answer::default(),
        }
    }

    /// Opens a store, and reads from its control row how many shards a lane has.
    pub async fn open(client: Client, tables: Tables, hash_key: HashKey) -> Result<Self, StoreError> {
        let mut store = Self::new(client, tables, hash_key, SHARDS);
        store.shards = store.shards_of().await?.max(SHARDS);
        Ok(store)
    }

    /// How many shards a lane has.
    pub fn shards(&self) -> u16 {
        self.shards
    }

    /// The units that this store has consumed.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The client and the table's name, for tools that work on the table as a whole.
    pub fn raw(&self) -> (&Client, &str) {
        (&self.client, &self.table)
    }

    /// The keyed hashes of this shop.
    pub fn hash_key(&self) -> &HashKey {
        &self.hash_key
    }

    fn look_shard(&self, customer: &Customer) -> String {
        table::shard(table::LOOK, customer.id.as_str(), self.shards)
    }

    fn send_shard(&self, lane: &str, send: &SendId) -> String {
        table::shard(lane, send.as_str(), self.shards)
    }

    /// Reads one item, consistently.
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let read = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(PK, rows::text(&key.pk))
            .key(SK, rows::text(&key.sk))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| StoreError::call("reading a row", e))?;
        self.meter.read(read.consumed_capacity());
        Ok(read.item)
    }

    /// Reads all items under one hash key, consistently, page by page.
    async fn partition(&self, pk: &str) -> Result<Vec<Item>, StoreError> {
        // Range keys are printable, and none begins with a tilde.
        self.rows_between(pk, " ", "~").await
    }

    /// Reads all items under one hash key between two range keys, consistently, page by page.
    async fn rows_between(&self, pk: &str, from: &str, to: &str) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut behind = None;
        loop {
            let read = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":pk", rows::text(pk))
                .expression_attribute_values(":from", rows::text(from))
                .expression_attribute_values(":to", rows::text(to))
                .consistent_read(true)
                .set_exclusive_start_key(behind)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|e| StoreError::call("reading rows of one kind", e))?;
            self.meter.read(read.consumed_capacity());
            items.extend(read.items.unwrap_or_default());
            behind = read.last_evaluated_key;
            if behind.is_none() {
                return Ok(items);
            }
        }
    }

    /// Writes one item, whatever stood there.
    async fn put(&self, item: Item) -> Result<(), StoreError> {
        let put = self.to_put(item).send().await.map(|put| put.consumed_capacity);
        self.wrote("writing a row", put).map(drop)
    }

    /// Deletes a row, if it is there.
    async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        let deleted = self.to_delete(key).send().await.map(|deleted| deleted.consumed_capacity);
        self.wrote("deleting a row", deleted).map(drop)
    }

    fn to_put(&self, item: Item) -> PutItemFluentBuilder {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    fn to_update(&self, key: &Key, update: &str) -> UpdateItemFluentBuilder {
        let row = self.client.update_item().table_name(&self.table);
        row.key(PK, rows::text(&key.pk))
            .key(SK, rows::text(&key.sk))
            .update_expression(update)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    fn to_delete(&self, key: &Key) -> DeleteItemFluentBuilder {
        let row = self.client.delete_item().table_name(&self.table);
        row.key(PK, rows::text(&key.pk))
            .key(SK, rows::text(&key.sk))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// Counts what a write of one row consumed, and tells one whose condition failed from one that failed.
    fn wrote<E, R>(
        &self,
        what: &'static str,
        result: Result<Option<ConsumedCapacity>, SdkError<E, R>>,
    ) -> Result<Written, StoreError>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        R: std::fmt::Debug,
    {
        match result {
            Ok(consumed) => {
                self.meter.write(&consumed);
                Ok(Written::Done)
            }
            Err(e) if e.as_service_error().and_then(ProvideErrorMetadata::code) == Some(CONDITION_FAILED) => {
                Ok(Written::Moved)
            }
            Err(e) => Err(StoreError::call(what, e)),
        }
    }
}
