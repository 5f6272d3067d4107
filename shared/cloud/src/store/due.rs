//! The index `due`: what must be looked at next, and the lease of the one scan that looks.

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};
use chrono::TimeDelta;
use retention::Time;
use retention::time::{CLOCKS_APART, later};

use super::{Store, StoreError, Written};
use crate::rows::{self, Item};
use crate::table::{DUE_AT, DUE_INDEX, DUE_SHARD, Key, PK, SK};

/// A candidate of the index. The base row is the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The row's key.
    pub key: Key,
    /// Where it stood in the index.
    pub shard: String,
    /// When it was due.
    pub at: Time,
}

impl Store {
    /// Reads at most `limit` keys of a shard that are due at `now`, the oldest first, beginning behind `after`.
    pub async fn due(
        &self,
        lane: &str,
        shard: u16,
        now: Time,
        limit: usize,
        after: Option<&Due>,
    ) -> Result<Vec<Due>, StoreError> {
        let shard = format!("{lane}#{shard}");
        let behind = after.map(|due| {
            let key = [(PK, rows::text(&due.key.pk)), (SK, rows::text(&due.key.sk))];
            let index = [(DUE_SHARD, rows::text(&due.shard)), (DUE_AT, rows::millis(due.at))];
            key.into_iter().chain(index).map(|(name, value)| (name.to_owned(), value)).collect()
        });
        let read = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(DUE_INDEX)
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", rows::text(&shard))
            .expression_attribute_values(":now", rows::millis(now))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(behind)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| StoreError::call("reading what is due", e))?;
        self.meter.read(read.consumed_capacity());
        let due = read.items.unwrap_or_default().into_iter().filter_map(|item| {
            Some(Due { key: rows::key_of(&item)?, shard: shard.clone(), at: rows::time_of(&item, DUE_AT)? })
        });
        Ok(due.collect())
    }

    /// Pushes a dispatched send to `until` and counts the dispatch, if the index still has it as it was seen.
    pub async fn push_send(&self, seen: &Due, until: Time) -> Result<Written, StoreError> {
        self.push(seen, until, "SET due_at = :until ADD dispatches :one").await
    }

    /// Pushes work that could not be done to `until`, if the index still has it as it was seen.
    pub async fn push_work(&self, seen: &Due, until: Time) -> Result<Written, StoreError> {
        self.push(seen, until, "SET due_at = :until").await
    }

    /// Pushes a customer whose look failed to `until`, if the index still has it as it was seen.
    ///
    /// This is the one write of a customer row that does not raise its version: it touches nothing but the index.
    pub async fn push_customer(&self, seen: &Due, until: Time) -> Result<Written, StoreError> {
        self.push(seen, until, "SET due_at = :until").await
    }

    async fn push(&self, seen: &Due, until: Time, update: &str) -> Result<Written, StoreError> {
        let mut call = self
            .to_update(&seen.key, update)
            .condition_expression("due_shard = :shard AND due_at = :seen")
            .expression_attribute_values(":shard", rows::text(&seen.shard))
            .expression_attribute_values(":seen", rows::millis(seen.at))
            .expression_attribute_values(":until", rows::millis(until));
        if update.contains(":one") {
            call = call.expression_attribute_values(":one", rows::number(1));
        }
        self.wrote("pushing a due row", call.send().await.map(|pushed| pushed.consumed_capacity))
    }

    /// Takes or renews the lease of a function's run for `span`, if nobody else holds it. One that ends further ahead than that
    /// was taken by a clock that was wrong, and is held by nobody.
    pub async fn lease(&self, function: &str, owner: &str, now: Time, span: TimeDelta) -> Result<bool, StoreError> {
        Ok(self.take_lease(function, owner, now, span).await?.is_some())
    }

    /// Takes or renews a lease, and reads what else its row holds.
    pub(super) async fn take_lease(
        &self,
        function: &str,
        owner: &str,
        now: Time,
        span: TimeDelta,
    ) -> Result<Option<Item>, StoreError> {
        let key = Key::control(function);
        let mut row = Item::default();
        let taken = self
            .to_update(&key, "SET #owner = :owner, #until = :until")
            .condition_expression(
                "attribute_not_exists(#until) OR #until <= :now OR #until > :too_far OR #owner = :owner",
            )
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":owner", rows::text(owner))
            .expression_attribute_values(":now", rows::millis(now))
            .expression_attribute_values(":until", rows::millis(now + span))
            .expression_attribute_values(":too_far", rows::millis(later(now + span, CLOCKS_APART)))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let taken = taken.map(|taken| {
            row = taken.attributes.unwrap_or_default();
            taken.consumed_capacity
        });
        Ok((self.wrote("taking a lease", taken)? == Written::Done).then_some(row))
    }
}
