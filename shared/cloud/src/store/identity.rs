//! Whether this table is the one that it says it is. A table that was restored from a backup, or copied, is older than the
//! truth: letters that it plans have left, and opt-outs that it does not know were made. It sends nothing until
//! `regulars release` has taken in what the second table kept, and has set a floor.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use chrono::TimeDelta;
use retention::Time;
use retention::control::{Cause, Suppression, Suppressions};
use retention::ids::CustomerId;

use super::{Store, StoreError, Work, Written};
use crate::rows::{self, Item};
use crate::table::{Key, PK, SK};

const IDENTITY: &str = "identity";
/// How long the answer holds, as long as the control row: a table may be restored under the name of one that was deleted.
const FRESH: TimeDelta = TimeDelta::seconds(20);
/// The attribute that holds DynamoDB's own id of the table, which a restore changes.
const TABLE_ID: &str = "table_id";

/// What the last question came to, shared by the clones of a store.
pub(super) type Answer = Arc<Mutex<Option<(Time, bool)>>>;

/// What a release took in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Released {
    /// Suppressions that the table did not know.
    pub suppressions: usize,
    /// Erasures of people whom the table still knew.
    pub erasures: usize,
}

/// What the lines of one address or person in the second table come to.
#[derive(Default)]
struct Lines {
    stands: Suppressions,
}

impl Store {
    /// Whether letters may leave from this table: its own row names it. A new table names itself.
    pub async fn is_released(&self, now: Time) -> Result<bool, StoreError> {
        let known = *self.identity.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, answer)) = known
            && now - at < FRESH
            && at <= now
        {
            return Ok(answer);
        }
        let id = self.table_id().await?;
        let row = self.get(&Key::control(IDENTITY)).await?;
        let answer = match row.as_ref().and_then(named) {
            Some(named) => named == id,
            None => self.name_table(&id, true).await? == Written::Done || self.names(&id).await?,
        };
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, answer));
        Ok(answer)
    }

    async fn names(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.get(&Key::control(IDENTITY)).await?.as_ref().and_then(named).is_some_and(|named| named == id))
    }

    /// `DynamoDB`'s own id of the table.
    async fn table_id(&self) -> Result<String, StoreError> {
        let described = self.client.describe_table().table_name(&self.table).send().await;
        let described = described.map_err(|e| StoreError::call("asking for the table's id", e))?;
        // An engine that gives none has one table by this name, and no restore.
        Ok(described.table.and_then(|table| table.table_id).unwrap_or_else(|| self.table.clone()))
    }

    async fn name_table(&self, id: &str, only_new: bool) -> Result<Written, StoreError> {
        let key = Key::control(IDENTITY);
        let item: Item = [
            (PK.to_owned(), rows::text(&key.pk)),
            (SK.to_owned(), rows::text(&key.sk)),
            (TABLE_ID.to_owned(), rows::text(id)),
        ]
        .into();
        let mut put = self.to_put(item);
        if only_new {
            put = put.condition_expression("attribute_not_exists(pk)");
        }
        self.wrote("naming the table", put.send().await.map(|put| put.consumed_capacity))
    }

    /// Releases a table that was restored or copied: takes in what the second table kept, sets the floor below which nothing
    /// that fell due is sent, and only then names the table. Broken off, it is begun again.
    pub async fn release(&self, now: Time) -> Result<Released, StoreError> {
        let mut released = Released::default();
        let mut behind = None;
        let mut current: Option<(String, Lines)> = None;
        loop {
            let page = self
                .client
                .scan()
                .table_name(&self.kept)
                .consistent_read(true)
                .set_exclusive_start_key(behind)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|e| StoreError::call("reading the second table", e))?;
            self.meter.read(page.consumed_capacity());
            for item in page.items.unwrap_or_default() {
                let Some(pk) = item.get(PK).and_then(|pk| pk.as_s().ok()).cloned() else { continue };
                if current.as_ref().is_none_or(|(of, _)| *of != pk) {
                    if let Some((of, lines)) = current.take() {
                        self.take_in(&of, &lines, &mut released, now).await?;
                    }
                    current = Some((pk, Lines::default()));
                }
                if let Some((_, lines)) = &mut current {
                    lines.hear(item)?;
                }
            }
            behind = page.last_evaluated_key;
            if behind.is_none() {
                break;
            }
        }
        if let Some((of, lines)) = current {
            self.take_in(&of, &lines, &mut released, now).await?;
        }
        self.set_floor(now).await?;
        self.name_table(&self.table_id().await?, false).await?;
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(released)
    }

    /// What is kept of one address or person is true again.
    async fn take_in(&self, of: &str, lines: &Lines, released: &mut Released, now: Time) -> Result<(), StoreError> {
        if let Some(hash) = of.strip_prefix("suppression#") {
            let known = self.suppressions(hash).await?.unwrap_or_default();
            for suppression in Cause::ALL.into_iter().filter_map(|cause| lines.stands.get(cause)) {
                let missed = match known.since(suppression.cause) {
                    Some(at) => suppression.cause == Cause::OptOut && at < suppression.at,
                    None => true,
                };
                if missed {
                    self.write_together(vec![self.suppress_part(hash, &suppression, false)?])
                        .await
                        .map_err(|e| StoreError::call("taking a suppression in", e))?;
                    released.suppressions += 1;
                }
            }
        }
        if let Some(id) = of.strip_prefix("erasure#").and_then(CustomerId::parse)
            && self.customer(&id).await?.is_some_and(|known| known.customer.erased_at.is_none())
        {
            self.put_work(&Work::Erase(id), now).await?;
            released.erasures += 1;
        }
        Ok(())
    }

    async fn set_floor(&self, now: Time) -> Result<(), StoreError> {
        let written = self
            .to_update(&Key::control("control"), "SET #floor = :floor, shards = :shards")
            .expression_attribute_names("#floor", "floor")
            .expression_attribute_values(":floor", rows::millis(now))
            .expression_attribute_values(":shards", rows::number(self.shards))
            .send()
            .await;
        self.wrote("setting the floor", written.map(|written| written.consumed_capacity)).map(drop)
    }
}

impl Lines {
    /// The lines of one address come in the order of their times. What was lifted, by the time since which it stood, no longer
    /// stands.
    fn hear(&mut self, item: Item) -> Result<(), StoreError> {
        if let Some(lifted) = rows::time_of(&item, "lifts") {
            let cause = item.get("lifted").and_then(|cause| cause.as_s().ok());
            let cause = Cause::ALL.into_iter().find(|known| cause.is_some_and(|cause| cause == known.name()));
            self.stands.lift(&Suppression { cause: cause.unwrap_or(Cause::OptOut), at: lifted });
        } else if item.contains_key("cause") {
            self.stands.hear(&rows::from_item(item)?);
        }
        Ok(())
    }
}

fn named(row: &Item) -> Option<&str> {
    row.get(TABLE_ID)?.as_s().ok().map(String::as_str)
}
