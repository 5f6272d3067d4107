//! The words of the pages that people open from a letter: `pages/strings.<locale>.toml`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::brand::one_line;
use crate::table::{At, Table};
use crate::topics::Titles;

/// The pages' words by locale, and how topics are called.
#[derive(Debug, Clone, Default)]
pub struct PageFiles {
    /// By locale; the shop's own is among them.
    pub strings: BTreeMap<String, PageWords>,
    /// The titles of each topic, by locale; the shop's own is among them.
    pub topics: Titles,
}

impl PageFiles {
    /// What a language calls itself; its tag where the pages do not speak it.
    pub fn language<'l>(&'l self, locale: &'l str) -> &'l str {
        self.strings.get(locale).map_or(locale, |words| words.text("language_name"))
    }
}

/// All words of the pages in one language. A text may hold `{{shop.name}}`, and some a field of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageWords(BTreeMap<&'static str, String>);

/// The one field that every text may hold.
const SHOP: &str = "shop.name";

/// Every text of the pages, and the fields that it may hold beside the shop's name.
const WORDS: &[(&str, &[&str])] = &[
    ("language_name", &[]),
    ("date", &["day", "month", "year"]),
    ("month_1", &[]),
    ("month_2", &[]),
    ("month_3", &[]),
    ("month_4", &[]),
    ("month_5", &[]),
    ("month_6", &[]),
    ("month_7", &[]),
    ("month_8", &[]),
    ("month_9", &[]),
    ("month_10", &[]),
    ("month_11", &[]),
    ("month_12", &[]),
    ("contact", &[]),
    ("letters_title", &[]),
    ("unsubscribe_text", &[]),
    ("unsubscribe", &[]),
    ("unsubscribed_title", &[]),
    ("unsubscribed_text", &[]),
    ("subscribe", &[]),
    ("subscribed_title", &[]),
    ("subscribed_text", &[]),
    ("complained_text", &[]),
    ("pending_text", &[]),
    ("choose_title", &[]),
    ("choose_back", &[]),
    ("topics_title", &[]),
    ("pause_title", &[]),
    ("pause_none", &[]),
    ("pause_keep", &["until"]),
    ("pause_end", &[]),
    ("pause_30", &[]),
    ("pause_90", &[]),
    ("fewer_title", &[]),
    ("fewer", &[]),
    ("birthday_title", &[]),
    ("birthday_text", &[]),
    ("birthday_day", &[]),
    ("birthday_month", &[]),
    ("language_title", &[]),
    ("language_shops", &[]),
    ("save", &[]),
    ("saved", &[]),
    ("data_title", &[]),
    ("data_text", &[]),
    ("data_ask", &[]),
    ("data_sent_title", &[]),
    ("data_sent_text", &[]),
    ("answer_title", &[]),
    ("answer_text", &[]),
    ("answer_lowest", &[]),
    ("answer_highest", &[]),
    ("answer_send", &[]),
    ("answered_title", &[]),
    ("answered_text", &["score"]),
    ("confirm_title", &[]),
    ("confirm_text", &[]),
    ("confirm", &[]),
    ("own_data_title", &[]),
    ("own_data_text", &["until"]),
    ("export_title", &[]),
    ("export_text", &[]),
    ("export", &[]),
    ("erase_title", &[]),
    ("erase_text", &[]),
    ("erase_sure", &[]),
    ("erase", &[]),
    ("gone_title", &[]),
    ("gone_text", &[]),
    ("unknown_title", &[]),
    ("unknown_text", &[]),
    ("expired_title", &[]),
    ("expired_text", &[]),
    ("again_title", &[]),
    ("again_text", &[]),
    ("wrong_form", &[]),
    ("wrong_birthday", &[]),
    ("wrong_language", &[]),
    ("wrong_answer", &[]),
    ("wrong_sure", &[]),
];

impl PageWords {
    /// Reads a file: every text must be there, and no other.
    pub(crate) fn read(mut table: Table<'_>) -> Self {
        let mut words = BTreeMap::new();
        for (key, fields) in WORDS {
            let Some(text) = table.needed_text(key) else { continue };
            check(&text, fields);
            words.extend(one_line(&text).map(|text| (*key, text)));
        }
        table.finish();
        Self(words)
    }

    /// All texts by their keys, with their fields as they were written.
    pub fn texts(&self) -> &BTreeMap<&'static str, String> {
        &self.0
    }

    /// One text; every key that the pages use is in every file.
    pub fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }
}

/// Reports what stands in braces and is no field of this text.
fn check(text: &At<'_, &str>, fields: &[&str]) {
    for after in text.value.split("{{").skip(1) {
        let name = after.split("}}").next().filter(|name| name.len() < after.len());
        let known = |name: &str| name == SHOP || fields.contains(&name);
        if !name.is_some_and(known) {
            let right = std::iter::once(&SHOP).chain(fields).map(|field| format!("{{{{{field}}}}}"));
            text.wrong(format!(
                "this text may hold {}, and nothing else in braces",
                right.collect::<Vec<_>>().join(" or ")
            ));
        }
    }
}

/// Of the locales that there are, the one for a language tag: `pl-PL` is served by `pl`, `zh-CN` by `zh-Hans`.
pub fn nearest_locale<'l>(mut there: impl Iterator<Item = &'l str> + Clone, wanted: &str) -> Option<&'l str> {
    let wanted = if wanted.contains('_') { Cow::Owned(wanted.replace('_', "-")) } else { Cow::Borrowed(wanted) };
    let mut tag = wanted.as_ref();
    loop {
        if let Some(found) = there.clone().find(|locale| locale.eq_ignore_ascii_case(tag)) {
            return Some(found);
        }
        match tag.rsplit_once('-') {
            Some((shorter, _)) => tag = shorter,
            None => break,
        }
    }
    let language = |locale: &'l str| locale.split('-').next().unwrap_or_default();
    there.find(|locale| language(locale).eq_ignore_ascii_case(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_served_by_the_nearest_that_there_is() {
        let near = |wanted: &str| nearest_locale(["en", "ja", "pl", "pt-BR", "zh-Hans"].into_iter(), wanted);
        assert_eq!(near("pl-PL"), Some("pl"));
        assert_eq!(near("PL_pl"), Some("pl"));
        assert_eq!(near("zh-CN"), Some("zh-Hans"));
        assert_eq!(near("zh-Hans-SG"), Some("zh-Hans"));
        assert_eq!(near("pt"), Some("pt-BR"));
        assert_eq!((near("de"), near(""), near("plx")), (None, None, None));
    }
}
