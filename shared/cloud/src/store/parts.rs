//! The parts of a transaction, and why one was cancelled.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::{ConditionCheckBuilder, DeleteBuilder, PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{ConditionCheck, Delete, TransactWriteItem, Update};

use super::{Store, StoreError};
use crate::rows;
use crate::table::{Key, PK, SK};

/// What is told of a part whose condition does not hold.
pub(super) const FAILED: &str = "ConditionalCheckFailed";

/// What becomes a part of a transaction.
pub(super) trait IntoPart {
    /// The part.
    fn part(self) -> Result<TransactWriteItem, StoreError>;
}

impl IntoPart for PutBuilder {
    fn part(self) -> Result<TransactWriteItem, StoreError> {
        let put = self.build().map_err(|e| StoreError::unreadable("a write", &e))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

impl IntoPart for UpdateBuilder {
    fn part(self) -> Result<TransactWriteItem, StoreError> {
        let update = self.build().map_err(|e| StoreError::unreadable("a write", &e))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

impl IntoPart for DeleteBuilder {
    fn part(self) -> Result<TransactWriteItem, StoreError> {
        let delete = self.build().map_err(|e| StoreError::unreadable("a write", &e))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

impl IntoPart for ConditionCheckBuilder {
    fn part(self) -> Result<TransactWriteItem, StoreError> {
        let check = self.build().map_err(|e| StoreError::unreadable("a check", &e))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}

impl Store {
    pub(super) fn update_part(&self, key: &Key, update: &str) -> UpdateBuilder {
        let row = Update::builder().table_name(&self.table).key(PK, rows::text(&key.pk)).key(SK, rows::text(&key.sk));
        row.update_expression(update)
    }

    pub(super) fn delete_part(&self, key: &Key) -> DeleteBuilder {
        Delete::builder().table_name(&self.table).key(PK, rows::text(&key.pk)).key(SK, rows::text(&key.sk))
    }

    pub(super) fn check_part(&self, key: &Key) -> ConditionCheckBuilder {
        ConditionCheck::builder().table_name(&self.table).key(PK, rows::text(&key.pk)).key(SK, rows::text(&key.sk))
    }
}

/// Of a transaction that was cancelled, why, for each of its parts in their order.
pub(super) fn why_cancelled(error: &SdkError<TransactWriteItemsError>) -> Option<Vec<&str>> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            Some(cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None")).collect())
        }
        _ => None,
    }
}

/// Whether a transaction was cancelled: a condition of it did not hold, or another was at one of its rows.
pub(super) fn is_cancelled(error: &SdkError<TransactWriteItemsError>) -> bool {
    error.as_service_error().is_some_and(TransactWriteItemsError::is_transaction_canceled_exception)
}
