//! Rows of work: what cannot be done now, and must not be forgotten.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use retention::erase::stripped;
use retention::ids::CustomerId;
use retention::merge::Merged;
use retention::send::State;
use retention::{Customer, Send, Time};

use super::commit::Condition;
use super::{Known, Store, StoreError, Written};
use crate::rows::{self, Item};
use crate::table::{Key, PK, SK, WORK_SHARD};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Two profiles are one person's.
    Merge(CustomerId, CustomerId),
    /// A person is to be erased.
    Erase(CustomerId),
}

impl Work {
    /// The row of this work. The same work is one row, however often it is put.
    pub fn key(&self) -> Key {
        match self {
            Work::Merge(a, b) => Key::work("merge", &format!("{}#{}", a.min(b), a.max(b))),
            Work::Erase(id) => Key::work("erase", id.as_str()),
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
            _ => None,
        }
    }
}

impl Store {
    /// Notes work that is to be tried at `due`. Work that is noted already is moved there.
    pub async fn put_work(&self, work: &Work, due: Time) -> Result<(), StoreError> {
        let key = work.key();
        let mut item: Item = [(PK.to_owned(), rows::text(&key.pk)), (SK.to_owned(), rows::text(&key.sk))].into();
        rows::arm(&mut item, WORK_SHARD.to_owned(), due);
        self.put(item).await
    }

    /// Forgets work that is done.
    pub async fn end_work(&self, key: &Key) -> Result<(), StoreError> {
        self.delete(key).await
    }

    /// Deletes a row, if it is there.
    async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        let ended = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key(PK, rows::text(&key.pk))
            .key(SK, rows::text(&key.sk))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| StoreError::call("deleting a row", e))?;
        self.meter.write(ended.consumed_capacity());
        Ok(())
    }

    /// Writes a tombstone in the place of a profile, if it is as it was read.
    pub async fn bury(&self, seen: &Known, tombstone: &Customer) -> Result<Written, StoreError> {
        let mut customer = tombstone.clone();
        customer.version = seen.customer.version + 1;
        let item = self.customer_item(&customer, None)?;
        let put = self.put_part(item, Some(&Condition::Version(seen.customer.version)))?;
        match self.write_together(vec![put]).await {
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

fn is_cancelled(
    error: &aws_sdk_dynamodb::error::SdkError<
        aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError,
    >,
) -> bool {
    use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
    error.as_service_error().is_some_and(TransactWriteItemsError::is_transaction_canceled_exception)
}
