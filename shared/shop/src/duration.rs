//! Spans of time, hours, days and percentages as marketers write them: `15h 30min`, `-3d`, `09:00`, `mon to fri`, `25%`.

use chrono::{NaiveTime, TimeDelta, Weekday};

/// The longest span: nothing a shop waits for is longer, and sums of such spans stay in the calendar.
const MAX_DAYS: i64 = 1_000;

const FORM: &str = "a span of time is like `14d`, `-3d` or `15h 30min` (w, d, h, min)";

/// Reads a span. Below zero with a leading minus.
pub(crate) fn parse(raw: &str) -> Result<TimeDelta, String> {
    let text = raw.trim();
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mut minutes: i64 = 0;
    let mut parts = 0;
    for part in text.split_whitespace() {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = part[..digits].parse().map_err(|_| FORM.to_owned())?;
        let unit = match &part[digits..] {
            "w" => 7 * 24 * 60,
            "d" => 24 * 60,
            "h" => 60,
            "min" => 1,
            _ => return Err(FORM.to_owned()),
        };
        minutes = count.checked_mul(unit).and_then(|m| m.checked_add(minutes)).unwrap_or(i64::MAX);
        parts += 1;
    }
    if parts == 0 {
        return Err(FORM.to_owned());
    }
    if minutes > MAX_DAYS * 24 * 60 {
        return Err(format!("a span of time is at most {MAX_DAYS}d"));
    }
    Ok(TimeDelta::minutes(if negative { -minutes } else { minutes }))
}

/// Reads an hour of the day, such as `09:00`.
pub(crate) fn parse_hour(raw: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(raw.trim(), "%H:%M").map_err(|_| "an hour of the day is like `09:00`".to_owned())
}

/// Reads a whole part in percent, such as `25%` or `25 %`, from 1 to 100.
pub(crate) fn parse_percent(raw: &str) -> Option<u8> {
    let number = raw.trim().strip_suffix('%')?.trim_end();
    number.parse().ok().filter(|percent| (1..=100).contains(percent))
}

/// Reads the days of the week, such as `mon to fri` or `sat`.
pub(crate) fn parse_days(raw: &str) -> Result<Vec<Weekday>, String> {
    let day = |text: &str| {
        let found = DAYS.iter().find(|(word, _)| *word == text.trim());
        found
            .map(|(_, day)| *day)
            .ok_or_else(|| format!("`{}` is no day: they are mon, tue, wed, thu, fri, sat and sun", text.trim()))
    };
    let Some((from, to)) = raw.split_once(" to ") else { return Ok(vec![day(raw)?]) };
    let (from, to) = (day(from)?, day(to)?);
    let mut days = vec![from];
    while let Some(last) = days.last().copied().filter(|last| *last != to && days.len() < DAYS.len()) {
        days.push(last.succ());
    }
    Ok(days)
}

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_in_weeks_days_hours_and_minutes() {
        assert_eq!(parse("15h 30min"), Ok(TimeDelta::minutes(930)));
        assert_eq!(parse("14d"), Ok(TimeDelta::days(14)));
        assert_eq!(parse("-3d"), Ok(TimeDelta::days(-3)));
        assert_eq!(parse("2w"), Ok(TimeDelta::days(14)));
        assert_eq!(parse("0d"), Ok(TimeDelta::zero()));
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for bad in
            ["", "-", "14", "d", "14 d", "1.5d", "14days", "--3d", "1d -2h", "99999999999999999999d", "1001d", "٣d"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_hour_is_read_with_two_digits_each() {
        assert_eq!(parse_hour("09:00").ok(), NaiveTime::from_hms_opt(9, 0, 0));
        assert!(parse_hour("25:00").is_err() && parse_hour("9 am").is_err());
    }

    #[test]
    fn days_of_the_week_are_one_or_a_row_of_them_also_over_the_weekend() {
        assert_eq!(parse_days("tue"), Ok(vec![Weekday::Tue]));
        assert_eq!(parse_days("mon to fri").map(|days| days.len()), Ok(5));
        assert_eq!(parse_days("sat to mon"), Ok(vec![Weekday::Sat, Weekday::Sun, Weekday::Mon]));
        assert_eq!(parse_days("sun to sat").map(|days| days.len()), Ok(7));
        assert!(
            ["", "monday", "mon to", "mon-fri", "mon to fri to sat"].into_iter().all(|bad| parse_days(bad).is_err())
        );
    }

    #[test]
    fn a_percentage_is_from_1_to_100() {
        assert_eq!(parse_percent("25%"), Some(25));
        assert_eq!(parse_percent("25 %"), Some(25));
        assert!(["0%", "101%", "25", "%", "-1%"].into_iter().all(|bad| parse_percent(bad).is_none()));
    }
}
