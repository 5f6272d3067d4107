//! Once a day: what the shop's own orders say about everyone.

use cloud::StoreError;
use cloud::aggregating::{Aggregated, refresh};
use cloud::recording::Recorder;
use cloud::telemetry::Counts;
use retention::Time;

/// Makes the aggregates anew. What does not get done leaves those of before, is counted, and is told as an error.
pub async fn aggregates(recorder: &Recorder, deadline: Time) -> Result<bool, StoreError> {
    let mut counts = Counts::default();
    let Recorder { store, shop, clock, .. } = recorder;
    let done = match refresh(store, shop, clock.now(), || clock.now() < deadline).await? {
        Aggregated::Stored { left_out } => {
            counts.add("aggregated", 1);
            counts.add("failed", left_out);
            true
        }
        Aggregated::OutOfTime => {
            tracing::error!("the aggregates of the day were not made: the table is too large for one run");
            counts.add("failed", 1);
            false
        }
    };
    counts.emit("sync", clock.now());
    Ok(done)
}
