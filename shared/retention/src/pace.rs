//! How fast letters leave: one row for all senders together, and what the account may send.
//!
//! The row is a generic cell rate with a burst of one: `tat` is the moment from which the next letter may ask the mail
//! service, and whoever takes slots moves it on by one interval a letter. A token bucket or a fixed second would send up
//! to twice the rate in its worst second.

use serde::{Deserialize, Serialize};

use crate::flow::Class;
use crate::time::{CLOCKS_APART, Time, doubled, later, millis_option, minutes};

/// How much of the account's rate is used. Between two request starts lies an interval of the rate over this, so that starts
/// may be late by up to [`TOLERANCE_MICROS`] and no second holds more letters than the account takes.
pub const PART_OF_RATE: f64 = 0.97;
/// How late a request may start after its slot. N + 1 slots at this part of a rate of N span 1.031 seconds: later ones would
/// fall into another's second.
pub const TOLERANCE_MICROS: i64 = 25_000;
/// Further ahead than this no clock that is right has put `tat`: it begins anew, and is counted.
pub const TOO_FAR_MICROS: i64 = 60_000_000;
/// Letters a second, before the account was asked: that of a new one.
const UNKNOWN_RATE: f64 = 1.0;
/// How soon the account is asked again.
const ASK_AGAIN: chrono::TimeDelta = minutes(5);
/// Of the day's quota, what is kept for letters about people's own orders: one twentieth.
const KEPT_FOR_ORDERS: u64 = 20;
/// More unknown ends in a row than this, and sending rests.
const MOST_IN_A_ROW: u32 = 3;
/// How long it rests: a minute, twice as long each time that it does not help, an hour at most.
const REST: chrono::TimeDelta = minutes(1);
const LONGEST_REST: chrono::TimeDelta = minutes(60);
/// A rest that came that long after the one before begins with a minute again.
const RECOVERED: chrono::TimeDelta = minutes(10);

/// What the mail service lets an account send.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Account {
    /// Letters a second.
    pub per_second: f64,
    /// Letters in 24 hours; none where there is no limit.
    pub per_day: Option<u64>,
    /// Letters of the last 24 hours, of everybody who uses the account.
    pub sent: u64,
}

/// The pacing row.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Pace {
    /// From when on the next letter may ask, in microseconds since 1970.
    #[serde(default)]
    pub tat: i64,
    /// Letters a second that this shop may use; 0 before the account was asked.
    #[serde(default)]
    pub rate: f64,
    /// Letters in 24 hours that the account takes of everybody, and of this shop.
    #[serde(default)]
    pub quota: Option<u64>,
    /// The shop's share of that.
    #[serde(default)]
    pub own_quota: Option<u64>,
    /// Letters of the last 24 hours, of everybody, when the account was asked.
    #[serde(default)]
    pub sent: u64,
    /// When the account was asked.
    #[serde(default, with = "millis_option")]
    pub asked_at: Option<Time>,
    /// Slots taken since the shop's own day began.
    #[serde(default)]
    pub granted: u64,
    /// Slots taken of these when the account was asked.
    #[serde(default)]
    pub granted_when_asked: u64,
    /// When the shop's own day began.
    #[serde(default, with = "millis_option")]
    pub day_began: Option<Time>,
    /// Since when nothing is sent.
    #[serde(default, with = "millis_option")]
    pub rests_from: Option<Time>,
    /// Until when nothing is sent.
    #[serde(default, with = "millis_option")]
    pub rests_until: Option<Time>,
    /// How many rests followed one another.
    #[serde(default)]
    pub rests: u32,
    /// How many letters one after the other ended unknown.
    #[serde(default)]
    pub unknown_in_a_row: u32,
}

impl Pace {
    /// Between two slots, in microseconds.
    pub fn interval_micros(&self) -> i64 {
        let rate = if self.rate > 0.0 { self.rate } else { UNKNOWN_RATE };
        to_whole((1_000_000.0 / (rate * PART_OF_RATE)).ceil()).max(1)
    }

    /// Whole letters a second, at least one.
    pub fn per_second(&self) -> usize {
        usize::try_from(to_whole(self.rate)).unwrap_or_default().max(1)
    }

    /// Whether the account is to be asked at `now`.
    pub fn is_old(&self, now: Time) -> bool {
        self.asked_at.is_none_or(|asked| now - asked >= ASK_AGAIN || asked > now)
    }

