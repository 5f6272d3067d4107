//! Rows: how nouns become items and back.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use retention::{Customer, Time};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

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

/// What a profile remembers as lists. They lie in the row as one attribute, JSON under gzip: most profiles then cost one
/// unit to write, and the fullest stays below 8 kB.
const MEMORY: [&str; 12] = [
    "orders",
    "news",
    "products",
    "carts",
    "interests",
    "reviews",
    "answers",
    "clicks",
    "coupons",
    "standings",
    "last_letters",
    "recent",
];
/// The attribute that holds them.
const MEMORY_NAME: &str = "memory";

/// Writes a customer as the item of its profile.
pub fn profile_to_item(key: &Key, customer: &Customer) -> Result<Item, StoreError> {
    let mut item = to_item(key, customer)?;
    let unwritten = |e: &dyn std::fmt::Display| StoreError::unreadable("a profile to write", e);
    let mut memory = Map::new();
    for name in MEMORY {
        if let Some(list) = item.remove(name) {
            memory.insert(name.to_owned(), serde_dynamo::from_attribute_value(list).map_err(|e| unwritten(&e))?);
        }
    }
    if !memory.is_empty() {
        let json = serde_json::to_vec(&memory).map_err(|e| unwritten(&e))?;
        let packed = gzip(&json).map_err(|e| unwritten(&e))?;
        item.insert(MEMORY_NAME.to_owned(), AttributeValue::B(Blob::new(packed)));
    }
    Ok(item)
}

/// Reads a customer out of the item of its profile.
pub fn profile_from_item(mut item: Item) -> Result<Customer, StoreError> {
    let unread = |e: &dyn std::fmt::Display| StoreError::unreadable("the memory of a profile", e);
    if let Some(packed) = item.remove(MEMORY_NAME) {
        let packed = packed.as_b().map_err(|_| unread(&"it is not binary"))?;
        let json = gunzip(packed.as_ref()).map_err(|e| unread(&e))?;
        let memory: Map<String, Value> = serde_json::from_slice(&json).map_err(|e| unread(&e))?;
        for (name, list) in memory {
            item.insert(name, serde_dynamo::to_attribute_value(list).map_err(|e| unread(&e))?);
        }
    }
    from_item(item)
}

/// Packs bytes with gzip.
pub fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes)?;
    gzip.finish()
}

/// Unpacks what [`gzip`] packed.
pub fn gunzip(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes)?;
    Ok(bytes)
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

/// Yes or no as an attribute.
pub fn flag(value: bool) -> AttributeValue {
    AttributeValue::Bool(value)
}

/// A text as an attribute.
pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
