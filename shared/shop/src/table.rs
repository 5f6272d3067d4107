//! A TOML table that reports what is wrong in it with its place, and goes on reading.

use std::cell::RefCell;
use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::mistake::{Mistake, Position};
use crate::nearest::{hint, or_list};

/// Where mistakes are gathered, of all files.
#[derive(Debug, Default)]
pub(crate) struct Findings(RefCell<Vec<Mistake>>);

impl Findings {
    pub(crate) fn add(&self, mistake: Mistake) {
        self.0.borrow_mut().push(mistake);
    }

    pub(crate) fn into_sorted(self) -> Vec<Mistake> {
        let mut all = self.0.into_inner();
        all.sort();
        all.dedup();
        all
    }
}

/// One TOML file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Document<'d> {
    pub(crate) path: &'d Path,
    pub(crate) source: &'d str,
    pub(crate) findings: &'d Findings,
}

/// A table of a file, and which of its fields were asked for: any other field is unknown.
pub(crate) struct Table<'d> {
    document: Document<'d>,
    fields: &'d DeTable<'d>,
    /// Where it begins, for what is missing in it.
    head: Range<usize>,
    asked: Vec<&'static str>,
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(crate) struct At<'d, T> {
    pub(crate) value: T,
    bytes: Range<usize>,
    document: Document<'d>,
}

impl<'d> Document<'d> {
    /// Parses the file; syntax errors are reported, and what could be read is read on.
    pub(crate) fn parse(path: &'d PathBuf, source: &'d str, findings: &'d Findings) -> (Self, Spanned<DeTable<'d>>) {
        let document = Self { path, source, findings };
        let (table, errors) = DeTable::parse_recoverable(source);
        for error in errors {
            let at = error.span().unwrap_or(0..0);
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            document.report(&at, format!("this is not TOML: {message}"));
        }
        (document, table)
    }

    pub(crate) fn report(&self, at: &Range<usize>, message: impl Display) {
        let position = Position::of(self.source, at.start);
        self.findings.add(Mistake::at(self.path, position, message.to_string()));
    }

    /// The root table of the file.
    pub(crate) fn root(self, table: &'d Spanned<DeTable<'d>>) -> Table<'d> {
        Table { document: self, fields: table.get_ref(), head: 0..0, asked: Vec::new() }
    }
}

impl<'d, T> At<'d, T> {
    /// Reports a mistake at this value.
    pub(crate) fn wrong(&self, message: impl Display) {
        self.document.report(&self.bytes, message);
    }

    /// Reports a mistake at a byte of the file, within this value.
    pub(crate) fn wrong_at(&self, byte: usize, message: impl Display) {
        self.document.report(&(byte..byte), message);
    }

    /// Reads the value further; a refusal is reported at its place.
    pub(crate) fn then<U>(&self, read: impl FnOnce(&T) -> Result<U, String>) -> Option<At<'d, U>> {
        match read(&self.value) {
            Ok(value) => Some(At { value, bytes: self.bytes.clone(), document: self.document }),
            Err(message) => {
                self.wrong(message);
                None
            }
        }
    }

    /// The file that the value stands in.
    pub(crate) fn source(&self) -> &'d str {
        self.document.source
    }

    /// The bytes of the file that the value stands in.
    pub(crate) fn span(&self) -> Range<usize> {
        self.bytes.clone()
    }
}

impl<'d> At<'d, &'d str> {
    /// The meaning of a word out of a fixed list; another word is reported with the nearest right one.
    pub(crate) fn one_of<T: Copy>(&self, what: &str, words: &[(&str, T)]) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == self.value).map(|(_, meaning)| *meaning);
        if found.is_none() {
            self.unknown(what, words.iter().map(|(word, _)| *word));
        }
        found
    }

    /// Reports a word that is none of the right ones.
    pub(crate) fn unknown<'w>(&self, what: &str, right: impl IntoIterator<Item = &'w str> + Clone) {
        self.wrong(format!("unknown {what} `{}`{}", self.value, or_list(self.value, right)));
    }
}

impl<'d> Table<'d> {
    /// Reports a mistake at the head of the table.
    pub(crate) fn wrong(&self, message: impl Display) {
        self.document.report(&self.head, message);
    }

    /// The value of a field, if it is there.
    pub(crate) fn value(&mut self, key: &'static str) -> Option<At<'d, &'d DeValue<'d>>> {
        self.asked.push(key);
        let (_, value) = self.fields.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(self.at(value))
    }

    fn at(&self, value: &'d Spanned<DeValue<'d>>) -> At<'d, &'d DeValue<'d>> {
        At { value: value.get_ref(), bytes: value.span(), document: self.document }
    }

    fn missing(&self, key: &str) {
        self.wrong(format!("the field `{key}` is missing"));
    }

