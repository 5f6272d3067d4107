//! What one cell says: a time, an amount, a yes or a no.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use retention::money::{Currency, Money};
use retention::{Time, calendar};

/// A time with an offset, or of the shop's clock. A local time in a gap or an overlap is taken as the calendar says.
pub(crate) fn time(text: &str, zone: Tz) -> Result<Time, String> {
    let instant =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z"));
    if let Ok(time) = instant {
        return Ok(time.to_utc());
    }
    let forms = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    let local = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let local = local.or_else(|| Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)));
    local
        .map(|local| calendar::local(zone, local.date(), local.time()))
        .ok_or_else(|| "not a time such as 2026-03-02T10:15:00+01:00 or 2026-03-02 10:15:00".to_owned())
}

/// An amount in a currency, as people and programs write it: `1234.50`, `1,234.50`, `1.234,50`, `12,50`. Where it could
/// be two different numbers it is none: a thousandfold order is worse than one that is left out.
pub(crate) fn money(text: &str, currency: Currency, decimal_commas: bool) -> Result<Money, String> {
    let plain = plain(text, currency, decimal_commas).ok_or_else(|| {
        "an amount that could be two: write 1234.50, with a point and no separator of thousands".to_owned()
    })?;
    Money::parse(&plain, currency).map_err(|e| e.to_string())
}

fn plain(text: &str, currency: Currency, decimal_commas: bool) -> Option<String> {
    // Spaces of any width and the Swiss apostrophe separate thousands and nothing else.
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\'' && *c != '\u{2019}').collect();
    let (points, commas) = (text.matches('.').count(), text.matches(',').count());
    let behind = |sign: char| text.rsplit_once(sign).map_or(0, |(_, digits)| digits.len());
    let without = |sign: char| text.replace(sign, "");
    match (points, commas) {
        (0, 0) => Some(text),
        (1, 0) => (!decimal_commas || behind('.') != 3 || currency.decimals() == 3).then_some(text),
        (0, 1) => (behind(',') != 3).then(|| text.replace(',', ".")),
        (_, 0) => in_thousands(&text, '.').then(|| without('.')),
        (0, _) => in_thousands(&text, ',').then(|| without(',')),
        (1, _) if text.find(',') < text.find('.') => {
            let whole = text.split_once('.').map_or("", |(whole, _)| whole);
            in_thousands(whole, ',').then(|| without(','))
        }
        (_, 1) if text.find('.') < text.find(',') => {
            let whole = text.split_once(',').map_or("", |(whole, _)| whole);
            in_thousands(whole, '.').then(|| without('.').replace(',', "."))
        }
        _ => None,
    }
}

/// Whether groups of three digits stand behind a first one of up to three.
fn in_thousands(text: &str, sign: char) -> bool {
    let mut groups = text.trim_start_matches(['-', '+']).split(sign);
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
    first && groups.all(|group| group.len() == 3)
}

/// A yes or a no.
pub(crate) fn flag(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" | "y" | "subscribed" => Ok(true),
        "no" | "false" | "0" | "n" | "unsubscribed" | "not_subscribed" => Ok(false),
        _ => Err("neither yes nor no".to_owned()),
    }
}

/// The id of a storefront: digits. Shopify's customers export puts an apostrophe before it, so that spreadsheets leave it
/// alone; one that a spreadsheet did round is of another order, or of none.
pub(crate) fn digits(text: &str) -> Result<String, String> {
    let id = text.strip_prefix('\'').unwrap_or(text);
    let number = id.bytes().all(|b| b.is_ascii_digit()).then(|| id.parse::<u64>().ok()).flatten();
    number.map(|number| number.to_string()).ok_or_else(|| {
        "not a whole number: where a spreadsheet has rounded it, import the file as the shop wrote it".to_owned()
    })
}

/// Text on one line, of at most `max` bytes.
pub(crate) fn line(text: &str, max: usize) -> String {
    let unwanted = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let mut line: String = text.chars().map(|c| if unwanted(c) { ' ' } else { c }).collect();
    line.truncate(line.floor_char_boundary(max));
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(text: &str) -> Option<String> {
        money(text, Currency::parse("EUR").unwrap(), false).ok().map(|money| money.decimal())
    }

    #[test]
    fn an_amount_is_read_as_it_was_meant_or_not_at_all() {
        for (written, meant) in [
            ("12.5", "12.50"),
            ("-3", "-3.00"),
            ("12,5", "12.50"),
            ("1,234.50", "1234.50"),
            ("1.234,50", "1234.50"),
            ("1.234.567", "1234567.00"),
            ("1 234,50", "1234.50"),
            ("1\u{202f}234.50", "1234.50"),
            ("1'234.50", "1234.50"),
        ] {
            assert_eq!(euros(written).as_deref(), Some(meant), "{written}");
        }
        for two in ["1,234", "12,34.5", "1.2.3", "1,2,3", "1.234.5,6,7", "", "x"] {
            assert_eq!(euros(two), None, "{two}");
        }
        let german = |text: &str| money(text, Currency::parse("EUR").unwrap(), true).ok().map(|money| money.minor);
        assert_eq!((german("1.234"), german("1.23"), german("1,23")), (None, Some(123), Some(123)));
    }

    #[test]
    fn a_time_has_its_offset_or_is_of_the_shops_clock() {
        let read = |text: &str| time(text, chrono_tz::Europe::Berlin).ok().map(|time| time.to_rfc3339());
        assert_eq!(read("2026-01-10 11:00:00 -0500").as_deref(), Some("2026-01-10T16:00:00+00:00"));
        assert_eq!(read("2026-01-10T11:00:00+01:00").as_deref(), Some("2026-01-10T10:00:00+00:00"));
        assert_eq!(read("2026-07-10 11:00").as_deref(), Some("2026-07-10T09:00:00+00:00"));
        assert_eq!(read("2026-01-10").as_deref(), Some("2026-01-09T23:00:00+00:00"));
        assert_eq!(read("5/31/2016 0:37"), None, "a day and a month could be exchanged");
    }

    #[test]
    fn an_id_that_a_spreadsheet_has_rounded_is_none() {
        assert_eq!(digits("'7210448301122").as_deref(), Ok("7210448301122"));
        assert!(digits("7.21045E+12").unwrap_err().contains("spreadsheet"));
    }
}
