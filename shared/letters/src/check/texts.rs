//! The texts of letters: in every language the same keys, and in every text only what the view has.

use std::collections::BTreeMap;
use std::path::Path;

use handlebars::Template;
use retention::flow::Flow;
use retention::ids::LetterName;
use shop::{Mistake, Position, Source, Strings, Text, Tree, Words, nearest};

use super::expressions::Walk;
use super::shape::Shape;
use crate::compiled::syntax_error;
use crate::format::Formats;

/// Texts that every letter has: they stand in headers, on one line.
const HEADERS: [&str; 2] = ["subject", "preheader"];

/// As many missing texts are named.
const MAX_NAMED: usize = 5;

/// Holds the strings files against each other and against the letters there are.
pub(super) fn check_languages(tree: &Tree, found: &mut Vec<Mistake>) {
    let shops = &tree.brand.locale;
    let layout_path = tree.letters.layout.values().next().map(|source| source.path.with_file_name(file_name(shops)));
    match tree.letters.words.get(shops) {
        Some(words) => {
            for other in tree.letters.words.values() {
                same_keys(words, other, "", found);
            }
        }
        None => {
            if let Some(path) = layout_path {
                found.push(Mistake::at(&path, Position::START, missing_language(shops)));
            }
        }
    }
    for folder in tree.letters.flows.values() {
        for strings in folder.strings.values() {
            for (table, head) in &strings.heads {
                if !folder.letters.keys().any(|letter| letter.as_str() == table) {
                    let hint = nearest(table, folder.letters.keys().map(LetterName::as_str))
                        .map_or_else(String::new, |name| format!(": did you mean `{name}`?"));
                    found.push(Mistake::at(&strings.path, *head, format!("there is no letter `{table}`{hint}")));
                }
            }
        }
        for locale in tree.letters.words.keys().filter(|locale| !folder.strings.contains_key(*locale)) {
            if let Some(letter) = folder.letters.values().next().filter(|_| locale != shops) {
                let path = letter.path.with_file_name(file_name(locale));
                let message =
                    format!("this file is missing: `{locale}` is a language of the letters, since layout/ speaks it");
                found.push(Mistake::at(&path, Position::START, message));
            }
        }
        for (locale, strings) in &folder.strings {
            if !tree.letters.words.contains_key(locale) {
                let message = format!("there is no layout/{} with the words that all letters share", file_name(locale));
                found.push(Mistake::at(&strings.path, Position::START, message));
            }
        }
        for (letter, source) in &folder.letters {
            if let Some(strings) = folder.strings.get(shops) {
                for other in folder.strings.values() {
                    same_keys(strings, other, letter.as_str(), found);
                }
            } else {
                let path = source.path.with_file_name(file_name(shops));
                found.push(Mistake::at(&path, Position::START, missing_language(shops)));
            }
        }
    }
}

/// What is said of products in the shop's own language and not in another, as warnings: letters then fall back.
pub(super) fn check_content(tree: &Tree, found: &mut Vec<Mistake>) {
    let content = &tree.brand.content;
    if content.products.is_empty() && content.categories.is_empty() {
        return;
    }
    for (locale, strings) in tree.letters.words.iter().filter(|(locale, _)| **locale != tree.brand.locale) {
        let templates = strings.path.parent().and_then(Path::parent).unwrap_or(Path::new(""));
        let path = templates.join(format!("content.{locale}.toml"));
        let mut warn = |message: String| found.push(Mistake::at(&path, Position::START, message).warning());
        let Some(said) = content.translations.get(locale) else {
            warn(format!("this file is missing: letters in `{locale}` say of products what content.toml says"));
            continue;
        };
        let products = content.products.iter();
        let products = products.map(|(key, own)| (format!("product `{key}`"), &own.words, said.products.get(key)));
        let categories = content.categories.iter();
        let categories =
            categories.map(|(name, own)| (format!("category `{name}`"), &own.words, said.categories.get(name)));
        let missing = products.chain(categories).flat_map(|(of, own, translated)| {
            untold(own, translated).into_iter().map(move |what| format!("`{what}` of {of}"))
        });
        let missing: Vec<String> = missing.collect();
        if !missing.is_empty() {
            let more = if missing.len() > MAX_NAMED { ", ..." } else { "" };
            let named = missing.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            warn(format!(
                "texts missing in this language: {}, said as content.toml says them: {named}{more}",
                missing.len()
            ));
        }
    }
}

