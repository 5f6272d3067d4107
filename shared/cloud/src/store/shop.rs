//! Rows of the shop as a whole: control, aggregates, quarantine.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use retention::Time;
use retention::aggregates::Aggregates;
use retention::control::Control;
use retention::ids::{SourceName, hex};
use sha2::{Digest, Sha256};

use super::{Store, StoreError};
use crate::rows::{self, Item};
use crate::table::{EXPIRES, Key, PK, SHARDS, SK};

/// The largest part of a quarantined body: an item holds 400 kB.
const PART_BYTES: usize = 350_000;
/// How long a quarantined body is kept.
const QUARANTINE: TimeDelta = TimeDelta::days(14);

impl Store {
    /// Reads the control row, consistently.
    pub async fn control(&self) -> Result<Control, StoreError> {
        let item = self.get(&Key::control("control")).await?;
        Ok(item.map(rows::from_item).transpose()?.unwrap_or_default())
    }

    /// Writes the control row, whatever stood there.
    pub async fn set_control(&self, control: &Control) -> Result<(), StoreError> {
        let mut item = rows::to_item(&Key::control("control"), control)?;
        item.insert("shards".to_owned(), rows::number(self.shards));
        self.put(item).await
    }

    pub(super) async fn shards_of(&self) -> Result<u16, StoreError> {
        let item = self.get(&Key::control("control")).await?;
        let shards = item.and_then(|item| item.get("shards")?.as_n().ok()?.parse().ok());
        Ok(shards.unwrap_or(SHARDS))
    }

    /// Reads the newest snapshot of the aggregates.
    pub async fn aggregates(&self) -> Result<Aggregates, StoreError> {
        let item = self.get(&Key::aggregates()).await?;
        Ok(item.map(rows::from_item).transpose()?.unwrap_or_default())
    }

    /// Writes the newest snapshot of the aggregates, whatever stood there.
    pub async fn set_aggregates(&self, aggregates: &Aggregates) -> Result<(), StoreError> {
        self.put(rows::to_item(&Key::aggregates(), aggregates)?).await
    }

    /// Keeps a signed body that could not be read, gzipped in parts, for 14 days. The same body is kept once a day.
    pub async fn quarantine(
        &self,
        source: &SourceName,
        topic: &str,
        why: &str,
        body: &[u8],
        now: Time,
    ) -> Result<(), StoreError> {
        let packed = rows::gzip(body).map_err(|e| StoreError::unreadable("packing a body", &e))?;
        let id = hex(&Sha256::digest(body), 16);
        let day = now.date_naive().to_string();
        for (number, part) in packed.chunks(PART_BYTES).enumerate() {
            let key = Key::quarantine(source.as_str(), &day, now.timestamp_millis(), &id, number);
            let item: Item = [
                (PK.to_owned(), rows::text(&key.pk)),
                (SK.to_owned(), rows::text(&key.sk)),
                ("topic".to_owned(), rows::text(topic)),
                ("why".to_owned(), rows::text(why)),
                ("body".to_owned(), AttributeValue::B(Blob::new(part))),
                (EXPIRES.to_owned(), rows::number((now + QUARANTINE).timestamp())),
            ]
            .into();
            self.put(item).await?;
        }
        Ok(())
    }
}
