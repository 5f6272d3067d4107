//! Cases one after the other, for as long as somebody waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use retention::shop::SourceKind;
use serde::Serialize;

use super::{Outcome, Target, seed};

/// How long a case may take. A body of the longest takes milliseconds.
const CASE: Duration = Duration::from_secs(10);

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Cases that were read.
    pub cases: u64,
    /// How long it took, in seconds.
    pub seconds: u64,
    /// The slowest case, in milliseconds.
    pub slowest_ms: u128,
    /// How many times something was read that is about a person.
    pub events: u64,
    /// How many times something was unreadable.
    pub unreadable: u64,
    /// The first case without a proper answer, and what it was; the same number makes the same case again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mistake: Option<String>,
}

/// Runs the cases from number `first` on until the time is over or one has no proper answer.
pub fn run(kind: SourceKind, first: u64, time: Duration) -> Result<Report, String> {
    let target = Target::new(kind)?;
    let (begun, (done, answers)) = (Instant::now(), mpsc::channel());
    // A thread of its own, which is left behind where a case never ends.
    thread::spawn(move || {
        for nth in first.. {
            let begun = Instant::now();
            // Nothing of a target changes: one that panicked is as good as before.
            let outcome = catch_unwind(AssertUnwindSafe(|| target.run(&seed::bytes(nth))));
            let outcome = outcome.unwrap_or_else(|_| Err("a panic".to_owned()));
            if done.send((nth, outcome, begun.elapsed())).is_err() {
                return;
            }
        }
    });
    let (mut report, mut total) = (Report::default(), Outcome::default());
    while begun.elapsed() < time && report.mistake.is_none() {
        match answers.recv_timeout(CASE) {
            Ok((nth, outcome, took)) => {
                report.cases += 1;
                report.slowest_ms = report.slowest_ms.max(took.as_millis());
                match outcome {
                    Ok(outcome) => total = total.and(outcome),
                    Err(mistake) => report.mistake = Some(format!("case {nth}: {mistake}")),
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                report.mistake = Some(format!("case {}: no answer in {} s", first + report.cases, CASE.as_secs()));
            }
        }
    }
    report.seconds = begun.elapsed().as_secs();
    (report.events, report.unreadable) = (total.events, total.unreadable);
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_what_was_read() {
        let report = run(SourceKind::Ecwid, 0, Duration::from_millis(200)).expect("a source");
        assert!(report.cases > 0 && report.mistake.is_none(), "{report:?}");
    }
}