/// Which of the words there are not in a translation.
fn untold(own: &Words, translated: Option<&Words>) -> Vec<&'static str> {
    let none = Words::default();
    let translated = translated.unwrap_or(&none);
    let pairs = [
        ("title", own.title.is_some(), translated.title.is_some()),
        ("blurb", own.blurb.is_some(), translated.blurb.is_some()),
        ("care", own.care.is_some(), translated.care.is_some()),
        ("video", own.video.is_some(), translated.video.is_some()),
        ("faq", !own.faq.is_empty(), !translated.faq.is_empty()),
    ];
    pairs.into_iter().filter(|(_, own, translated)| *own && !translated).map(|(what, ..)| what).collect()
}

fn file_name(locale: &str) -> String {
    format!("strings.{locale}.toml")
}

fn missing_language(locale: &str) -> String {
    format!("this file is missing: `{locale}` is the shop's own language")
}

/// Reports what one language says and another does not.
fn same_keys(shops: &Strings, other: &Strings, table: &str, found: &mut Vec<Mistake>) {
    let empty = BTreeMap::new();
    let right = shops.letters.get(table).unwrap_or(&empty);
    let head = other.heads.get(table).copied().unwrap_or(Position::START);
    let Some(texts) = other.letters.get(table) else {
        found.push(Mistake::at(&other.path, head, format!("the texts of the letter `{table}` are missing: [{table}]")));
        return;
    };
    let headers: &[&str] = if table.is_empty() { &[] } else { &HEADERS };
    for key in headers.iter().copied().chain(right.keys().map(String::as_str)) {
        if !texts.contains_key(key) {
            found.push(Mistake::at(&other.path, head, format!("the text `{key}` is missing")));
        }
    }
    for (key, text) in texts {
        if !right.contains_key(key) {
            let hint = nearest(key, right.keys().map(String::as_str))
                .map_or_else(String::new, |key| format!(": did you mean `{key}`?"));
            found.push(Mistake::at(
                &other.path,
                text.position,
                format!("{} has no text `{key}`{hint}", shops.path.display()),
            ));
        }
        if headers.contains(&key.as_str()) && text.value.contains('\n') {
            found.push(Mistake::at(&other.path, text.position, format!("the {key} is one line")));
        }
    }
}

/// Checks the texts of a letter and the shared words in every language, and gives the shape of the letter's texts.
pub(super) fn check_letter(
    tree: &Tree,
    formats: &Formats,
    flow: &Flow,
    letter: &LetterName,
    [own_shape, words_shape]: [&Shape; 2],
    found: &mut Vec<Mistake>,
) -> Shape {
    let Some(folder) = tree.letters.flows.get(&flow.name) else { return Shape::texts(std::iter::empty()) };
    let plurals = |locale: &str| formats.get(locale).map(|format| format.plurals()).unwrap_or_default();
    for (locale, strings) in &folder.strings {
        check_texts(strings, strings.letters.get(letter.as_str()), own_shape, &plurals(locale), found);
    }
    for (locale, words) in &tree.letters.words {
        check_texts(words, words.letters.get(""), words_shape, &plurals(locale), found);
    }
    let texts = folder.strings.get(&tree.brand.locale).and_then(|strings| strings.letters.get(letter.as_str()));
    let named: Vec<String> = texts.into_iter().flat_map(BTreeMap::keys).cloned().collect();
    // Missing headers are told at the strings file.
    let headers = HEADERS.map(str::to_owned);
    Shape::texts(named.iter().chain(&headers))
}

/// The shape of the words that all letters share.
pub(super) fn words(tree: &Tree) -> Shape {
    let words = tree.letters.words.get(&tree.brand.locale).and_then(|words| words.letters.get(""));
    Shape::texts(words.into_iter().flat_map(BTreeMap::keys))
}

fn check_texts(
    strings: &Strings,
    texts: Option<&BTreeMap<String, Text>>,
    shape: &Shape,
    plurals: &[&'static str],
    found: &mut Vec<Mistake>,
) {
    let layout = BTreeMap::new();
    let source = Source { path: strings.path.clone(), text: String::new() };
    for text in texts.into_iter().flat_map(BTreeMap::values) {
        match Template::compile(&text.value) {
            Ok(template) => Walk::new(&layout, shape, found).in_language(plurals).text(
                &template,
                &source,
                text.position,
                &text.value,
            ),
            Err(error) => {
                let (place, message) = syntax_error(&error, text.position);
                found.push(Mistake::at(&strings.path, place, message));
            }
        }
    }
}
