//! Rows of work: what cannot be done now, and must not be forgotten.

use retention::erase::stripped;
use retention::fetch::{Fetch, FetchKind};
use retention::ids::{CustomerId, ProductId, SourceName};
use retention::merge::Merged;
use retention::send::State;
use retention::time::millis;
use retention::{Customer, Send, Time};
use serde::{Deserialize, Serialize};

use super::commit::Condition;
use super::kept::Kept;
use super::parts::is_cancelled;
use super::{Known, Store, StoreError, Written};
use crate::rows;
use crate::table::{FETCH_SHARD, Key, WORK_SHARD};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Two profiles are one person's.
    Merge(CustomerId, CustomerId),
    /// A person is to be erased.
    Erase(CustomerId),
    /// The shop has left a storefront: what came from there is to be erased.
    Leave(SourceName),
    /// An entity of a storefront changed, and is to be fetched.
    Fetch(SourceName, Fetch),
    /// Something turned for the better of a product, and those who wait for it are to know.
    Waiters(ProductId),
    /// A person has opted out here, and their storefronts are to know.
    OptOut(CustomerId),
}

/// A row of work as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// How often it was asked for. Work that is asked for while it is being done is done again.
    #[serde(default)]
    pub asks: u64,
    /// How far a walk over the table has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
}

/// The rows of people who asked what is kept of them.
const EXPORT: &str = "export";

/// Somebody who asked what is kept of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who.
    pub customer: CustomerId,
    /// At which storefront.
    pub source: SourceName,
    /// When we heard of it. The law gives a month from then.
    #[serde(with = "millis")]
    pub at: Time,
}

impl Work {
    /// The row of this work. The same work is one row, however often it is put.
    pub fn key(&self) -> Key {
        match self {
            Work::Merge(a, b) => Key::work("merge", &format!("{}#{}", a.min(b), a.max(b))),
            Work::Erase(id) => Key::work("erase", id.as_str()),
            Work::Leave(source) => Key::work("leave", source.as_str()),
            Work::Waiters(product) => Key::work("waiters", product.as_str()),
            Work::OptOut(id) => Key::work("opt-out", id.as_str()),
            Work::Fetch(source, what) => Key::work("fetch", &format!("{source}#{}#{}", what.kind.name(), what.id())),
        }
    }

    /// Reads a row's key.
    pub fn parse(key: &Key) -> Option<Self> {
        match key.pk.strip_prefix("W#")? {
            "merge" => {
                let (a, b) = key.sk.split_once('#')?;
                Some(Work::Merge(CustomerId::parse(a)?, CustomerId::parse(b)?))
            }
            "erase" => Some(Work::Erase(CustomerId::parse(&key.sk)?)),
            "leave" => Some(Work::Leave(SourceName::parse(&key.sk).ok()?)),
            "waiters" => Some(Work::Waiters(ProductId::parse(&key.sk)?)),
            "opt-out" => Some(Work::OptOut(CustomerId::parse(&key.sk)?)),
            "fetch" => {
                let (source, what) = key.sk.split_once('#')?;
                let (kind, id) = what.split_once('#')?;
                Some(Work::Fetch(SourceName::parse(source).ok()?, Fetch::new(FetchKind::parse(kind)?, id)?))
            }
            _ => None,
        }
    }

    /// The shard of the index that holds it: one for what the table itself is enough for, one for what asks a storefront.
    fn shard(&self) -> &'static str {
        match self {
            Work::Merge(..) | Work::Erase(_) | Work::Leave(_) | Work::Waiters(_) => WORK_SHARD,
            Work::Fetch(..) | Work::OptOut(_) => FETCH_SHARD,
        }
    }
}

impl Store {
    /// Notes work that is to be tried at `due`. Work that is noted already is moved there, and asked for once more: a walk
    /// that it has begun begins anew.
    pub async fn put_work(&self, work: &Work, due: Time) -> Result<(), StoreError> {
        let noted = self
            .to_update(&work.key(), "SET due_shard = :shard, due_at = :due ADD asks :one REMOVE behind")
            .expression_attribute_values(":shard", rows::text(work.shard()))
            .expression_attribute_values(":due", rows::millis(due))
            .expression_attribute_values(":one", rows::number(1))
            .send()
            .await;
        self.wrote("noting work", noted.map(|noted| noted.consumed_capacity)).map(drop)
    }

    /// Notes that a person asked, at a storefront, what is kept of them. The shop answers with `regulars export`; no function
    /// can, so it is in no index.
    pub async fn ask_for_export(&self, id: &CustomerId, source: &SourceName, now: Time) -> Result<(), StoreError> {
        let asked = Asked { customer: id.clone(), source: source.clone(), at: now };
        self.put(rows::to_item(&Key::work(EXPORT, id.as_str()), &asked)?).await
    }

