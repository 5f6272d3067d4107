//! A text that the shop says in more than one language, where it stands outside of a strings file.

use std::collections::BTreeMap;

use crate::brand::{one_line, tag};
use crate::pages::nearest_locale;
use crate::table::{At, Table};
use toml::de::DeValue;

/// A text in the shop's own language, and in others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Localised {
    own: String,
    others: BTreeMap<String, String>,
}

impl Localised {
    /// A text that is the same in every language.
    pub fn new(own: impl Into<String>) -> Self {
        Self { own: own.into(), others: BTreeMap::new() }
    }

    /// The text in a language; in the shop's own where it is not said in this one.
    pub fn in_locale(&self, locale: &str) -> &str {
        let nearest = nearest_locale(self.others.keys().map(String::as_str), locale);
        nearest.and_then(|locale| self.others.get(locale)).map_or(&self.own, String::as_str)
    }

    /// The text in every language.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.own).chain(self.others.values()).map(String::as_str)
    }

    /// Reads a text, or a table of texts by locale in which the shop's own is one.
    pub(crate) fn read(value: &At<'_, &DeValue<'_>>, shops: Option<&str>) -> Option<Self> {
        let Some(table) = value.table() else { return value.text().as_ref().and_then(one_line).map(Self::new) };
        let mut others = texts(&table);
        let shops = shops?;
        let Some(own) = others.get(shops).cloned() else {
            table.wrong(format!("the text in the shop's own language is missing: `{shops}`"));
            return None;
        };
        others.retain(|_, text| !text.is_empty());
        Some(Self { own, others })
    }
}

fn texts(table: &Table<'_>) -> BTreeMap<String, String> {
    let read = table.all().into_iter().filter_map(|(locale, text)| {
        let locale = locale.then(|raw| tag(raw))?;
        Some((locale.value, text.text().as_ref().and_then(one_line)?))
    });
    read.collect()
}