    /// The row after the account was asked. `share` is the part of it that this shop may use.
    #[must_use]
    pub fn asked(&self, account: &Account, share: f64, now: Time) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a quota is far below 2^53")]
        let part = |whole: u64| u64::try_from(to_whole(whole as f64 * share)).unwrap_or_default();
        let new_day = self.day_began.is_none_or(|began| now - began >= chrono::TimeDelta::hours(24) || began > now);
        let granted = if new_day { 0 } else { self.granted };
        Self {
            rate: account.per_second * share,
            quota: account.per_day,
            own_quota: account.per_day.map(part),
            sent: account.sent,
            asked_at: Some(now),
            granted,
            granted_when_asked: granted,
            day_began: if new_day { Some(now) } else { self.day_began },
            ..self.clone()
        }
    }

    /// How many letters of a class today's quota still holds; none where there is no limit. The last part of it is kept for
    /// letters about people's own orders.
    pub fn left_today(&self, class: Class) -> Option<u64> {
        let quota = self.quota?;
        let own = self.own_quota.unwrap_or(quota);
        let since = self.granted.saturating_sub(self.granted_when_asked);
        let left = quota.saturating_sub(self.sent + since).min(own.saturating_sub(self.granted));
        Some(match class {
            Class::Transactional => left,
            Class::Marketing => left.saturating_sub(own / KEPT_FOR_ORDERS),
        })
    }

    /// Until when nothing is sent, at `now`. A rest that has not begun yet is one of a clock that was wrong.
    pub fn rests(&self, now: Time) -> Option<Time> {
        self.last_rest(now).filter(|until| *until > now)
    }

    fn last_rest(&self, now: Time) -> Option<Time> {
        let has_begun = self.rests_from.is_none_or(|from| from <= later(now, CLOCKS_APART));
        self.rests_until.filter(|_| has_begun)
    }

    /// Whether so many letters in a row ended unknown that sending should rest.
    pub fn needs_rest(&self) -> bool {
        self.unknown_in_a_row > MOST_IN_A_ROW
    }

    /// The next rest: until when, and the how manyth in a row it is.
    pub fn next_rest(&self, now: Time) -> (Time, u32) {
        let again = self.last_rest(now).is_some_and(|last| now - last < RECOVERED);
        let rests = if again { self.rests } else { 0 };
        (now + doubled(REST, rests, LONGEST_REST), rests.saturating_add(1))
    }
}

/// A number of whole things. Rates and quotas are far below what a float holds exactly.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and a quota is far below 2^53")]
fn to_whole(number: f64) -> i64 {
    number as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Time = Time::UNIX_EPOCH;

    fn account(per_second: f64, per_day: u64, sent: u64) -> Account {
        Account { per_second, per_day: Some(per_day), sent }
    }

    #[test]
    fn slots_of_the_used_part_of_a_rate_never_put_more_than_the_rate_into_a_second() {
        for rate in [1.0, 14.0, 90.0, 200.0, 1000.0] {
            let pace = Pace::default().asked(&account(rate, 1, 0), 1.0, NOON);
            let of_the_next_second = pace.interval_micros() * to_whole(rate);
            assert!(of_the_next_second - TOLERANCE_MICROS >= 1_000_000, "{rate}: {of_the_next_second}");
        }
        assert_eq!(Pace::default().interval_micros(), 1_030_928, "one letter a second until the account was asked");
    }

    #[test]
    fn a_share_is_a_part_of_rate_and_quota() {
        let pace = Pace::default().asked(&account(14.0, 50_000, 40_000), 0.5, NOON);
        assert_eq!((pace.per_second(), pace.own_quota), (7, Some(25_000)));
        assert_eq!(pace.left_today(Class::Transactional), Some(10_000), "others have used the rest");
        let alone = Pace { granted: 24_000, ..pace };
        assert_eq!(alone.left_today(Class::Transactional), Some(0), "24,000 of this shop since the account was asked");
    }

    #[test]
    fn the_last_twentieth_of_a_day_is_for_orders() {
        let pace = Pace::default().asked(&account(14.0, 200, 0), 1.0, NOON);
        let at = |granted| Pace { granted, ..pace.clone() };
        assert_eq!(at(150).left_today(Class::Marketing), Some(40));
        assert_eq!(at(190).left_today(Class::Marketing), Some(0));
        assert_eq!(at(190).left_today(Class::Transactional), Some(10));
        assert_eq!(Pace { quota: None, ..at(190) }.left_today(Class::Marketing), None);
    }

    #[test]
    fn what_the_account_counts_itself_is_not_counted_twice_and_a_day_ends() {
        let day = Pace::default().asked(&account(14.0, 200, 0), 1.0, NOON);
        let later = Pace { granted: 60, ..day }.asked(&account(14.0, 200, 60), 1.0, NOON + minutes(5));
        assert_eq!(later.left_today(Class::Transactional), Some(140));
        let next = later.asked(&account(14.0, 200, 0), 1.0, NOON + chrono::TimeDelta::hours(24));
        assert_eq!((next.granted, next.left_today(Class::Transactional)), (0, Some(200)));
    }

    #[test]
    fn rests_double_while_they_do_not_help_and_begin_anew_after_ten_good_minutes() {
        let mut pace = Pace::default();
        let mut now = NOON;
        let mut lengths = Vec::new();
        for _ in 0..100 {
            let (until, rests) = pace.next_rest(now);
            lengths.push((until - now).num_minutes());
            (pace.rests_until, pace.rests) = (Some(until), rests);
            now = until + minutes(9);
        }
        let (grow, stay) = lengths.split_at(6);
        assert_eq!(grow, [1, 2, 4, 8, 16, 32]);
        assert_eq!(stay, [60; 94], "for days, where the mail service does not recover");
        assert_eq!(pace.next_rest(now + minutes(1)), (now + minutes(2), 1));
    }

    #[test]
    fn a_rest_that_a_clock_an_hour_ahead_began_is_none_and_one_of_a_clock_a_little_ahead_is() {
        let row = |ahead| Pace {
            rests_from: Some(NOON + ahead),
            rests_until: Some(NOON + ahead + minutes(5)),
            rests: 3,
            ..Pace::default()
        };
        assert_eq!(row(minutes(60)).rests(NOON), None);
        assert_eq!(row(minutes(60)).next_rest(NOON), (NOON + minutes(1), 1), "nor does it make the next longer");
        assert_eq!(row(minutes(1)).rests(NOON), Some(NOON + minutes(6)));
        assert_eq!(row(minutes(0)).rests(NOON), Some(NOON + minutes(5)));
    }
}