    /// A text, if it is there.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<At<'d, &'d str>> {
        self.value(key)?.text()
    }

    /// A text that must be there.
    pub(crate) fn needed_text(&mut self, key: &'static str) -> Option<At<'d, &'d str>> {
        if let Some(value) = self.value(key) {
            value.text().and_then(|text| {
                let empty = text.value.trim().is_empty();
                if empty {
                    text.wrong(format!("`{key}` is empty"));
                }
                (!empty).then_some(text)
            })
        } else {
            self.missing(key);
            None
        }
    }

    /// A whole number, if it is there.
    pub(crate) fn number(&mut self, key: &'static str) -> Option<At<'d, i64>> {
        let value = self.value(key)?;
        value.then(|v| whole(v).ok_or_else(|| format!("`{key}` is a whole number")))
    }

    /// A list of whole numbers, if it is there; reported where it is none.
    pub(crate) fn numbers(&mut self, key: &'static str) -> Option<At<'d, Vec<i64>>> {
        let value = self.value(key)?;
        let list =
            |v: &&DeValue<'_>| v.as_array()?.iter().map(|item| whole(item.get_ref())).collect::<Option<Vec<i64>>>();
        value.then(|v| list(v).ok_or_else(|| format!("`{key}` is a list of whole numbers, such as [2, 5]")))
    }

    /// A list of texts or one text alone; empty where it is missing.
    pub(crate) fn one_or_more(&mut self, key: &'static str) -> Vec<At<'d, &'d str>> {
        match self.value(key) {
            Some(value) if value.value.is_str() => value.text().into_iter().collect(),
            _ => self.texts(key),
        }
    }

    /// A whole number that must be there.
    pub(crate) fn needed_number(&mut self, key: &'static str) -> Option<At<'d, i64>> {
        if !self.has(key) {
            self.missing(key);
        }
        self.number(key)
    }

    /// Yes or no, if it is there.
    pub(crate) fn flag(&mut self, key: &'static str) -> Option<At<'d, bool>> {
        let value = self.value(key)?;
        value.then(|v| v.as_bool().ok_or_else(|| format!("`{key}` is true or false")))
    }

    /// Yes or no that must be there.
    pub(crate) fn needed_flag(&mut self, key: &'static str) -> Option<At<'d, bool>> {
        if !self.has(key) {
            self.missing(key);
        }
        self.flag(key)
    }

    /// A list of texts; empty where it is missing.
    pub(crate) fn texts(&mut self, key: &'static str) -> Vec<At<'d, &'d str>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.value.as_array() else {
            value.wrong(format!("`{key}` is a list, such as [\"...\"]"));
            return Vec::new();
        };
        items.iter().filter_map(|item| self.at(item).text()).collect()
    }

    /// A table within this one, if it is there.
    pub(crate) fn table(&mut self, key: &'static str) -> Option<Table<'d>> {
        let value = self.value(key)?;
        let table = value.table();
        if table.is_none() {
            value.wrong(format!("`{key}` is a table"));
        }
        table
    }

    /// A table within this one that must be there.
    pub(crate) fn needed_table(&mut self, key: &'static str) -> Option<Table<'d>> {
        if !self.has(key) {
            self.missing(key);
        }
        self.table(key)
    }

    /// The tables of `[[key]]`, in their order.
    pub(crate) fn tables(&mut self, key: &'static str) -> Vec<Table<'d>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let tables =
            value.value.as_array().map(|items| items.iter().filter_map(|item| self.at(item).table()).collect());
        tables.unwrap_or_else(|| {
            value.wrong(format!("`{key}` is written as [[{key}]]"));
            Vec::new()
        })
    }

    /// Every field of a table whose names the shop chooses.
    pub(crate) fn all(&self) -> Vec<(At<'d, &'d str>, At<'d, &'d DeValue<'d>>)> {
        let named = |name: &'d Spanned<toml::de::DeString<'d>>| At {
            value: name.get_ref().as_ref(),
            bytes: name.span(),
            document: self.document,
        };
        self.fields.iter().map(|(name, value)| (named(name), self.at(value))).collect()
    }

    fn has(&self, key: &str) -> bool {
        self.fields.iter().any(|(name, _)| name.get_ref() == key)
    }

    /// Reports the fields that nothing asked for.
    pub(crate) fn finish(self) {
        for (name, _) in self.all() {
            if !self.asked.contains(&name.value) {
                name.wrong(format!("unknown field `{}`{}", name.value, hint(name.value, self.asked.iter().copied())));
            }
        }
    }
}

/// A whole number in digits, if it is one.
fn whole(value: &DeValue<'_>) -> Option<i64> {
    value.as_integer().filter(|number| number.radix() == 10).and_then(|number| number.as_str().parse().ok())
}

impl<'d> At<'d, &'d DeValue<'d>> {
    /// The value as a text; anything else is reported.
    pub(crate) fn text(&self) -> Option<At<'d, &'d str>> {
        self.then(|value| match value {
            DeValue::String(text) => Ok(text.as_ref()),
            _ => Err("this is a text, in quotes".to_owned()),
        })
    }

    /// The value as a table.
    pub(crate) fn table(&self) -> Option<Table<'d>> {
        let fields = self.value.as_table()?;
        Some(Table { document: self.document, fields, head: self.bytes.clone(), asked: Vec::new() })
    }
}
