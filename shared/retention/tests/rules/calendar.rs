//! Birthdays in every zone of the world, over fifty years: gaps, overlaps, leap days, turns of the year, skipped days.

use chrono::{Datelike, LocalResult, NaiveDate, TimeZone, Timelike};
use chrono_tz::Tz;
use retention::Time;
use retention::aggregates::Aggregates;
use retention::flow::{Kind, StaleAfter, Step, Wait};

use crate::world::*;

/// Days of which a year may have none, or a short one, or the first or last of a year. Where a zone went over the date line
/// a day is missing: 30 December 2011 in Apia, 31 December 1994 on Kanton; the day before is kept then.
const DAYS: [&str; 8] = ["02-29", "12-30", "12-31", "01-01", "03-29", "10-25", "04-01", "09-30"];

#[test]
fn there_is_one_birthday_letter_in_each_civil_year_on_its_day() {
    let nine = chrono::NaiveTime::from_hms_opt(9, 0, 0).map(retention::flow::Hour::Fixed);
    let on_the_day =
        Step { at: nine, stale_after: Some(StaleAfter::EndOfDay), ..step("day", Kind::Useful, Wait::For(days(0))) };
    let shop = shop_of(vec![retention::Flow { steps: vec![on_the_day], ..birthday() }]);
    let aggregates = Aggregates::default();
    let (begins, ends): (Time, Time) = (at("1990-01-10"), at("2040-01-10"));
    for (number, zone) in chrono_tz::TZ_VARIANTS.iter().enumerate() {
        let day = DAYS[number % DAYS.len()];
        let mut customer = born(subscribed(begins), day);
        customer.zone = Some(*zone);
        let mut life = life(&shop, &aggregates, customer);
        life.look(begins);
        let left = life.until(ends);
        let days: Vec<NaiveDate> = left.iter().map(|send| at_nine(*zone, send.ended_at())).collect();
        // The first birthday after the beginning may be in the year of the beginning.
        let years: Vec<i32> = days.iter().map(Datelike::year).collect();
        let first = if is_behind(day) { 1991 } else { 1990 };
        let last = if is_behind(day) { 2040 } else { 2039 };
        assert_eq!(years, (first..=last).collect::<Vec<_>>(), "{zone}, {day}");
        for found in days {
            assert!(is_on(found, day, *zone), "{zone}, {day}: {found}");
        }
    }
}

/// Whether the day lies before the tenth of January.
fn is_behind(day: &str) -> bool {
    day == "01-01"
}

/// The day by the customer's clock, which shows nine, or the first time after a gap over nine.
fn at_nine(zone: Tz, time: Time) -> NaiveDate {
    let clock = time.with_timezone(&zone);
    assert!((9..=10).contains(&clock.hour()), "{zone}: {clock}");
    clock.date_naive()
}

fn is_on(found: NaiveDate, day: &str, zone: Tz) -> bool {
    let month_day = found.format("%m-%d").to_string();
    let leap = NaiveDate::from_ymd_opt(found.year(), 2, 29).is_some();
    let noon = |day: NaiveDate| zone.from_local_datetime(&day.and_hms_opt(12, 0, 0).expect("noon"));
    let next_is_missing = found.succ_opt().is_some_and(|next| noon(next) == LocalResult::None);
    match day {
        "02-29" if !leap => month_day == "02-28",
        _ if next_is_missing => found.succ_opt().is_some_and(|next| next.format("%m-%d").to_string() == day),
        day => month_day == day,
    }
}
