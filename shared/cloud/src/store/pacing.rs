//! The pacing row: slots for all senders together, and when sending rests.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use retention::Time;
use retention::pace::{Account, Pace, TOO_FAR_MICROS};
use retention::time::{CLOCKS_APART, later};

use super::{Store, StoreError, Written};
use crate::rows::{self, Item};
use crate::table::Key;

const PACE: &str = "pace";
/// How often a lost race for slots is run again. Each loss is a gain of somebody else's.
const MAX_TRIES: usize = 20;

/// What came of asking for slots.
#[derive(Debug, Clone, PartialEq)]
pub enum Slots {
    /// They are ours: the first begins at this moment, in microseconds since 1970; each other one an interval later.
    From(i64, Pace),
    /// Likewise, in a line that begins anew: a clock that was wrong had put its end further ahead than any right one would.
    Anew(i64, Pace),
    /// The line is longer than whoever asks may wait: so far ahead is its end.
    Full(i64),
}

impl Store {
    /// Reads the pacing row, consistently.
    pub async fn pace(&self) -> Result<Pace, StoreError> {
        self.get(&Key::control(PACE)).await?.map_or_else(|| Ok(Pace::default()), rows::from_item)
    }

    /// Takes `count` slots of `interval`, none before `from` nor in a line that ends after `ahead`; all in microseconds.
    ///
    /// A line that ends further ahead than any right clock would have put it begins anew.
    pub async fn take_slots(&self, count: i64, interval: i64, from: i64, ahead: i64) -> Result<Slots, StoreError> {
        // Most often the line is where it was when the last slots were taken: behind us, or ahead.
        let span = count.saturating_mul(interval);
        let mut line_is_ahead = true;
        let mut was_too_far = false;
        for _ in 0..MAX_TRIES {
            let taken = if line_is_ahead {
                self.grant("SET tat = tat + :span ADD granted :count", count, span)
                    .condition_expression("tat BETWEEN :from AND :ahead")
                    .expression_attribute_values(":ahead", rows::number(ahead))
            } else {
                self.grant("SET tat = :end ADD granted :count", count, span)
                    .condition_expression("attribute_not_exists(tat) OR tat < :from OR tat > :too_far")
                    .expression_attribute_values(":end", rows::number(from.saturating_add(span)))
                    .expression_attribute_values(":too_far", rows::number(from.saturating_add(TOO_FAR_MICROS)))
            };
            let taken = taken.expression_attribute_values(":from", rows::number(from)).send().await;
            match taken {
                Ok(taken) => {
                    self.meter.write(&taken.consumed_capacity);
                    let row: Pace = rows::from_item(taken.attributes.unwrap_or_default())?;
                    let first = row.tat.saturating_sub(span);
                    return Ok(if was_too_far && !line_is_ahead {
                        Slots::Anew(first, row)
                    } else {
                        Slots::From(first, row)
                    });
                }
                Err(error) => match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                        let told = failed.item().and_then(tat);
                        // An engine that does not tell what stood there is asked.
                        let tat = if told.is_some() { told } else { Some(self.pace().await?.tat) };
                        if let Some(tat) = tat.filter(|tat| *tat > ahead && *tat <= from.saturating_add(TOO_FAR_MICROS))
                        {
                            return Ok(Slots::Full(tat));
                        }
                        line_is_ahead = tat.is_some_and(|tat| tat >= from && tat <= ahead);
                        was_too_far = tat.is_some_and(|tat| tat > from.saturating_add(TOO_FAR_MICROS));
                    }
                    _ => return Err(StoreError::call("taking slots", error)),
                },
            }
        }
        Err(StoreError::contended())
    }

    fn grant(&self, update: &str, count: i64, span: i64) -> UpdateItemFluentBuilder {
        let call = self
            .to_update(&Key::control(PACE), update)
            .expression_attribute_values(":count", rows::number(count))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if update.contains(":span") { call.expression_attribute_values(":span", rows::number(span)) } else { call }
    }

    /// Writes what the account said it may send, whatever was known of it. The line of letters stays as it is.
    pub async fn note_account(
        &self,
        seen: &Pace,
        account: &Account,
        share: f64,
        now: Time,
    ) -> Result<Pace, StoreError> {
        let after = seen.asked(account, share, now);
        let item = rows::to_item(&Key::control(PACE), &after)?;
        let names = ["rate", "quota", "own_quota", "sent", "asked_at", "granted", "granted_when_asked", "day_began"];
        let set: Vec<String> = names.iter().map(|name| format!("#{name} = :{name}")).collect();
        let mut call = self.to_update(&Key::control(PACE), &format!("SET {}", set.join(", ")));
        for name in names {
            let value = item.get(name).cloned().unwrap_or(aws_sdk_dynamodb::types::AttributeValue::Null(true));
            call = call.expression_attribute_names(format!("#{name}"), name);
            call = call.expression_attribute_values(format!(":{name}"), value);
        }
        self.wrote("noting what the account may send", call.send().await.map(|noted| noted.consumed_capacity))?;
        Ok(after)
    }

    /// Notes that the day's quota is used up: SES said so.
    pub async fn note_quota_used(&self, seen: &Pace) -> Result<(), StoreError> {
        let Some(quota) = seen.quota else { return Ok(()) };
        let noted = self
            .to_update(&Key::control(PACE), "SET sent = :quota")
            .expression_attribute_values(":quota", rows::number(quota))
            .send()
            .await;
        self.wrote("noting that the quota is used up", noted.map(|noted| noted.consumed_capacity)).map(drop)
    }

    /// Counts one more letter in a row of which nobody can say whether it left, and reads the row.
    pub async fn note_unknown(&self) -> Result<Pace, StoreError> {
        let noted = self
            .to_update(&Key::control(PACE), "ADD unknown_in_a_row :one")
            .expression_attribute_values(":one", rows::number(1))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|e| StoreError::call("noting an unknown end", e))?;
        self.meter.write(&noted.consumed_capacity);
        rows::from_item(noted.attributes.unwrap_or_default())
    }

    /// Notes that letters are answered again.
    pub async fn note_answered(&self) -> Result<(), StoreError> {
        let noted = self
            .to_update(&Key::control(PACE), "SET unknown_in_a_row = :none")
            .expression_attribute_values(":none", rows::number(0))
            .send()
            .await;
        self.wrote("noting an answer", noted.map(|noted| noted.consumed_capacity)).map(drop)
    }

    /// Lets sending rest from `now` until a moment, if it does not rest at `now` already; a rest that is yet to begin is one of
    /// a clock that was wrong. `rests`: the how manyth rest in a row this is.
    pub async fn rest(&self, (until, rests): (Time, u32), now: Time) -> Result<Written, StoreError> {
        let noted = self
            .to_update(&Key::control(PACE), "SET rests_from = :now, rests_until = :until, rests = :rests")
            .condition_expression(
                "attribute_not_exists(rests_until) OR attribute_type(rests_until, :null) OR rests_until <= :now \
                 OR rests_from > :soon",
            )
            .expression_attribute_values(":soon", rows::millis(later(now, CLOCKS_APART)))
            .expression_attribute_values(":until", rows::millis(until))
            .expression_attribute_values(":rests", rows::number(rests))
            .expression_attribute_values(":null", rows::text("NULL"))
            .expression_attribute_values(":now", rows::millis(now))
            .send()
            .await;
        self.wrote("letting sending rest", noted.map(|noted| noted.consumed_capacity))
    }
}

fn tat(item: &Item) -> Option<i64> {
    item.get("tat")?.as_n().ok()?.parse().ok()
}
