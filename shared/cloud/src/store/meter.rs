//! What the table's calls cost, by the service's own account.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// Counts requests and consumed capacity units. Cheap to clone: clones count together.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    /// In tenths of a unit: the service counts in halves.
    read_tenths: AtomicU64,
    write_tenths: AtomicU64,
}

/// Consumed capacity units, and the requests that consumed them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Units {
    /// Read capacity units.
    pub read: f64,
    /// Write capacity units.
    pub write: f64,
    /// Requests.
    pub requests: u64,
}

impl Meter {
    /// What was consumed so far.
    pub fn units(&self) -> Units {
        let tenths =
            |counter: &AtomicU64| f64::from(u32::try_from(counter.load(Ordering::Relaxed)).unwrap_or(u32::MAX)) / 10.0;
        Units {
            read: tenths(&self.0.read_tenths),
            write: tenths(&self.0.write_tenths),
            requests: self.0.requests.load(Ordering::Relaxed),
        }
    }

    /// Begins anew.
    pub fn reset(&self) {
        self.0.requests.store(0, Ordering::Relaxed);
        self.0.read_tenths.store(0, Ordering::Relaxed);
        self.0.write_tenths.store(0, Ordering::Relaxed);
    }

    pub(crate) fn read<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.add(&self.0.read_tenths, consumed);
    }

    pub(crate) fn write<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.add(&self.0.write_tenths, consumed);
    }

    fn add<'a>(&self, counter: &AtomicU64, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        let units: f64 = consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
        counter.fetch_add((units * 10.0).round() as u64, Ordering::Relaxed);
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }
}
