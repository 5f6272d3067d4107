//! The aggregates of the day, read once by a function and kept while it is warm.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use retention::Time;
use retention::aggregates::Aggregates;

use crate::store::{Store, StoreError};

/// How long a snapshot is kept: it is made once a day.
const FRESH: TimeDelta = TimeDelta::minutes(15);

/// The newest snapshot of the aggregates, as this process last read it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Snapshot {
    kept: Arc<Mutex<Option<Kept>>>,
    fresh: TimeDelta,
}

impl Default for Snapshot {
    /// One that is read again after 15 minutes.
    fn default() -> Self {
        Self::fresh_for(FRESH)
    }
}

/// What was read, and when.
type Kept = (Time, Arc<Aggregates>);

impl Snapshot {
    /// One that is read again after `fresh`. Where one process both makes and reads the aggregates, that may be never.
    pub fn fresh_for(fresh: TimeDelta) -> Self {
        Self { kept: Arc::default(), fresh }
    }

    /// The snapshot, as fresh as was asked for. Read only when somebody asks, so that a run with nothing due pays nothing.
    pub async fn get(&self, store: &Store, now: Time) -> Result<Arc<Aggregates>, StoreError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, aggregates)) = kept.filter(|(at, _)| now - *at < self.fresh && now >= *at) {
            return Ok(aggregates);
        }
        let aggregates = Arc::new(store.aggregates().await?);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, aggregates.clone()));
        Ok(aggregates)
    }

    /// Forgets what was read, after the aggregates were made anew in this process.
    pub fn forget(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
