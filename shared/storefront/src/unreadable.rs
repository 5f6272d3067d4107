//! Why a body that was verified could not be read.

use crate::body::{MAX_BYTES, MAX_DEPTH};

/// Why a verified body could not be read: one line, what and where, without a word of its content. The body is kept
/// and can be sent through again after a fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than the limit.
    #[error("the body has {0} bytes; at most {MAX_BYTES} are read")]
    Long(usize),
    /// Not text. Bytes count from 1.
    #[error("the body is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// Nested deeper than the limit. Bytes count from 1.
    #[error("the body is nested deeper than {MAX_DEPTH} levels at byte {0}")]
    Deep(usize),
    /// Not JSON, or an escape or a number in it that no text and no program can hold.
    #[error("line {line}, column {column} is not JSON")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
    },
    /// JSON of another shape: a list where an object is expected, or a field that stands twice.
    #[error("line {line}, column {column} has another shape than expected")]
    Shape {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
    },
    /// A field that is missing, or that holds what it cannot mean.
    #[error("{field}: {what}")]
    Field {
        /// Where, such as `line_items[3].price`.
        field: String,
        /// What is wrong.
        what: &'static str,
    },
}

impl Unreadable {
    /// A field that is wrong.
    pub(crate) fn field(name: &str, what: &'static str) -> Self {
        Self::Field { field: name.to_owned(), what }
    }

    /// A field that is needed and is not there.
    pub(crate) fn missing(name: &str) -> Self {
        Self::field(name, "missing")
    }

    /// The same, seen from the object that holds it: `price` in item 3 of `line_items` is `line_items[3].price`.
    pub(crate) fn inside(self, parent: &str, index: Option<usize>) -> Self {
        match self {
            Self::Field { field, what } => {
                let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
                Self::Field { field: format!("{parent}{index}.{field}"), what }
            }
            whole => whole,
        }
    }
}
