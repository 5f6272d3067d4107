//! Logs and metrics: JSON lines on standard output, metrics in the CloudWatch embedded metric format.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use retention::Time;
use serde_json::json;
use tracing_subscriber::EnvFilter;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "Regulars";

/// Whether metrics are written: only in a function, which calls [`init`].
static WRITES: AtomicBool = AtomicBool::new(false);

/// Writes logs as JSON lines, from the level info on. Called once, by `main`.
pub fn init() {
    WRITES.store(true, Ordering::Relaxed);
    let filter = EnvFilter::new("info,aws_config=warn,aws_smithy_runtime=warn");
    // A second call finds the first one's subscriber in place, which is as good.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_current_span(false).try_init();
}

/// Counts of one invocation. They leave as one line at its end.
#[derive(Debug, Default)]
pub struct Counts {
    counts: BTreeMap<String, u64>,
}

impl Counts {
    /// Adds to a count. Names are few and fixed, such as `recorded` or `held.gap`: never an id.
    pub fn add(&mut self, name: impl Into<String>, more: u64) {
        *self.counts.entry(name.into()).or_default() += more;
    }

    /// A count so far.
    pub fn get(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or_default()
    }

    /// All counts.
    pub fn all(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    /// Writes the counts of `function` as one line of the embedded metric format. Nothing where nothing was counted.
    pub fn emit(&self, function: &str, now: Time) {
        if self.counts.is_empty() || !WRITES.load(Ordering::Relaxed) {
            return;
        }
        let metrics: Vec<_> = self.counts.keys().map(|name| json!({ "Name": name, "Unit": "Count" })).collect();
        let mut line = json!({
            "_aws": {
                "Timestamp": now.timestamp_millis(),
                "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [["function"]], "Metrics": metrics }],
            },
            "function": function,
        });
        for (name, count) in &self.counts {
            line[name] = json!(count);
        }
        // A log that cannot be written has nowhere to say so.
        let _ = writeln!(std::io::stdout(), "{line}");
    }
}
