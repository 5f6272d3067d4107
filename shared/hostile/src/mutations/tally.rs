//! What came of the forgeries.

use std::collections::BTreeMap;

use retention::shop::SourceKind;
use serde::Serialize;

/// How many forgeries were tried, and how many were believed.
#[derive(Debug, Default, Serialize)]
pub struct Tally {
    /// Deliveries that were mutated.
    pub deliveries: usize,
    /// Forgeries that an adapter was asked about.
    pub mutations: u64,
    /// Those that were believed.
    pub accepted: u64,
    /// Changes of a header that no client could send: they are no forgeries.
    pub undeliverable: u64,
    /// Secrets that no adapter was made of: empty ones, and those that a flipped bit has made unreadable.
    pub secrets_refused: u64,
    /// Forgeries of each kind of source.
    pub by_source: BTreeMap<&'static str, u64>,
    /// Forgeries of each kind of change.
    pub by_change: BTreeMap<&'static str, u64>,
    /// How many were believed, of each kind of source and change.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub believed: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn count(&mut self, kind: SourceKind, change: &'static str, believed: bool) {
        self.mutations += 1;
        *self.by_source.entry(kind.name()).or_default() += 1;
        *self.by_change.entry(change).or_default() += 1;
        if believed {
            self.accepted += 1;
            *self.believed.entry(format!("{}: {change}", kind.name())).or_default() += 1;
        }
    }

    pub(super) fn and(mut self, other: Self) -> Self {
        self.mutations += other.mutations;
        self.accepted += other.accepted;
        self.undeliverable += other.undeliverable;
        self.secrets_refused += other.secrets_refused;
        for (of, n) in other.by_source {
            *self.by_source.entry(of).or_default() += n;
        }
        for (of, n) in other.by_change {
            *self.by_change.entry(of).or_default() += n;
        }
        for (of, n) in other.believed {
            *self.believed.entry(of).or_default() += n;
        }
        self
    }
}
