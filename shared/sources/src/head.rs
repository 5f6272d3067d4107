//! What is read of an entity before it is handed on: its ids and when it changed.

use chrono::{DateTime, NaiveDateTime, Utc};
use retention::Time;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The ids and times of an entity, of all storefronts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Head {
    id: Value,
    #[serde(rename = "cartId")]
    cart_id: Value,
    #[serde(rename = "internalId")]
    internal_id: Value,
    #[serde(rename = "orderNumber")]
    order_number: Value,
    updated_at: Value,
    date_modified_gmt: Value,
    date_created_gmt: Value,
    #[serde(rename = "updateTimestamp")]
    update_timestamp: Value,
    updated: Value,
    date_modified: Value,
    updated_time: Value,
}

impl Head {
    /// Reads them; nothing of them, where there is no object.
    pub(crate) fn of(raw: &RawValue) -> Self {
        serde_json::from_str(raw.get()).unwrap_or_default()
    }

    /// Whether this is one of its ids.
    pub(crate) fn has_id(&self, asked: &str) -> bool {
        [&self.id, &self.cart_id, &self.internal_id, &self.order_number].into_iter().any(|id| match id {
            Value::String(text) => text.eq_ignore_ascii_case(asked),
            Value::Number(number) => number.to_string() == asked,
            _ => false,
        })
    }

    /// Its own id, where it is a whole number.
    pub(crate) fn number(&self) -> Option<u64> {
        self.id.as_u64()
    }

    /// When a customer of WooCommerce was created.
    pub(crate) fn created(&self) -> Option<Time> {
        time(&self.date_created_gmt)
    }

    /// When it changed. A customer of WooCommerce who never did has only the time of creation.
    pub(crate) fn changed(&self) -> Option<Time> {
        let times = [
            &self.updated_at,
            &self.date_modified_gmt,
            &self.date_created_gmt,
            &self.update_timestamp,
            &self.updated,
            &self.date_modified,
            &self.updated_time,
        ];
        times.into_iter().find_map(time)
    }
}

fn time(value: &Value) -> Option<Time> {
    match value {
        Value::Number(seconds) => DateTime::from_timestamp(seconds.as_i64()?, 0),
        Value::String(text) => DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_rfc2822(text))
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z"))
            .map(|time| time.with_timezone(&Utc))
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").map(|time| time.and_utc()))
            .ok(),
        _ => None,
    }
}
