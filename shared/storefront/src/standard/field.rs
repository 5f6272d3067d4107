//! Fields of our own bodies, read as strictly as the schema has them: no number in the place of a string, nothing blank.

use chrono::{DateTime, Utc};
use retention::Time;
use retention::money::{Currency, Money};

use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A field that must be there.
pub(super) fn needed<T>(name: &str, value: Option<T>) -> Result<T, Unreadable> {
    value.ok_or_else(|| Unreadable::missing(name))
}

/// Text as it stands there. No field and `null` are none.
pub(super) fn text<'s>(field: &'s Scalar<'_>, name: &str) -> Result<Option<&'s str>, Unreadable> {
    match field {
        Scalar::Absent => Ok(None),
        Scalar::Text(text) if text.chars().all(|c| c.is_whitespace() || c.is_control()) => {
            Err(Unreadable::field(name, "blank: leave it out"))
        }
        Scalar::Text(text) => Ok(Some(text)),
        Scalar::Number(_) | Scalar::Flag(_) | Scalar::Nested => Err(Unreadable::field(name, "not a string")),
    }
}

/// Text on one line, cut to `max` bytes.
pub(super) fn line(field: &Scalar<'_>, name: &str, max: usize) -> Result<Option<String>, Unreadable> {
    text(field, name).map(|_| field.line(max))
}

/// Text that `is` what it must be, else `what` is wrong with it.
pub(super) fn form<'s>(
    field: &'s Scalar<'_>,
    name: &str,
    is: impl Fn(&str) -> bool,
    what: &'static str,
) -> Result<Option<&'s str>, Unreadable> {
    text(field, name)?.map(|text| is(text).then_some(text).ok_or_else(|| Unreadable::field(name, what))).transpose()
}

/// An id: it stands in keys, so it is of few signs.
pub(super) fn id(field: &Scalar<'_>, name: &str) -> Result<Option<String>, Unreadable> {
    const MAX_BYTES: usize = 64;
    let sign = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let is = |text: &str| text.len() <= MAX_BYTES && text.bytes().all(sign);
    let what = "not an id: 1 to 64 letters, digits, dots, underscores and hyphens";
    Ok(form(field, name, is, what)?.map(str::to_owned))
}

/// A time with its offset, in the one spelling of the schema. (The parser also takes lower-case letters, a blank for the
/// `T`, another minus sign and the second 60.)
pub(super) fn time(field: &Scalar<'_>, name: &str) -> Result<Option<Time>, Unreadable> {
    const WHAT: &str = "not a time with an offset, such as 2026-03-02T09:59:00+01:00";
    let spelt = |text: &str| {
        let bytes = text.as_bytes();
        text.is_ascii() && bytes.get(10) == Some(&b'T') && bytes.get(17) != Some(&b'6') && !text.ends_with('z')
    };
    let Some(text) = form(field, name, spelt, WHAT)? else { return Ok(None) };
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| Unreadable::field(name, WHAT))?;
    Ok(Some(time.with_timezone(&Utc)))
}

/// A currency in capitals.
pub(super) fn currency(field: &Scalar<'_>, name: &str) -> Result<Option<Currency>, Unreadable> {
    let is = |text: &str| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
    let text = form(field, name, is, "not a currency of three capitals")?;
    Ok(text.and_then(|text| Currency::parse(text).ok()))
}

/// An amount in minor units of `currency`.
pub(super) fn amount(field: &Scalar<'_>, name: &str, currency: Currency) -> Result<Option<i64>, Unreadable> {
    let is = |text: &str| is_decimal(text.strip_prefix('-').unwrap_or(text));
    minor(form(field, name, is, "not an amount as a decimal string, such as 12.50")?, name, currency)
}

/// An amount that is not below zero.
pub(super) fn amount_from_zero(field: &Scalar<'_>, name: &str, currency: Currency) -> Result<Option<i64>, Unreadable> {
    let what = "not an amount from zero as a decimal string, such as 12.50";
    minor(form(field, name, is_decimal, what)?, name, currency)
}

fn minor(text: Option<&str>, name: &str, currency: Currency) -> Result<Option<i64>, Unreadable> {
    let money = text.map(|text| Money::parse(text, currency)).transpose();
    Ok(money.map_err(|_| Unreadable::field(name, "an amount out of range"))?.map(|money| money.minor))
}

/// Up to twelve digits, and up to four after a point.
fn is_decimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |part: &str, max: usize| (1..=max).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole, 12) && fraction.is_none_or(|fraction| digits(fraction, 4))
}

/// A whole number, which is no string.
pub(super) fn whole(field: &Scalar<'_>, name: &str) -> Result<Option<i64>, Unreadable> {
    match field {
        Scalar::Absent | Scalar::Number(_) => field.whole(name),
        Scalar::Text(_) | Scalar::Flag(_) | Scalar::Nested => Err(Unreadable::field(name, "not a whole number")),
    }
}

/// An address of the web, as it may stand in a letter.
pub(super) fn url(field: &Scalar<'_>, name: &str) -> Result<Option<String>, Unreadable> {
    const MAX_BYTES: usize = 1_000;
    let sign = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>');
    let is = |text: &str| {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        rest.is_some_and(|rest| (1..=MAX_BYTES).contains(&rest.len()) && rest.bytes().all(sign))
    };
    Ok(form(field, name, is, "not an address of the web, such as https://shop.example/tea")?.map(str::to_owned))
}

/// `true`, `false`, or neither.
pub(super) fn maybe_flag(field: &Scalar<'_>, name: &str) -> Result<Option<bool>, Unreadable> {
    match field {
        Scalar::Absent => Ok(None),
        _ => flag(field, name).map(Some),
    }
}

/// `true` or `false`; no field and `null` are `false`.
pub(super) fn flag(field: &Scalar<'_>, name: &str) -> Result<bool, Unreadable> {
    match field {
        Scalar::Absent => Ok(false),
        Scalar::Flag(flag) => Ok(*flag),
        Scalar::Text(_) | Scalar::Number(_) | Scalar::Nested => Err(Unreadable::field(name, "neither true nor false")),
    }
}
