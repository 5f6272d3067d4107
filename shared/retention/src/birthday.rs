//! A birthday is a month and a day, never an instant.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// Month and day of birth. A year of birth is not kept: nothing needs it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Birthday {
    month: u32,
    day: u32,
}

/// Where those born on 29 February are greeted in a common year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeapDay {
    /// On 28 February, so that the greeting stays in the month of birth.
    #[default]
    February28,
    /// On 1 March.
    March1,
}

/// Not a month and a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a birthday is YYYY-MM-DD, --MM-DD or MM-DD")]
pub struct NotABirthday;

impl Birthday {
    /// Reads `1990-02-28`, `--02-28` (ISO 8601 without a year) or `02-28`.
    pub fn parse(raw: &str) -> Result<Self, NotABirthday> {
        let text = raw.trim();
        let short = text.strip_prefix("--").unwrap_or(text);
        let (month, day) = match short.split('-').collect::<Vec<_>>()[..] {
            [month, day] => (month, day),
            [year, month, day] if year.len() == 4 && short.len() == text.len() => (month, day),
            _ => return Err(NotABirthday),
        };
        let two = |s: &str| {
            let digits = s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| s.parse().ok()).flatten().ok_or(NotABirthday)
        };
        let (month, day) = (two(month)?, two(day)?);
        // 2000 was a leap year, so 29 February is a day in it.
        NaiveDate::from_ymd_opt(2000, month, day).map(|_| Self { month, day }).ok_or(NotABirthday)
    }

    /// The day on which this birthday is kept in `year`.
    pub fn in_year(self, year: i32, leap_day: LeapDay) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month, self.day).or_else(|| match leap_day {
            LeapDay::February28 => NaiveDate::from_ymd_opt(year, 2, 28),
            LeapDay::March1 => NaiveDate::from_ymd_opt(year, 3, 1),
        })
    }

    /// The birthday of someone born on `date`.
    pub fn on(date: NaiveDate) -> Self {
        Self { month: date.month(), day: date.day() }
    }
}

impl fmt::Debug for Birthday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Birthday(redacted)")
    }
}

impl TryFrom<String> for Birthday {
    type Error = NotABirthday;
    fn try_from(raw: String) -> Result<Self, NotABirthday> {
        Self::parse(&raw)
    }
}

impl From<Birthday> for String {
    fn from(birthday: Birthday) -> String {
        format!("{:02}-{:02}", birthday.month, birthday.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birthday_is_read_with_a_year_and_without() {
        let day = Birthday::parse("1990-07-04").unwrap();
        assert_eq!(day, Birthday::parse("--07-04").unwrap());
        assert_eq!(day, Birthday::parse("07-04").unwrap());
        for bad in ["", "07", "13-01", "02-30", "7-4", "--1990-07-04", "1990/07/04", "+1-02"] {
            assert_eq!(Birthday::parse(bad), Err(NotABirthday), "{bad}");
        }
    }

    #[test]
    fn a_customer_born_on_29_february_is_greeted_on_the_28th_in_common_years() {
        let day = Birthday::parse("1996-02-29").unwrap();
        let on = |year, rule| day.in_year(year, rule).unwrap().to_string();
        assert_eq!(on(2027, LeapDay::February28), "2027-02-28");
        assert_eq!(on(2027, LeapDay::March1), "2027-03-01");
        assert_eq!(on(2028, LeapDay::February28), "2028-02-29");
        assert_eq!(on(2100, LeapDay::February28), "2100-02-28");
    }
}
