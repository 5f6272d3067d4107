//! Numbers, money, dates and lists as a language writes them: by the data of Unicode CLDR, through ICU4X.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{Datelike, NaiveDate};
use fixed_decimal::Decimal;
use icu_calendar::{Date, Iso};
use icu_datetime::DateTimeFormatter;
use icu_datetime::fieldsets::{YMD, YMDE};
use icu_decimal::DecimalFormatter;
use icu_experimental::dimension::currency::CurrencyType;
use icu_experimental::dimension::currency::formatter::CurrencyFormatter;
use icu_experimental::dimension::currency::options::CurrencyFormatterOptions;
use icu_experimental::dimension::percent::formatter::PercentFormatter;
use icu_experimental::dimension::percent::options::PercentFormatterOptions;
use icu_experimental::relativetime::options::Numeric;
use icu_experimental::relativetime::{RelativeTimeFormatter, RelativeTimeFormatterOptions};
use icu_list::ListFormatter;
use icu_list::options::{ListFormatterOptions, ListLength};
use icu_locale::Locale;
use icu_plurals::{PluralCategory, PluralRules};
use icu_provider::DataError;

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum DateForm {
    /// With the day of the week: `Saturday, 14 March 2026`.
    Full,
    /// `14 March 2026`.
    #[default]
    Long,
    /// `14 Mar 2026`.
    Medium,
    /// `14/03/2026`.
    Short,
}

impl DateForm {
    /// The names of all forms, as templates write them.
    pub(crate) const NAMES: [&str; 4] = ["full", "long", "medium", "short"];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        let all = [Self::Full, Self::Long, Self::Medium, Self::Short];
        all.into_iter().zip(Self::NAMES).find(|(_, known)| *known == name).map(|(form, _)| form)
    }
}

/// One language and region.
pub(crate) struct Format {
    locale: Locale,
    full: DateTimeFormatter<YMDE>,
    dates: [DateTimeFormatter<YMD>; 3],
    number: DecimalFormatter,
    percent: PercentFormatter<DecimalFormatter>,
    list: ListFormatter,
    plural: PluralRules,
    days: RelativeTimeFormatter,
    currencies: RwLock<BTreeMap<String, Arc<CurrencyFormatter<DecimalFormatter>>>>,
}

impl Format {
    /// The format of a locale, as strings files are named (`pl`, `zh-Hans`, `en-IE`); of a tag that is none, in English.
    fn new(tag: &str) -> Result<Self, DataError> {
        let locale = Locale::try_from_str(tag).unwrap_or(Locale::UNKNOWN);
        let date = |fields: YMD| DateTimeFormatter::try_new((&locale).into(), fields);
        let load = |error: icu_datetime::DateTimeFormatterLoadError| match error {
            icu_datetime::DateTimeFormatterLoadError::Data(error) => error,
            _ => DataError::custom("the names of a calendar are missing"),
        };
        Ok(Self {
            full: DateTimeFormatter::try_new((&locale).into(), YMDE::long()).map_err(load)?,
            dates: [
                date(YMD::long()).map_err(load)?,
                date(YMD::medium()).map_err(load)?,
                date(YMD::short()).map_err(load)?,
            ],
            number: DecimalFormatter::try_new(
                (&locale).into(),
                icu_decimal::options::DecimalFormatterOptions::default(),
            )?,
            percent: PercentFormatter::try_new((&locale).into(), PercentFormatterOptions::default())?,
            list: ListFormatter::try_new_and(
                (&locale).into(),
                ListFormatterOptions::default().with_length(ListLength::Wide),
            )?,
            plural: PluralRules::try_new_cardinal((&locale).into())?,
            days: RelativeTimeFormatter::try_new_long_day(
                (&locale).into(),
                RelativeTimeFormatterOptions::default().with_numeric(Numeric::Auto),
            )?,
            currencies: RwLock::default(),
            locale,
        })
    }

