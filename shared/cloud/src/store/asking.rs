//! How far a storefront was asked what changed there.

use retention::Time;
use retention::time::{millis, millis_option};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::rows;
use crate::table::Key;

/// How far a storefront was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// Everything that changed before is known: when the last pass that came to its end was begun.
    #[serde(with = "millis")]
    pub since: Time,
    /// When the pass under way was begun.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<Time>,
    /// Which of the lists it has come to.
    #[serde(default)]
    pub kind: usize,
    /// Where in that list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// When to go on: after a pause, or when the storefront answers again.
    #[serde(with = "millis")]
    pub not_before: Time,
}

impl Asking {
    /// Nothing under way, and nothing to ask of what was before `now`.
    pub fn from(now: Time) -> Self {
        Self { since: now, begun_at: None, kind: 0, cursor: None, not_before: now }
    }
}

impl Store {
    /// Reads how far the asker of this name has come, consistently: the hourly pass bears the name of its source.
    pub async fn asking(&self, asker: &str) -> Result<Option<Asking>, StoreError> {
        self.get(&Key::control(&format!("cursor#{asker}"))).await?.map(rows::from_item).transpose()
    }

    /// Writes how far the asker of this name has come, whatever stood there.
    pub async fn set_asking(&self, asker: &str, asking: &Asking) -> Result<(), StoreError> {
        self.put(rows::to_item(&Key::control(&format!("cursor#{asker}")), asking)?).await
    }
}
