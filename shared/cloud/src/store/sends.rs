//! The ledger: reading sends, and moving one from state to state.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::TransactWriteItem;
use retention::control::Suppressions;
use retention::ids::{CustomerId, SendId};
use retention::send::State;
use retention::{EmailAddress, Send, Time};

use super::commit::Condition;
use super::parts::{IntoPart, is_cancelled};
use super::{Store, StoreError};
use crate::rows::{self, Item};
use crate::table::{DUE_AT, Key};

/// What came of a write whose condition may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is written.
    Done,
    /// The row, or what it hangs on, had moved. Nothing is written.
    Moved,
}

impl Store {
    /// Reads a send, consistently.
    pub async fn send(&self, customer: &CustomerId, send: &SendId) -> Result<Option<Send>, StoreError> {
        self.get(&Key::send(customer, send)).await?.map(rows::from_item).transpose()
    }

    /// Writes a verdict, if the send is still in the state, at the attempt and with the nonce that were read, and no report was
    /// heard since.
    ///
    /// `to_write` is the row after it. No other row is touched: only `decide` writes the customer's slot.
    pub async fn write_send(&self, seen: &Send, to_write: &Send) -> Result<Written, StoreError> {
        let item = self.send_item(to_write)?;
        let (condition, values) = as_read(seen);
        let put = self
            .to_put(item)
            .condition_expression(condition)
            .expression_attribute_names("#state", "state")
            .set_expression_attribute_values(Some(values));
        let written = put.send().await;
        self.wrote("writing a send", written.map(|written| written.consumed_capacity))
    }

    /// Writes what a report leaves of a send, if it is as it was read and no report was heard since.
    pub async fn write_reported(&self, seen: &Send, after: &Send) -> Result<Written, StoreError> {
        let put = self.put_part(self.send_item(after)?, Some(&Condition::as_read(seen)))?;
        match self.write_together(vec![put]).await {
            Ok(()) => Ok(Written::Done),
            Err(error) if is_cancelled(&error) => Ok(Written::Moved),
            Err(error) => Err(StoreError::call("writing what became of a letter", error)),
        }
    }

    /// Notes that a worker begins, if the send is still planned at the attempt that was read. The index stays as the
    /// dispatch left it.
    pub async fn begin_try(&self, seen: &Send, now: Time) -> Result<Written, StoreError> {
        let key = Key::send(&seen.customer, &seen.id);
        let noted = self
            .to_update(&key, "SET tries = :tries, tried_at = :now")
            .condition_expression("#state = :state AND attempt = :attempt")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", rows::text(seen.state.name()))
            .expression_attribute_values(":attempt", rows::number(seen.attempt))
            .expression_attribute_values(":tries", rows::number(seen.tries + 1))
            .expression_attribute_values(":now", rows::millis(now))
            .send()
            .await;
        self.wrote("noting a try", noted.map(|noted| noted.consumed_capacity))
    }

    /// Marks a planned send as submitting, if it is still planned at the attempt before, the customer is still the one
    /// that the gate read, and the address's suppression is still as it was read.
    ///
    /// A condition that fails because our own earlier write had been applied, its answer lost, is our success.
    pub async fn mark(
        &self,
        marked: &Send,
        customer: (&CustomerId, u64),
        address: &EmailAddress,
        suppression: Option<&Suppressions>,
    ) -> Result<Written, StoreError> {
        let planned = Condition::Planned(marked.attempt.saturating_sub(1));
        let items = vec![
            self.put_part(self.send_item(marked)?, Some(&planned))?,
            self.version_check(customer.0, customer.1)?,
            self.suppression_check(address, suppression)?,
        ];
        match self.write_together(items).await {
            Ok(()) => Ok(Written::Done),
            Err(e) => match e.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(_)) => {
                    let found = self.send(&marked.customer, &marked.id).await?;
                    let mine = found.is_some_and(|found| {
                        found.state == State::Submitting
                            && found.nonce == marked.nonce
                            && found.attempt == marked.attempt
                    });
                    Ok(if mine { Written::Done } else { Written::Moved })
                }
                _ => Err(StoreError::call("marking a send", e)),
            },
        }
    }

    /// The item of a send, in its lane of the index while it is open.
    pub(super) fn send_item(&self, send: &Send) -> Result<Item, StoreError> {
        let mut item = rows::to_item(&Key::send(&send.customer, &send.id), send)?;
        match (send.lane(), send.due_at) {
            (Some(lane), Some(at)) => rows::arm(&mut item, self.send_shard(lane.name(), &send.id), at),
            _ => {
                item.remove(DUE_AT);
            }
        }
        Ok(item)
    }

    fn version_check(&self, customer: &CustomerId, seen: u64) -> Result<TransactWriteItem, StoreError> {
        let key = Key::customer(customer);
        self.check_part(&key)
            .condition_expression("version = :seen")
            .expression_attribute_values(":seen", rows::number(seen))
            .part()
    }
}

/// The condition that a send is in the state, at the attempt and with the nonce that were read, and no report was heard since;
/// and its values. `#state` is the name of the state.
pub(super) fn as_read(seen: &Send) -> (String, Item) {
    let mut condition = "#state = :state AND attempt = :attempt".to_owned();
    let mut values: Item =
        [(":state".to_owned(), rows::text(seen.state.name())), (":attempt".to_owned(), rows::number(seen.attempt))]
            .into();
    if let Some(nonce) = &seen.nonce {
        condition.push_str(" AND nonce = :nonce");
        values.insert(":nonce".to_owned(), rows::text(nonce.as_str()));
    }
    if seen.fate.reports == 0 {
        condition.push_str(" AND attribute_not_exists(fate)");
    } else {
        condition.push_str(" AND fate.reports = :reports");
        values.insert(":reports".to_owned(), rows::number(seen.fate.reports));
    }
    (condition, values)
}

/// When a marked send is given up: function timeout, SES timeout and two minutes.
pub fn limit(now: Time, function_timeout: chrono::TimeDelta) -> Time {
    let ses = chrono::TimeDelta::from_std(crate::clients::SES_TIMEOUT).unwrap_or_default();
    now + function_timeout + ses + chrono::TimeDelta::minutes(2)
}
