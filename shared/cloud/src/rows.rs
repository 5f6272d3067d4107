//! Rows: how nouns become items and back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use retention::Time;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;
use crate::table::{DUE_AT, DUE_SHARD, Key, PK, SCHEMA, SK};

/// An item of the table.
pub type Item = HashMap<String, AttributeValue>;

/// The attribute that holds the schema version.
const SCHEMA_NAME: &str = "schema";

/// Writes a noun as an item under its key.
pub fn to_item(key: &Key, noun: &impl Serialize) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(noun).map_err(|e| StoreError::unreadable("a row to write", &e))?;
    item.insert(PK.to_owned(), text(&key.pk));
    item.insert(SK.to_owned(), text(&key.sk));
    item.insert(SCHEMA_NAME.to_owned(), number(SCHEMA));
    Ok(item)
}

/// Reads a noun. A row of a newer schema is refused: old code would lose what it does not know.
pub fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    let schema = item.get(SCHEMA_NAME).and_then(|v| v.as_n().ok()).and_then(|n| n.parse().ok());
    if schema.is_some_and(|found: u16| found > SCHEMA) {
        return Err(StoreError::newer_schema());
    }
    serde_dynamo::from_item(item).map_err(|e| StoreError::unreadable("a row", &e))
}

/// Puts an item into the index.
pub fn arm(item: &mut Item, shard: String, at: Time) {
    item.insert(DUE_SHARD.to_owned(), AttributeValue::S(shard));
    item.insert(DUE_AT.to_owned(), millis(at));
}

/// The key of an item.
pub fn key_of(item: &Item) -> Option<Key> {
    let part = |name: &str| item.get(name).and_then(|v| v.as_s().ok()).cloned();
    Some(Key { pk: part(PK)?, sk: part(SK)? })
}

/// A time that an item holds.
pub fn time_of(item: &Item, name: &str) -> Option<Time> {
    let number = item.get(name)?.as_n().ok()?;
    Time::from_timestamp_millis(number.parse().ok()?)
}

/// A time as an attribute.
pub fn millis(at: Time) -> AttributeValue {
    number(at.timestamp_millis())
}

/// A number as an attribute.
pub fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// A text as an attribute.
pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