    /// An amount: a plain decimal number and the code of its currency. `None` where one of them is none.
    pub(crate) fn money(&self, amount: &str, currency: &str) -> Option<String> {
        let amount = Decimal::try_from_str(amount).ok()?;
        let known = self.currencies.read().unwrap_or_else(PoisonError::into_inner).get(currency).cloned();
        let formatter = if let Some(formatter) = known {
            formatter
        } else {
            let code = CurrencyType::try_from_str(currency).ok()?;
            let options = CurrencyFormatterOptions::default();
            let made = Arc::new(CurrencyFormatter::try_new_symbol((&self.locale).into(), code, options).ok()?);
            let mut kept = self.currencies.write().unwrap_or_else(PoisonError::into_inner);
            kept.insert(currency.to_owned(), made.clone());
            made
        };
        Some(formatter.format_fixed_decimal(&amount).to_string())
    }

    /// A day.
    pub(crate) fn date(&self, day: NaiveDate, form: DateForm) -> Option<String> {
        let day = iso(day)?;
        Some(match form {
            DateForm::Full => self.full.format(&day).to_string(),
            DateForm::Long => self.dates[0].format(&day).to_string(),
            DateForm::Medium => self.dates[1].format(&day).to_string(),
            DateForm::Short => self.dates[2].format(&day).to_string(),
        })
    }

    /// A day as seen from another: `in 3 days`, `tomorrow`.
    pub(crate) fn relative(&self, day: NaiveDate, today: NaiveDate) -> String {
        self.days.format(Decimal::from((day - today).num_days())).to_string()
    }

    /// A whole number.
    pub(crate) fn number(&self, number: i64) -> String {
        self.number.format(&Decimal::from(number)).to_string()
    }

    /// A whole percentage.
    pub(crate) fn percent(&self, percent: i64) -> String {
        self.percent.format(&Decimal::from(percent)).to_string()
    }

    /// Several texts as one: `A, B and C`.
    pub(crate) fn list<'t>(&self, texts: impl Iterator<Item = &'t str> + Clone) -> String {
        self.list.format(texts).to_string()
    }

    /// The name of the plural form that a number takes: `one`, `few`, `many`, `other`.
    pub(crate) fn plural(&self, number: i64) -> &'static str {
        name_of(self.plural.category_for(number.unsigned_abs()))
    }

    /// The names of all plural forms of the language.
    pub(crate) fn plurals(&self) -> Vec<&'static str> {
        self.plural.categories().map(name_of).collect()
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Format").field(&self.locale.to_string()).finish()
    }
}

fn name_of(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}

fn iso(day: NaiveDate) -> Option<Date<Iso>> {
    Date::try_new_iso(day.year(), u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?).ok()
}

/// The formats that letters have asked for. Making one reads the data of its language, which is worth doing once.
#[derive(Debug, Default)]
pub(crate) struct Formats {
    by_tag: RwLock<BTreeMap<String, Arc<Format>>>,
}

/// So many are kept: the tags come from storefronts, and are as many as they like.
const MAX_KEPT: usize = 64;

