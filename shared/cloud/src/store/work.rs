//! Rows of work: what cannot be done now, and must not be forgotten.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use retention::Time;
use retention::ids::CustomerId;
use retention::merge::Merged;

use super::commit::Condition;
use super::{Known, Store, StoreError, Written};
use crate::rows::{self, Item};
use crate::table::{Key, PK, SK, WORK_SHARD};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Two profiles are one person's.
    Merge(CustomerId, CustomerId),
}

impl Work {
    /// The row of this work. The same work is one row, however often it is put.
    pub fn key(&self) -> Key {
        match self {
            Work::Merge(a, b) => Key::work("merge", &format!("{}#{}", a.min(b), a.max(b))),
        }
    }

    /// Reads a row's key.
    pub fn parse(key: &Key) -> Option<Self> {
        match key.pk.strip_prefix("W#")? {
            "merge" => {
                let (a, b) = key.sk.split_once('#')?;
                Some(Work::Merge(CustomerId::parse(a)?, CustomerId::parse(b)?))
            }
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
        let ended = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key(PK, rows::text(&key.pk))
            .key(SK, rows::text(&key.sk))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| StoreError::call("ending work", e))?;
        self.meter.write(ended.consumed_capacity());
        Ok(())
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
