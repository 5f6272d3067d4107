//! The copy of letters: `strings.<locale>.toml`, the only files that a translator touches.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::mistake::Position;
use crate::table::{At, Table};

/// One strings file: a table for each letter, and in it a text for each key.
#[derive(Debug, Clone)]
pub struct Strings {
    /// Where it lies, for messages.
    pub path: PathBuf,
    /// The texts by letter and key. The words of the layout stand under the empty name.
    pub letters: BTreeMap<String, BTreeMap<String, Text>>,
    /// Where the table of each letter begins.
    pub heads: BTreeMap<String, Position>,
}

/// One text. It may hold Handlebars expressions over the letter's view; it never holds markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What it says.
    pub value: String,
    /// Where its first letter stands, inside the quotes.
    pub position: Position,
}

/// Reads the strings of a flow: a table for each letter.
pub(crate) fn read_letters(root: &Table<'_>, path: PathBuf) -> Strings {
    let mut strings = Strings { path, letters: BTreeMap::new(), heads: BTreeMap::new() };
    for (name, value) in root.all() {
        match value.table() {
            Some(table) => {
                strings.heads.insert(name.value.to_owned(), name.position());
                strings.letters.insert(name.value.to_owned(), texts(&table));
            }
            None => name.wrong(format!("the texts of a letter stand under its name, such as [{}]", name.value)),
        }
    }
    strings
}

/// Reads the words of the layout: texts without a letter.
pub(crate) fn read_words(root: &Table<'_>, path: PathBuf) -> Strings {
    Strings {
        path,
        letters: BTreeMap::from([(String::new(), texts(root))]),
        heads: BTreeMap::from([(String::new(), Position::START)]),
    }
}

fn texts(table: &Table<'_>) -> BTreeMap<String, Text> {
    let mut texts = BTreeMap::new();
    for (key, value) in table.all() {
        let fits = key.value.starts_with(|c: char| c.is_ascii_lowercase())
            && key.value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fits {
            key.wrong("the key of a text is of a-z, 0-9 and `_`");
        }
        let Some(text) = value.text() else { continue };
        if text.value.trim().is_empty() {
            text.wrong("this text is empty");
        }
        texts.insert(
            key.value.to_owned(),
            Text { value: text.value.trim_end().to_owned(), position: text.inner_position() },
        );
    }
    texts
}

impl At<'_, &str> {
    fn position(&self) -> Position {
        Position::of(self.source(), self.span().start)
    }

    /// Where the text itself begins, behind its quotes and the line break that TOML drops after `"""`.
    fn inner_position(&self) -> Position {
        let raw = &self.source()[self.span()];
        let quotes = if raw.starts_with("\"\"\"") || raw.starts_with("'''") { 3 } else { 1 };
        let newline = raw[quotes.min(raw.len())..].chars().take_while(|c| *c == '\r').count();
        let dropped = if quotes == 3 && raw[3 + newline..].starts_with('\n') { newline + 1 } else { 0 };
        Position::of(self.source(), self.span().start + quotes + dropped)
    }
}
