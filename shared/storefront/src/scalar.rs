//! One value of a body, taken as it comes and given a meaning afterwards, where the field's name is known.
//!
//! Storefronts change their minds about types: an id is a number in one version of a payload and a string in the next,
//! an absent value is `null`, an empty string or no field. So a body is read into these first, which hardly ever
//! fails, and what a field must hold is asked of it by name.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};
use retention::Time;
use retention::money::{Currency, Money, NotMoney};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::unreadable::Unreadable;

/// A value that is no object and no list.
#[derive(Clone, Default)]
pub(crate) enum Scalar<'a> {
    /// No field, or `null`.
    #[default]
    Absent,
    /// A string, borrowed where it has no escapes.
    Text(Cow<'a, str>),
    /// A number, in plain decimal digits.
    Number(String),
    /// `true` or `false`.
    Flag(bool),
    /// An object or a list, of which nothing is kept.
    Nested,
}

impl Scalar<'_> {
    /// The text, trimmed. `None` where there is none to speak of.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Scalar::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The text on one line, cut to `max` bytes.
    pub(crate) fn line(&self, max: usize) -> Option<String> {
        self.text().map(|text| one_line(text, max)).filter(|line| !line.is_empty())
    }

    /// Whether it is `true`.
    pub(crate) fn is_true(&self) -> bool {
        matches!(self, Scalar::Flag(true))
    }

    /// An id: a whole number, also as a string. It stands in keys and paths, so it is digits and nothing else.
    pub(crate) fn id(&self, name: &str) -> Result<Option<String>, Unreadable> {
        let Some(raw) = self.written(name)? else { return Ok(None) };
        let digits = raw.bytes().all(|b| b.is_ascii_digit()).then(|| raw.parse::<u64>().ok()).flatten();
        digits.map(|id| Some(id.to_string())).ok_or_else(|| Unreadable::field(name, "not an id: a whole number"))
    }

    /// An id that may stand in a path: letters, digits, hyphens and underscores, also as a whole number.
    pub(crate) fn path_id(&self, name: &str) -> Result<Option<String>, Unreadable> {
        let Some(raw) = self.written(name)? else { return Ok(None) };
        let plain = is_path_id(raw).then(|| Some(raw.to_owned()));
        plain.ok_or_else(|| Unreadable::field(name, "not an id: letters, digits, hyphens and underscores"))
    }

    /// A whole number.
    pub(crate) fn whole(&self, name: &str) -> Result<Option<i64>, Unreadable> {
        let Some(raw) = self.written(name)? else { return Ok(None) };
        raw.parse().map(Some).map_err(|_| Unreadable::field(name, "not a whole number"))
    }

    /// An instant with its offset.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Time>, Unreadable> {
        let Some(raw) = self.written(name)? else { return Ok(None) };
        let time = DateTime::parse_from_rfc3339(raw)
            .map_err(|_| Unreadable::field(name, "not a time with an offset, such as 2026-01-10T11:00:00-05:00"))?;
        Ok(Some(time.with_timezone(&Utc)))
    }

    /// An instant of a source that writes UTC and leaves the zone out. Where one stands all the same, it is heeded.
    pub(crate) fn utc(&self, name: &str) -> Result<Option<Time>, Unreadable> {
        let Some(raw) = self.written(name)? else { return Ok(None) };
        if let Ok(zoned) = DateTime::parse_from_rfc3339(raw) {
            return Ok(Some(zoned.with_timezone(&Utc)));
        }
        let time = NaiveDateTime::parse_from_str(raw, "%Y-%m-%dT%H:%M:%S%.f")
            .map_err(|_| Unreadable::field(name, "not a time, such as 2026-01-10T16:00:00"))?;
        Ok(Some(time.and_utc()))
    }

    /// An instant in one of the forms that fetched entities have it in: seconds since 1970, RFC 3339, RFC 2822 or
    /// `2026-01-10 16:00:00 +0000`.
    pub(crate) fn moment(&self, name: &str) -> Result<Option<Time>, Unreadable> {
        let Some(raw) = self.written(name)? else { return Ok(None) };
        if let Ok(seconds) = raw.parse() {
            let time = DateTime::from_timestamp_secs(seconds);
            return time.map(Some).ok_or_else(|| Unreadable::field(name, "a time out of range"));
        }
        let time = DateTime::parse_from_rfc3339(raw)
            .or_else(|_| DateTime::parse_from_rfc2822(raw))
            .or_else(|_| DateTime::parse_from_str(raw, "%Y-%m-%d %H:%M:%S %z"))
            .map_err(|_| Unreadable::field(name, "not a time with an offset, such as 2026-01-10T11:00:00-05:00"))?;
        Ok(Some(time.with_timezone(&Utc)))
    }

    /// A currency.
    pub(crate) fn currency(&self, name: &str) -> Result<Option<Currency>, Unreadable> {
        let Some(raw) = self.written(name)? else { return Ok(None) };
        Currency::parse(raw).map(Some).map_err(|_| Unreadable::field(name, "not a currency of three letters"))
    }

    /// An amount in `currency`, in minor units.
    pub(crate) fn minor(&self, name: &str, currency: Currency) -> Result<Option<i64>, Unreadable> {
        let Some(raw) = self.written(name)? else { return Ok(None) };
        let money = Money::parse(raw, currency).map_err(|error| match error {
            NotMoney::Range => Unreadable::field(name, "an amount out of range"),
            NotMoney::Amount | NotMoney::Currency => Unreadable::field(name, "not an amount, such as 12.50"),
        })?;
        Ok(Some(money.minor))
    }

    /// What is written there, whether as a string or as a number; an empty string is nothing.
    fn written(&self, name: &str) -> Result<Option<&str>, Unreadable> {
        match self {
            Scalar::Absent => Ok(None),
            Scalar::Text(_) => Ok(self.text()),
            Scalar::Number(digits) => Ok(Some(digits)),
            Scalar::Flag(_) | Scalar::Nested => Err(Unreadable::field(name, "neither a string nor a number")),
        }
    }
}

