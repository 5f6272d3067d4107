//! Conditions in the files, and the place of a slip within their text.

use std::collections::BTreeMap;

use retention::condition::{BadCondition, Condition, Names, Problem};
use retention::ids::SegmentName;

use crate::nearest::or_list;
use crate::table::{At, Table};

/// Reads a condition; a slip is reported where it stands in the text.
pub(crate) fn read(text: &At<'_, &str>, names: &Names<'_>) -> Option<Condition> {
    match Condition::parse(text.value, names) {
        Ok(condition) => Some(condition),
        Err(BadCondition { byte, problem }) => {
            let hint = match &problem {
                Problem::Unknown { word, known, .. } => or_list(word, known.iter().map(String::as_str)),
                Problem::Other(_) => String::new(),
            };
            let span = text.span();
            let within = byte_within(&text.source()[span.clone()], byte);
            text.wrong_at(span.start + within, format!("{problem}{hint}"));
            None
        }
    }
}

/// Reads `segments.toml`: a condition for each name.
pub(crate) fn read_segments(table: &Table<'_>) -> BTreeMap<SegmentName, Condition> {
    let none = BTreeMap::new();
    let names = Names { segments: &none, order: false };
    let mut all = BTreeMap::new();
    for (name, value) in table.all() {
        let key = name.then(|raw| SegmentName::parse(raw).map_err(|error| error.to_string()));
        let read = value.text().and_then(|text| read(&text, &names));
        // One that is wrong in itself is no unknown one: each slip is told once.
        let stands_in = || Condition::parse("false", &names).ok();
        let Some((key, condition)) = key.map(|key| key.value).zip(read.or_else(stands_in)) else { continue };
        let alone = BTreeMap::from([(key.clone(), condition.clone())]);
        let nameable = Condition::parse(&format!("segment.{key}"), &Names { segments: &alone, order: false });
        if nameable.is_err() {
            name.wrong(format!("a condition cannot name `segment.{key}`: use `_` instead of `-`, and no word of CEL"));
        }
        all.insert(key, condition);
    }
    all
}

/// The byte of a TOML string, quotes included, that gives this byte of what it says.
fn byte_within(raw: &str, byte: usize) -> usize {
    let escapes = raw.starts_with('"');
    let long = raw.starts_with("\"\"\"") || raw.starts_with("'''");
    let mut at = if long { 3 } else { 1 };
    if long {
        // The first line break is no part of it.
        let rest = &raw[at.min(raw.len())..];
        at += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
    }
    let mut said = 0;
    while said < byte {
        let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) else { return raw.len() };
        let (written, says) = if escapes && rest.starts_with('\\') { escape(rest) } else { plain(rest) };
        at += written;
        said += says;
    }
    at
}

/// How many bytes one character takes in the file, and how many in what it says.
fn plain(rest: &str) -> (usize, usize) {
    let bytes = rest.chars().next().map_or(1, char::len_utf8);
    (bytes, bytes)
}

/// The same of what begins with a backslash.
fn escape(rest: &str) -> (usize, usize) {
    let digits = match rest.as_bytes().get(1) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(c) if c.is_ascii_whitespace() => {
            let behind = rest[1..].trim_start();
            return (rest.len() - behind.len(), 0);
        }
        _ => return (2, 1),
    };
    let code = rest.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
    (2 + digits, code.map_or(1, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_of_a_text_is_found_in_the_string_that_gives_it() {
        let found = |raw: &str, byte| raw[byte_within(raw, byte)..].to_owned();
        assert_eq!(found("'a == b'", 2), "== b'");
        assert_eq!(found("\"a == b\"", 2), "== b\"");
        assert_eq!(found(r#""\"é\" == b""#, 5), "== b\"");
        assert_eq!(found(r#""\u00e9\n== b""#, 3), "== b\"");
        assert_eq!(found("\"\"\"\na ==\n b\"\"\"", 6), "b\"\"\"");
        assert_eq!(found("\"\"\"a \\\n   == b\"\"\"", 2), "\\\n   == b\"\"\"");
        assert_eq!(found("\"\"\"a \\\n   == b\"\"\"", 3), "= b\"\"\"");
        assert_eq!(found("'''\r\na == b'''", 2), "== b'''");
        assert_eq!(found("'ab'", 99), "");
    }
}
