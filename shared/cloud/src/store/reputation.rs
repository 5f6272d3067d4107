//! What was heard of letters, day by day, and the breaker that stops marketing over it.

use chrono::TimeDelta;
use retention::Time;
use retention::reputation::{DAYS, Tally};

use super::{Store, StoreError, Written};
use crate::rows;
use crate::table::{EXPIRES, Key};

/// How long a day's row is kept.
const KEPT: TimeDelta = TimeDelta::days(60);

impl Store {
    /// Adds to what was heard on the day of `now`, since the breaker was last reset.
    pub async fn add_heard(&self, resets: u32, heard: Tally, now: Time) -> Result<(), StoreError> {
        let added = self
            .to_update(
                &day(resets, now),
                "ADD letters :letters, bounces :bounces, complaints :complaints SET #expires = :expires",
            )
            .expression_attribute_names("#expires", EXPIRES)
            .expression_attribute_values(":letters", rows::number(heard.letters))
            .expression_attribute_values(":bounces", rows::number(heard.bounces))
            .expression_attribute_values(":complaints", rows::number(heard.complaints))
            .expression_attribute_values(":expires", rows::number((now + KEPT).timestamp()))
            .send()
            .await;
        self.wrote("counting what was heard", added.map(|added| added.consumed_capacity)).map(drop)
    }

    /// What was heard in the last days, the newest first, since the breaker was last reset.
    pub async fn heard(&self, resets: u32, now: Time) -> Result<Vec<Tally>, StoreError> {
        let since = now - TimeDelta::days(i64::try_from(DAYS).unwrap_or(i64::MAX));
        let (from, to) = (day(resets, since), day(resets, now));
        let rows = self.rows_between(&to.pk, &from.sk, &to.sk).await?;
        rows.into_iter().rev().map(rows::from_item).collect()
    }

    /// Stops marketing because of what was heard, if it is not stopped over that already.
    pub async fn trip_breaker(&self) -> Result<Written, StoreError> {
        let tripped = self
            .to_update(&Key::control("control"), "SET breaker = :yes, shards = :shards")
            .condition_expression("attribute_not_exists(breaker) OR breaker <> :yes")
            .expression_attribute_values(":yes", rows::flag(true))
            .expression_attribute_values(":shards", rows::number(self.shards))
            .send()
            .await;
        self.wrote("tripping the breaker", tripped.map(|tripped| tripped.consumed_capacity))
    }

    /// Lets marketing go on after the breaker stopped it, if it did. What was heard until now no longer counts.
    pub async fn reset_breaker(&self) -> Result<Written, StoreError> {
        let reset = self
            .to_update(&Key::control("control"), "SET breaker = :no ADD resets :one")
            .condition_expression("breaker = :yes")
            .expression_attribute_values(":no", rows::flag(false))
            .expression_attribute_values(":yes", rows::flag(true))
            .expression_attribute_values(":one", rows::number(1))
            .send()
            .await;
        self.wrote("resetting the breaker", reset.map(|reset| reset.consumed_capacity))
    }
}

fn day(resets: u32, at: Time) -> Key {
    Key::control(&format!("reputation#{resets:06}#{}", at.format("%Y-%m-%d")))
}
