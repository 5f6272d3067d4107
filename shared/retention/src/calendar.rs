//! Local time: hours of a customer's day, gaps and overlaps of the clock.

use chrono::{Datelike, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::flow::Weekdays;
use crate::shop::Hours;
use crate::time::{Time, later, minutes};

/// The instant at which a day's clock shows `time` in `zone`.
///
/// A time that exists twice is taken the first time. One that does not exist is taken at the first instant after the
/// gap; gaps are whole quarters of an hour, up to a whole day (Samoa skipped 30 December 2011).
pub fn local(zone: Tz, date: NaiveDate, time: NaiveTime) -> Time {
    let wanted = date.and_time(time);
    let mut step = TimeDelta::zero();
    while step <= TimeDelta::hours(25) {
        match zone.from_local_datetime(&(wanted + step)) {
            LocalResult::Single(found) | LocalResult::Ambiguous(found, _) => {
                return if step.is_zero() { found.to_utc() } else { gap_end(zone, found.to_utc()) };
            }
            LocalResult::None => step += TimeDelta::minutes(15),
        }
    }
    Utc.from_utc_datetime(&wanted)
}

/// The first instant after the gap that lies within the quarter of an hour before `after`, or `after` itself.
fn gap_end(zone: Tz, after: Time) -> Time {
    let shift = |at: Time| at.with_timezone(&zone).naive_local() - at.naive_utc();
    let mut end = after;
    for _ in 0..15 {
        let minute_before = end - minutes(1);
        if shift(minute_before) != shift(after) {
            break;
        }
        end = minute_before;
    }
    end
}

/// The day itself, or the one before it where a zone has skipped it to change its side of the date line.
pub fn existing_day(zone: Tz, date: NaiveDate) -> NaiveDate {
    let exists = day_of(zone, local(zone, date, NaiveTime::MIN)) == date;
    if exists { date } else { date.pred_opt().unwrap_or(date) }
}

/// The first instant of a day, or of the one before it where a zone has skipped it.
pub fn midnight(zone: Tz, date: NaiveDate) -> Time {
    let at = local(zone, date, NaiveTime::MIN);
    match date.pred_opt().filter(|_| day_of(zone, at) != date) {
        Some(before) => local(zone, before, NaiveTime::MIN),
        None => at,
    }
}

/// The day at `time` in `zone`.
pub fn day_of(zone: Tz, time: Time) -> NaiveDate {
    time.with_timezone(&zone).date_naive()
}

/// The first instant of the day after the one of `time` in `zone`.
pub fn end_of_day(zone: Tz, time: Time) -> Time {
    let next = day_of(zone, time).checked_add_days(Days::new(1));
    next.map_or(time, |day| local(zone, day, NaiveTime::MIN))
}

/// The first instant from `from` on at which it is day in every one of `zones`, on one of these days of the week.
///
/// A country may be so wide that its days hardly meet; where they never do within two days more than a week, the first zone
/// decides.
pub fn next_day_hour(zones: &[Tz], hours: Hours, days: Option<Weekdays>, from: Time) -> Time {
    const LONGEST: TimeDelta = TimeDelta::days(9);
    let end = later(from, LONGEST);
    let search = |zones: &[Tz]| {
        let mut at = from;
        while at <= end {
            match zones.iter().filter_map(|zone| closed_until(*zone, hours, days, at)).max() {
                None => return Some(at),
                Some(opens) => at = opens,
            }
        }
        None
    };
    search(zones).or_else(|| search(zones.get(..1)?)).unwrap_or(from)
}

/// When the night of `zone`, or the days on which nothing leaves, end, if it is one of them there.
fn closed_until(zone: Tz, hours: Hours, days: Option<Weekdays>, at: Time) -> Option<Time> {
    let clock = at.with_timezone(&zone);
    let (date, time) = (clock.date_naive(), clock.time());
    let is_open = |day: NaiveDate| days.is_none_or(|days| days.has(day.weekday()));
    if is_open(date) && time >= hours.from && time < hours.to {
        return None;
    }
    let mut opening = if time < hours.from { date } else { date.checked_add_days(Days::new(1))? };
    // A week has at least one of the days.
    while !is_open(opening) {
        opening = opening.checked_add_days(Days::new(1))?;
    }
    // Where the clock went back over the opening hour, the opening lies behind: go on by the minute.
    Some(local(zone, opening, hours.from).max(at + minutes(1)))
}

/// The first instant from `from` on at which the clock of `zone` shows `time`.
pub fn next_time_of_day(zone: Tz, time: NaiveTime, from: Time) -> Time {
    let today = day_of(zone, from);
    let days = [Some(today), today.checked_add_days(Days::new(1)), today.checked_add_days(Days::new(2))];
    let instants = days.into_iter().flatten().map(|day| local(zone, day, time));
    instants.into_iter().find(|at| *at >= from).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz::{America__New_York, Asia__Tokyo, Europe__Warsaw, Pacific__Apia, Pacific__Honolulu};

    use super::*;

    const DAY: Hours =
        Hours { from: NaiveTime::from_hms_opt(8, 0, 0).unwrap(), to: NaiveTime::from_hms_opt(21, 0, 0).unwrap() };

    fn utc(text: &str) -> Time {
        text.parse().unwrap()
    }

    fn clock(zone: Tz, day: &str, time: &str) -> String {
        local(zone, day.parse().unwrap(), time.parse().unwrap()).to_rfc3339()
    }

    #[test]
    fn a_local_time_that_does_not_exist_is_taken_right_after_the_gap() {
        // Warsaw goes from 02:00 to 03:00 on 2026-03-29, which is 01:00 UTC.
        assert_eq!(clock(Europe__Warsaw, "2026-03-29", "02:30:00"), "2026-03-29T01:00:00+00:00");
        assert_eq!(clock(Europe__Warsaw, "2026-03-29", "02:07:00"), "2026-03-29T01:00:00+00:00");
        assert_eq!(clock(Europe__Warsaw, "2026-03-29", "03:00:00"), "2026-03-29T01:00:00+00:00");
    }

    #[test]
    fn a_local_time_that_exists_twice_is_taken_the_first_time() {
        assert_eq!(clock(Europe__Warsaw, "2026-10-25", "02:30:00"), "2026-10-25T00:30:00+00:00");
    }

    #[test]
    fn a_day_that_was_skipped_begins_when_the_clock_goes_on() {
        assert_eq!(clock(Pacific__Apia, "2011-12-30", "09:00:00"), "2011-12-30T10:00:00+00:00");
    }

    #[test]
    fn night_ends_at_eight_by_the_customers_clock() {
        let next = |zones: &[Tz], from: &str| next_day_hour(zones, DAY, None, utc(from)).to_rfc3339();
        assert_eq!(next(&[Europe__Warsaw], "2026-07-01T19:00:00Z"), "2026-07-02T06:00:00+00:00");
        assert_eq!(next(&[Europe__Warsaw], "2026-07-01T18:59:59Z"), "2026-07-01T18:59:59+00:00");
        assert_eq!(next(&[Europe__Warsaw], "2026-07-01T05:59:00Z"), "2026-07-01T06:00:00+00:00");
    }

    #[test]
    fn a_wide_country_waits_until_it_is_day_everywhere() {
        let all = [America__New_York, Pacific__Honolulu];
        assert_eq!(next_day_hour(&all, DAY, None, utc("2026-07-01T13:00:00Z")), utc("2026-07-01T18:00:00Z"));
        assert_eq!(next_day_hour(&all, DAY, None, utc("2026-07-02T01:00:00Z")), utc("2026-07-02T18:00:00Z"));
    }

    #[test]
    fn zones_whose_days_never_meet_fall_back_to_the_first() {
        let narrow = Hours { from: "09:00:00".parse().unwrap(), to: "10:00:00".parse().unwrap() };
        let at = next_day_hour(&[Asia__Tokyo, America__New_York], narrow, None, utc("2026-07-01T12:00:00Z"));
        assert_eq!(at, utc("2026-07-02T00:00:00Z"));
    }

    #[test]
    fn the_end_of_the_day_is_the_customers_midnight() {
        assert_eq!(end_of_day(Asia__Tokyo, utc("2026-07-01T14:59:00Z")), utc("2026-07-01T15:00:00Z"));
    }
}