/// Whether a text may stand in a path as an id: 1 to 64 letters, digits, hyphens and underscores.
pub(crate) fn is_path_id(text: &str) -> bool {
    const MAX_BYTES: usize = 64;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(plain)
}

/// Text with its control characters and line separators turned to spaces, cut to `max` bytes between two characters:
/// what goes into subjects and rows of bounded size.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let unwanted = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let mut line: String = text.chars().map(|c| if unwanted(c) { ' ' } else { c }).collect();
    line.truncate(line.floor_char_boundary(max));
    line.trim().to_owned()
}

impl fmt::Debug for Scalar<'_> {
    /// Shows no value: it may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scalar::Absent => "Absent",
            Scalar::Text(_) => "Text(redacted)",
            Scalar::Number(_) => "Number(redacted)",
            Scalar::Flag(_) => "Flag(redacted)",
            Scalar::Nested => "Nested",
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Absent)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        // The shortest digits that read back as the same double: 409.94 comes out as it was written, without exponent.
        Ok(Scalar::Number(value.to_string()))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Scalar<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_id_is_the_same_as_a_number_and_as_a_string() {
        for json in ["820982911946154508", "\"820982911946154508\"", "\" 820982911946154508 \""] {
            assert_eq!(read(json).id("id"), Ok(Some("820982911946154508".into())), "{json}");
        }
        for json in ["-1", "1.5", "\"1/2\"", "\"+1\"", "\"#1\"", "true", "[]", "{}", "99999999999999999999"] {
            assert!(read(json).id("id").is_err(), "{json}");
        }
        assert_eq!(read("null").id("id"), Ok(None));
        assert_eq!(read("\"\"").id("id"), Ok(None));
    }

    #[test]
    fn an_amount_is_exact_also_where_it_is_written_as_a_number() {
        let eur = Currency::parse("EUR").unwrap();
        for json in ["\"409.94\"", "409.94", "\" 409.940 \""] {
            assert_eq!(read(json).minor("price", eur), Ok(Some(40994)), "{json}");
        }
        assert_eq!(read("1e3").minor("price", eur), Ok(Some(100_000)));
        for json in ["\"12,50\"", "\"1e3\"", "true", "{\"amount\": 1}"] {
            assert!(read(json).minor("price", eur).is_err(), "{json}");
        }
        let out_of_range = Unreadable::field("price", "an amount out of range");
        assert_eq!(read("1e300").minor("price", eur), Err(out_of_range));
    }

    #[test]
    fn a_time_needs_its_offset() {
        assert_eq!(
            read("\"2026-01-10T11:00:00-05:00\"").time("at").map(|t| t.map(|t| t.to_rfc3339())),
            Ok(Some("2026-01-10T16:00:00+00:00".into()))
        );
        for json in ["\"2026-01-10T11:00:00\"", "\"2026-01-10\"", "\"soon\"", "1768060800"] {
            assert!(read(json).time("at").is_err(), "{json}");
        }
    }

    #[test]
    fn a_time_of_a_source_without_zones_is_utc() {
        let utc = |json| read(json).utc("at").map(|t| t.map(|t| t.to_rfc3339()));
        assert_eq!(utc("\"2026-01-10T11:00:00\""), Ok(Some("2026-01-10T11:00:00+00:00".into())));
        assert_eq!(utc("\"2026-01-10T11:00:00-05:00\""), Ok(Some("2026-01-10T16:00:00+00:00".into())));
        for json in ["\"2026-01-10\"", "\"soon\"", "\"0000-00-00T00:00:00\"", "1768060800", "true"] {
            assert!(utc(json).is_err(), "{json}");
        }
        assert_eq!((utc("null"), utc("\"\"")), (Ok(None), Ok(None)));
    }

    #[test]
    fn a_moment_is_read_in_every_form_that_storefronts_write() {
        let moment = |json| read(json).moment("at").map(|t| t.map(|t| t.to_rfc3339()));
        let same = [
            "1768060800",
            "\"1768060800\"",
            "\"2026-01-10T11:00:00-05:00\"",
            "\"Sat, 10 Jan 2026 16:00:00 +0000\"",
            "\"Sat, 10 Jan 2026 16:00:00 GMT\"",
            "\"2026-01-10 16:00:00 +0000\"",
        ];
        for json in same {
            assert_eq!(moment(json), Ok(Some("2026-01-10T16:00:00+00:00".into())), "{json}");
        }
        for json in ["\"2026-01-10 16:00:00\"", "\"2026-01-10\"", "\"soon\"", "9223372036854775807", "1.5", "true"] {
            assert!(moment(json).is_err(), "{json}");
        }
        assert_eq!((moment("null"), moment("\"\"")), (Ok(None), Ok(None)));
    }

    #[test]
    fn an_id_for_a_path_has_no_sign_that_leaves_it() {
        for (json, id) in [("\"XJ12H\"", "XJ12H"), ("103878161", "103878161"), ("\"a-B_9\"", "a-B_9")] {
            assert_eq!(read(json).path_id("id"), Ok(Some(id.into())), "{json}");
        }
        let long = format!("\"{}\"", "a".repeat(65));
        for json in ["\"..\"", "\"a/b\"", "\"a?b\"", "\"a%2f\"", "\"a#\"", "\"é\"", "1.5", "-1.5", "[]", &long] {
            assert!(read(json).path_id("id").is_err(), "{json}");
        }
    }

    #[test]
    fn a_line_is_cut_between_characters_and_has_no_breaks() {
        assert_eq!(read("\"a\\u0000b\\nc\\u2028d\"").line(99), Some("a b c d".into()));
        assert_eq!(read("\"日本\"").line(5), Some("日".into()));
        assert_eq!(read("\" \\n \"").line(9), None);
    }
}
