//! A mistake in `templates/`, told so that a marketer can mend it: where, what, and the nearest right word.

use std::fmt;
use std::path::{Path, PathBuf};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Such a tree is not packaged.
    Error,
    /// It can be sent, and should be looked at.
    Warning,
}

/// Something in `templates/` that is not right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file, below the directory that was read and prefixed with it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, in one line.
    pub message: String,
    /// How bad it is.
    pub severity: Severity,
}

impl Mistake {
    /// A mistake at a place of a file.
    pub fn at(file: &Path, position: Position, message: impl Into<String>) -> Self {
        let (line, column) = (position.line, position.column);
        Self { file: file.to_owned(), line, column, message: message.into(), severity: Severity::Error }
    }

    /// The same as something to look at.
    #[must_use]
    pub fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let warning = if self.severity == Severity::Warning { "warning: " } else { "" };
        write!(f, "{}:{}:{}: {warning}{}", self.file.display(), self.line, self.column, self.message)
    }
}

/// All mistakes of a tree, by file, line and column. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            let end = if index + 1 == self.0.len() { "" } else { "\n" };
            write!(f, "{mistake}{end}")?;
        }
        Ok(())
    }
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// Where a file begins.
    pub const START: Position = Position { line: 1, column: 1 };

    /// The place of a byte of `source`; the end of it for a byte behind it.
    pub fn of(source: &str, byte: usize) -> Self {
        let mut end = byte.min(source.len());
        while !source.is_char_boundary(end) {
            end -= 1;
        }
        let before = &source[..end];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }

    /// The byte of `source` at this place; the end of the line for a column behind it.
    pub fn byte(self, source: &str) -> usize {
        let line_start: usize = source.split_inclusive('\n').take(self.line.saturating_sub(1)).map(str::len).sum();
        let line = source[line_start..].split('\n').next().unwrap_or_default();
        let column = line.char_indices().nth(self.column.saturating_sub(1)).map_or(line.len(), |(byte, _)| byte);
        line_start + column
    }

    /// The place of a byte in a text that stands in a file beginning at `self`.
    #[must_use]
    pub fn inside(self, text: &str, byte: usize) -> Self {
        let inner = Self::of(text, byte);
        let column = if inner.line == 1 { self.column + inner.column - 1 } else { inner.column };
        Self { line: self.line + inner.line - 1, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_lines_and_characters_and_leads_back_to_its_byte() {
        let source = "one\nzażółć x\nend";
        let byte = source.find('x').unwrap_or_default();
        let place = Position::of(source, byte);
        assert_eq!(place, Position { line: 2, column: 8 });
        assert_eq!(place.byte(source), byte);
        assert_eq!(Position::of(source, 9_999), Position { line: 3, column: 4 });
    }

    #[test]
    fn a_mistake_reads_as_file_line_column_and_message() {
        let mistake = Mistake::at(Path::new("flows/winback/flow.toml"), Position { line: 12, column: 3 }, "unknown");
        assert_eq!(mistake.to_string(), "flows/winback/flow.toml:12:3: unknown");
    }
}