    /// Everybody who asked what is kept of them and has no answer yet, the first first.
    pub async fn asked_for_export(&self) -> Result<Vec<Asked>, StoreError> {
        let items = self.partition(&Key::work(EXPORT, "").pk).await?;
        let mut asked: Vec<Asked> = items.into_iter().map(rows::from_item).collect::<Result<_, _>>()?;
        asked.sort_by_key(|asked| asked.at);
        Ok(asked)
    }

    /// Forgets that a person asked: they have their answer.
    pub async fn answered(&self, id: &CustomerId) -> Result<(), StoreError> {
        self.delete(&Key::work(EXPORT, id.as_str())).await
    }

    /// Reads a row of work, consistently. None is there once it is done.
    pub async fn noted(&self, key: &Key) -> Result<Option<Noted>, StoreError> {
        self.get(key).await?.map(rows::from_item).transpose()
    }

    /// Notes how far a walk has come, if the work was not asked for again.
    pub async fn note_walk(&self, key: &Key, seen: &Noted, behind: &str) -> Result<Written, StoreError> {
        let noted = self
            .to_update(key, "SET behind = :behind")
            .condition_expression("asks = :asks")
            .expression_attribute_values(":behind", rows::text(behind))
            .expression_attribute_values(":asks", rows::number(seen.asks))
            .send()
            .await;
        self.wrote("noting how far a walk is", noted.map(|noted| noted.consumed_capacity))
    }

    /// Forgets work that is done, if it was not asked for again since it was read.
    pub async fn end_work(&self, key: &Key, seen: &Noted) -> Result<Written, StoreError> {
        let ended = self
            .to_delete(key)
            .condition_expression("asks = :asks")
            .expression_attribute_values(":asks", rows::number(seen.asks))
            .send()
            .await;
        self.wrote("ending work", ended.map(|ended| ended.consumed_capacity))
    }

    /// Writes a tombstone in the place of a profile, if it is as it was read.
    pub async fn bury(&self, seen: &Known, tombstone: &Customer) -> Result<Written, StoreError> {
        let mut customer = tombstone.clone();
        customer.version = seen.customer.version + 1;
        let item = self.customer_item(&customer, None)?;
        let put = self.put_part(item, Some(&Condition::Version(seen.customer.version)))?;
        let erased_at = tombstone.erased_at.unwrap_or(tombstone.since);
        let keep = self.keep_part(&Kept::Erasure { customer: &customer.id, at: erased_at })?;
        match self.write_together(vec![put, keep]).await {
            Ok(()) => Ok(Written::Done),
            Err(e) if is_cancelled(&e) => Ok(Written::Moved),
            Err(e) => Err(StoreError::call("burying a profile", e)),
        }
    }

    /// Strips and deletes what is kept under one id of a person beside the profile. Doing it again does no harm. Says
    /// whether all of it is done: a letter that is being submitted is left until it has an end.
    pub async fn strip(&self, id: &CustomerId, now: Time) -> Result<bool, StoreError> {
        let mut whole = true;
        for item in self.rows_of(id, " ", "~").await? {
            let Some(key) = rows::key_of(&item) else { continue };
            if key.send_id().is_none() {
                if key != Key::customer(id) {
                    self.delete(&key).await?;
                }
                continue;
            }
            let send: Send = rows::from_item(item)?;
            if send.state == State::Submitting || self.write_send(&send, &stripped(&send, now)).await? == Written::Moved
            {
                whole = false;
            }
        }
        Ok(whole)
    }

    /// Writes a merge, if both profiles are as they were read and both planned letters are still planned.
    pub async fn merge(&self, kept: &Known, gone: &Known, merged: &Merged) -> Result<Written, StoreError> {
        let mut items = Vec::with_capacity(4);
        for (seen, after) in [(kept, &merged.kept), (gone, &merged.gone)] {
            let mut customer = after.clone();
            customer.version = seen.customer.version + 1;
            let item = self.customer_item(&customer, customer.next_look)?;
            items.push(self.put_part(item, Some(&Condition::Version(seen.customer.version)))?);
        }
        for holder in &merged.yields {
            items.push(self.put_part(self.send_item(holder)?, Some(&Condition::Planned(holder.attempt)))?);
        }
        match self.write_together(items).await {
            Ok(()) => Ok(Written::Done),
            Err(e) if is_cancelled(&e) => Ok(Written::Moved),
            Err(e) => Err(StoreError::call("merging two profiles", e)),
        }
    }
}
