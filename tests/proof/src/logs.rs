//! What the handlers log in a run. No line of it may name a person.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

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

    /// The lines that name somebody: every address and name of a run is known.
    pub(crate) fn naming(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&locked(&self.0)).into_owned();
        let names = |line: &&str| line.contains("@example.com") || line.contains("Person ");
        text.lines().filter(names).map(str::to_owned).collect()
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
