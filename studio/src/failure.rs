//! A mistake as a person sees it: one line that says what, where and what to do.

use std::fmt;

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure, as one line.
    pub fn new(line: impl Into<String>) -> Self {
        Self(line.into())
    }

    /// The same failure, with what it is about before it.
    #[must_use]
    pub fn about(self, what: &str) -> Self {
        Self(format!("{what}: {}", self.0))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<cloud::StoreError> for Failure {
    fn from(error: cloud::StoreError) -> Self {
        Self(format!("the table: {error}"))
    }
}
