//! The aggregates of the day, read once by a function and kept while it is warm.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use retention::Time;
use retention::aggregates::Aggregates;

use crate::store::{Store, StoreError};

/// How long a snapshot is kept: it is made once a day.
const FRESH: TimeDelta = TimeDelta::minutes(15);

/// The newest snapshot of the aggregates, as this process last read it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Snapshot(Arc<Mutex<Option<Kept>>>);

/// What was read, and when.
type Kept = (Time, Arc<Aggregates>);

impl Snapshot {
    /// The snapshot, at most 15 minutes old. Read only when somebody asks, so that a run with nothing due pays nothing.
    pub async fn get(&self, store: &Store, now: Time) -> Result<Arc<Aggregates>, StoreError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, aggregates)) = kept.filter(|(at, _)| now - *at < FRESH && now >= *at) {
            return Ok(aggregates);
        }
        let aggregates = Arc::new(store.aggregates().await?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, aggregates.clone()));
        Ok(aggregates)
    }

    /// Forgets what was read, after the aggregates were made anew in this process.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
