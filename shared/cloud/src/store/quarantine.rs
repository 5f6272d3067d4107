//! Signed bodies that could not be read: kept for 14 days, to be sent through again after a fix.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use retention::Time;
use retention::ids::{SourceName, hex};
use sha2::{Digest, Sha256};

use super::{Store, StoreError};
use crate::rows::{self, Item};
use crate::table::{EXPIRES, Key, PK, SK};

/// The largest part of a body: an item holds 400 kB.
const PART_BYTES: usize = 350_000;
/// How long a body is kept, in days.
const DAYS: i64 = 14;
/// How long a body is kept.
const QUARANTINE: TimeDelta = TimeDelta::days(DAYS);

/// A body that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// What it said that it was about.
    pub topic: String,
    /// Why it could not be read.
    pub why: String,
    /// The body.
    pub body: Vec<u8>,
    /// Its rows.
    keys: Vec<Key>,
}

impl Store {
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
            let key = Key::quarantine(source.as_str(), &day, &id, number);
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

    /// The bodies of a source that are kept, the oldest day first.
    pub async fn quarantined(&self, source: &SourceName, now: Time) -> Result<Vec<Quarantined>, StoreError> {
        let mut all = Vec::new();
        for days_ago in (0..=DAYS).rev() {
            let day = (now - TimeDelta::days(days_ago)).date_naive().to_string();
            let mut parts: Vec<(Key, Item)> = Vec::new();
            for item in self.partition(&Key::quarantine(source.as_str(), &day, "", 0).pk).await? {
                parts.extend(rows::key_of(&item).map(|key| (key, item)));
            }
            // Parts of one body have the same id, and lie in the order of their numbers.
            let id = |part: &(Key, Item)| part.0.sk.split('#').next().unwrap_or_default().to_owned();
            for body in parts.chunk_by(|a, b| id(a) == id(b)) {
                all.extend(whole(body)?);
            }
        }
        Ok(all)
    }

    /// Forgets a body that could be read after all.
    pub async fn end_quarantine(&self, body: &Quarantined) -> Result<(), StoreError> {
        for key in &body.keys {
            self.delete(key).await?;
        }
        Ok(())
    }
}

fn whole(parts: &[(Key, Item)]) -> Result<Option<Quarantined>, StoreError> {
    let Some((_, first)) = parts.first() else { return Ok(None) };
    let text = |name: &str| first.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    let packed: Vec<u8> = parts
        .iter()
        .filter_map(|(_, item)| item.get("body")?.as_b().ok())
        .flat_map(|part| part.as_ref().iter().copied())
        .collect();
    Ok(Some(Quarantined {
        topic: text("topic"),
        why: text("why"),
        body: rows::gunzip(&packed).map_err(|e| StoreError::unreadable("unpacking a body", &e))?,
        keys: parts.iter().map(|(key, _)| key.clone()).collect(),
    }))
}
