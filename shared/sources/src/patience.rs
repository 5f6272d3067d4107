//! How long is waited, and what for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long is waited, and what for.
#[derive(Debug, Clone)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For a whole answer, from the first byte sent to the last one read.
    pub answer: Duration,
    /// For one question with all its tries.
    pub budget: Duration,
    /// What is done between two tries.
    pub waits: Waits,
}

/// What is done between two tries.
#[derive(Debug, Clone)]
pub enum Waits {
    /// Time passes.
    Sleep,
    /// The wait is noted and counts against the budget, and no time passes: for tests.
    Note(Arc<Mutex<Vec<Duration>>>),
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            answer: Duration::from_secs(10),
            budget: Duration::from_secs(30),
            waits: Waits::Sleep,
        }
    }
}

impl Waits {
    /// Waits, and says how much of it the clock has not seen.
    pub(crate) async fn wait(&self, span: Duration) -> Duration {
        match self {
            Self::Sleep => {
                tokio::time::sleep(span).await;
                Duration::ZERO
            }
            Self::Note(noted) => {
                noted.lock().unwrap_or_else(PoisonError::into_inner).push(span);
                span
            }
        }
    }
}
