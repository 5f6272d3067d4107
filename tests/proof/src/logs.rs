//! What the handlers log in a run. No line of it may name a person, or tell of a panic.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::Verdict;
use crate::network::locked;

/// The log of one run, as a function would write it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// Takes all that is logged on this thread, from the level info on, until the guard is dropped.
    pub(crate) fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let format = tracing_subscriber::fmt().json().with_max_level(tracing::Level::INFO);
        tracing::subscriber::set_default(format.with_writer(self.clone()).finish())
    }

    /// Says which lines name somebody, or tell of a panic.
    pub(crate) fn judge(&self, run: &str, verdict: &mut Verdict) {
        judge(&String::from_utf8_lossy(&locked(&self.0)), run, verdict);
    }
}

/// Says which lines of a log name somebody (every address and name of a run is known), or tell of a panic.
pub(crate) fn judge(log: &str, run: &str, verdict: &mut Verdict) {
    let names = |line: &&str| line.contains("@example.com") || line.contains("Person ");
    for line in log.lines().filter(names) {
        verdict.finds(|v| &mut v.named_in_logs, format!("{run}: the log names somebody: {line}"));
    }
    for line in log.lines().filter(|line| line.contains("panicked at")) {
        verdict.finds(|v| &mut v.panicked, format!("{run}: {line}"));
    }
}

impl Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        locked(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Logs {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