impl Formats {
    /// The format of a locale.
    pub(crate) fn get(&self, tag: &str) -> Result<Arc<Format>, String> {
        if let Some(known) = self.by_tag.read().unwrap_or_else(PoisonError::into_inner).get(tag) {
            return Ok(known.clone());
        }
        let made = Arc::new(Format::new(tag).map_err(|error| format!("the data of the locale `{tag}`: {error}"))?);
        let mut kept = self.by_tag.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(tag.to_owned(), made.clone());
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// What ICU itself answers; `xtask/peers/icu-answers.mjs` asks it.
    const ANSWERS: &str = include_str!("../tests/icu-answers.json");

    fn text(value: &Value) -> &str {
        value.as_str().unwrap()
    }

    /// Spaces that do not break are of several kinds, and the data of two years differ in which they take.
    fn same_space(text: &str) -> String {
        text.chars().map(|c| if matches!(c, '\u{a0}' | '\u{202f}' | '\u{2009}') { ' ' } else { c }).collect()
    }

    /// Each value of a kind with ICU's answer and ours.
    fn differing(kind: &str, ours: impl Fn(&Format, &[Value]) -> String) -> Vec<String> {
        let all: Value = serde_json::from_str(ANSWERS).unwrap();
        let mut differing = Vec::new();
        for answers in all["answers"].as_array().unwrap() {
            let format = Format::new(text(&answers["locale"])).unwrap();
            for asked in answers[kind].as_array().unwrap() {
                let (answer, given) = asked.as_array().unwrap().split_last().unwrap();
                let made = ours(&format, given);
                if same_space(&made) != same_space(text(answer)) {
                    differing.push(format!("{} {given:?}: {made:?}, and ICU says {answer}", answers["locale"]));
                }
            }
        }
        differing
    }

    #[test]
    fn plurals_numbers_and_percentages_are_those_of_icu() {
        let number = |given: &[Value]| given[0].as_i64().unwrap();
        assert_eq!(differing("plurals", |format, given| format.plural(number(given)).to_owned()), [""; 0]);
        assert_eq!(differing("numbers", |format, given| format.number(number(given))), [""; 0]);
        assert_eq!(differing("percents", |format, given| format.percent(number(given))), [""; 0]);
    }

    /// In Polish ICU writes the codes of foreign currencies, and ICU4X their signs: `19,99 US$` where ICU says `19,99 USD`.
    #[test]
    fn money_is_that_of_icu_but_for_the_signs_of_foreign_currencies_in_polish() {
        let money = |format: &Format, given: &[Value]| format.money(text(&given[0]), text(&given[1])).unwrap();
        let differing = differing("amounts", money);
        assert!(differing.iter().all(|told| told.starts_with("\"pl\" ")), "{differing:#?}");
        let signs = ["JP¥", "JP¥", "£", "US$", "CN¥"];
        assert_eq!(differing.len(), signs.len(), "{differing:#?}");
        assert!(differing.iter().zip(signs).all(|(told, sign)| told.contains(sign)), "{differing:#?}");
    }

    /// ICU4X sets a comma behind the day of the week in English, and a nought before the day in short Polish dates.
    #[test]
    fn days_are_those_of_icu_but_for_a_comma_and_a_nought() {
        let date = |format: &Format, given: &[Value]| {
            format.date(text(&given[0]).parse().unwrap(), DateForm::parse(text(&given[1])).unwrap()).unwrap()
        };
        let other = |told: &String| {
            let comma = told.starts_with("\"en-IE\"") && told.contains("\"full\"");
            let nought = told.starts_with("\"pl\"") && told.contains("\"short\"");
            !comma && !nought
        };
        let others: Vec<String> = differing("dates", date).into_iter().filter(other).collect();
        assert_eq!(others, [""; 0]);
        let today: NaiveDate = "2026-03-14".parse().unwrap();
        let relative = |format: &Format, given: &[Value]| {
            format.relative(today + chrono::TimeDelta::days(given[0].as_i64().unwrap()), today)
        };
        assert_eq!(differing("relative", relative), [""; 0]);
    }

    #[test]
    fn lists_are_those_of_icu() {
        let list = |format: &Format, given: &[Value]| format.list(given[0].as_array().unwrap().iter().map(text));
        assert_eq!(differing("lists", list), [""; 0]);
    }

    #[test]
    fn a_tag_that_is_none_and_one_of_no_data_still_write() {
        for tag in ["", "x-klingon", "en_GB", "../../etc/passwd", "zz-ZZ"] {
            let formats = Formats::default();
            assert!(formats.get(tag).unwrap().money("1.50", "EUR").is_some_and(|money| money.contains('1')), "{tag}");
        }
        let formats = Formats::default();
        for number in 0..(MAX_KEPT * 3) {
            formats.get(&format!("en-x-a{number}")).unwrap();
        }
        assert!(formats.by_tag.read().unwrap().len() <= MAX_KEPT);
    }
}
