//! Under which rules the table was looked at: the walk over all customers after the rules have changed.
//!
//! It stands in the row of the scan's lease, which every run writes and reads anyway.

use chrono::TimeDelta;
use retention::Time;
use retention::ids::CustomerId;
use retention::time::millis_option;
use serde::Deserialize;

use super::{Store, StoreError, Written};
use crate::rows;
use crate::table::Key;

/// The name of the scan's lease.
pub(super) const SCAN: &str = "scan";

/// How far the table was looked at under the rules of now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct RulesWalk {
    /// The rules, by their revision; none before the first run.
    #[serde(default)]
    pub revision: Option<String>,
    /// When a run first had them.
    #[serde(default, with = "millis_option")]
    pub seen_at: Option<Time>,
    /// The last customer who was looked at.
    #[serde(default)]
    pub behind: Option<CustomerId>,
    /// Whether all were.
    #[serde(default)]
    pub through: bool,
}

impl Store {
    /// Notes that the rules are these from now on, if nobody has noted others since they were read.
    pub async fn begin_rules_walk(&self, seen: &RulesWalk, revision: &str, now: Time) -> Result<Written, StoreError> {
        let mut call = self
            .to_update(&Key::control(SCAN), "SET revision = :revision, seen_at = :now, through = :no REMOVE behind")
            .expression_attribute_values(":revision", rows::text(revision))
            .expression_attribute_values(":now", rows::millis(now))
            .expression_attribute_values(":no", rows::flag(false));
        call = match &seen.revision {
            None => call.condition_expression("attribute_not_exists(revision)"),
            Some(old) => {
                call.condition_expression("revision = :old").expression_attribute_values(":old", rows::text(old))
            }
        };
        self.wrote("noting new rules", call.send().await.map(|noted| noted.consumed_capacity))
    }

    /// Notes how far the walk has come, or that it is through, if it stands where it was read.
    pub async fn note_rules_walk(&self, seen: &RulesWalk, behind: Option<&CustomerId>) -> Result<Written, StoreError> {
        let key = Key::control(SCAN);
        let call = match behind {
            Some(behind) => self
                .to_update(&key, "SET behind = :behind")
                .expression_attribute_values(":behind", rows::text(behind.as_str())),
            None => self
                .to_update(&key, "SET through = :yes REMOVE behind")
                .expression_attribute_values(":yes", rows::flag(true)),
        };
        let call =
            call.expression_attribute_values(":revision", rows::text(seen.revision.as_deref().unwrap_or_default()));
        let call = match &seen.behind {
            None => call.condition_expression("revision = :revision AND attribute_not_exists(behind)"),
            Some(seen) => call
                .condition_expression("revision = :revision AND behind = :seen")
                .expression_attribute_values(":seen", rows::text(seen.as_str())),
        };
        self.wrote("noting how far a walk is", call.send().await.map(|noted| noted.consumed_capacity))
    }

    /// Takes the scan's lease for `span`, if nobody else holds it, and reads how far the walk has come.
    pub async fn lease_scan(&self, owner: &str, now: Time, span: TimeDelta) -> Result<Option<RulesWalk>, StoreError> {
        self.take_lease(SCAN, owner, now, span).await?.map(rows::from_item).transpose()
    }

    /// Reads how far the walk has come, consistently.
    pub async fn rules_walk(&self) -> Result<RulesWalk, StoreError> {
        let item = self.get(&Key::control(SCAN)).await?;
        Ok(item.map(rows::from_item).transpose()?.unwrap_or_default())
    }
}
