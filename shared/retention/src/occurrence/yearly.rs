//! Occasions that come again every year.

use chrono::{Datelike, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::Occurrence;
use crate::birthday::LeapDay;
use crate::calendar;
use crate::customer::Customer;
use crate::ids::Occasion;
use crate::reason::Reason;
use crate::schedule::home_zone;
use crate::send::About;
use crate::shop::Shop;
use crate::time::{Time, days, later};

pub(super) fn birthdays(
    leap_day: LeapDay,
    customer: &Customer,
    shop: &Shop,
    times: (Time, Time),
    found: &mut Vec<Occurrence>,
) {
    let Some(birthday) = customer.birthday else { return };
    let in_year = |year| Some((year, birthday.in_year(year, leap_day)?));
    let of_day = |(year, anchor): (i32, Time)| Occurrence {
        floor: Some(customer.since),
        ..Occurrence::new(Occasion::of(&["birthday", &year.to_string()]), anchor)
    };
    found.extend(yearly(home_zone(customer, shop), times, in_year).map(of_day));
}

pub(super) fn anniversaries(
    within: TimeDelta,
    customer: &Customer,
    shop: &Shop,
    times: (Time, Time),
    found: &mut Vec<Occurrence>,
) {
    let Some(first) = customer.first_order_at else { return };
    let zone = home_zone(customer, shop);
    let day = calendar::day_of(zone, first);
    let in_year = |year: i32| {
        let of_year = |day: NaiveDate| day.with_year(year).or_else(|| day.pred_opt()?.with_year(year));
        Some((year, of_year(day).filter(|_| year > day.year())?))
    };
    let of_day = |(year, anchor): (i32, Time)| {
        let bought = customer.ordered_since(later(anchor, -within));
        Occurrence {
            floor: Some(customer.since),
            about: u32::try_from(year - day.year()).ok().map(About::Number),
            over: (!bought).then_some(Reason::Exited),
            ..Occurrence::new(Occasion::of(&["anniversary", &year.to_string()]), anchor)
        }
    };
    found.extend(yearly(zone, times, in_year).map(of_day));
}

/// A day of each year, at its midnight. Steps reach from days before it to days after it, over the turn of a year.
fn yearly(
    zone: Tz,
    (oldest, now): (Time, Time),
    in_year: impl Fn(i32) -> Option<(i32, NaiveDate)>,
) -> impl Iterator<Item = (i32, Time)> {
    // A midnight lies within two days of its date by UTC, even where a zone skips a day.
    let oldest = later(oldest, days(-3)).date_naive();
    let year = calendar::day_of(zone, now).year();
    (year - 1..=year + 1)
        .filter_map(in_year)
        .filter(move |(_, day)| *day >= oldest)
        .map(move |(year, day)| (year, calendar::midnight(zone, day)))
}
