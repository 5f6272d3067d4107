//! The slot: when the next marketing letter to one person may be created.

use crate::customer::{Customer, RecentLetter};
use crate::preferences::FEWER;
use crate::reason::Reason;
use crate::shop::{Limits, UNMOVED_LETTERS, WEEK, WEEKLY_CAP_UNMOVED};
use crate::time::{Time, later};

/// The limits for this person: whoever had several letters and never followed a link gets fewer of them, and so does
/// whoever asked for fewer.
pub fn limits_for(customer: &Customer, limits: &Limits) -> Limits {
    let unmoved = customer.delivered >= UNMOVED_LETTERS && customer.clicks.is_empty();
    let weekly_cap = if unmoved { limits.weekly_cap.min(WEEKLY_CAP_UNMOVED) } else { limits.weekly_cap };
    let gap = if customer.preferences.fewer { limits.gap.max(FEWER) } else { limits.gap };
    Limits { gap, weekly_cap, ..*limits }
}

/// The first moment from `from` on at which gap and weekly cap let one more letter through, and which of the two
/// holds it back until then.
pub fn free_from(recent: &[Time], limits: &Limits, from: Time) -> (Time, Option<Reason>) {
    let mut at = from;
    let mut held = None;
    loop {
        let gap = later(at, -limits.gap);
        if let Some(last) = recent.iter().rev().find(|t| **t > gap) {
            (at, held) = (later(*last, limits.gap), Some(Reason::Gap));
            continue;
        }
        // A letter counts for less than a week; one that is dated later counts too.
        let week = later(at, -WEEK);
        let counted = recent.iter().filter(|t| **t > week).count();
        if counted < limits.weekly_cap || counted == 0 {
            return (at, held);
        }
        // The oldest that must leave the window before the count is below the cap.
        let Some(leaves) = recent.iter().filter(|t| **t > week).nth(counted - limits.weekly_cap.max(1)) else {
            return (at, held);
        };
        (at, held) = (later(*leaves, WEEK), Some(Reason::WeeklyCap));
    }
}

/// The times of letters, oldest first, without that of one send.
pub fn times_but(recent: &[RecentLetter], but: Option<&crate::ids::SendId>) -> Vec<Time> {
    let mut times: Vec<Time> = recent.iter().filter(|r| Some(&r.send) != but).map(|r| r.at).collect();
    times.sort_unstable();
    times
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveTime, TimeDelta};

    use super::*;
    use crate::ids::CustomerId;
    use crate::shop::{GAP, Hours, WEEKLY_CAP};
    use crate::time::days;

    fn limits() -> Limits {
        Limits { gap: GAP, weekly_cap: WEEKLY_CAP, day: Hours { from: NaiveTime::MIN, to: NaiveTime::MIN } }
    }

    fn hour(h: i64) -> Time {
        later(Time::UNIX_EPOCH, TimeDelta::hours(h))
    }

    #[test]
    fn an_empty_list_holds_nothing_back() {
        assert_eq!(free_from(&[], &limits(), hour(5)), (hour(5), None));
    }

    #[test]
    fn the_gap_counts_from_the_last_letter() {
        let (at, held) = free_from(&[hour(0)], &limits(), hour(1));
        assert_eq!((at, held), (hour(0) + GAP, Some(Reason::Gap)));
        assert_eq!(free_from(&[hour(0)], &limits(), at), (at, None));
    }

    #[test]
    fn the_fourth_letter_of_a_week_waits_until_the_first_is_a_week_old() {
        let sent = [hour(0), hour(24), hour(48)];
        assert_eq!(free_from(&sent, &limits(), hour(72)), (hour(0) + days(7), Some(Reason::WeeklyCap)));
    }

    #[test]
    fn a_letter_of_exactly_a_week_ago_counts_no_longer() {
        let sent = [hour(0), hour(24), hour(48), hour(72)];
        assert_eq!(free_from(&sent, &limits(), hour(7 * 24)), (hour(24) + days(7), Some(Reason::WeeklyCap)));
    }

    #[test]
    fn after_a_cap_of_the_past_was_lowered_more_than_one_must_leave() {
        let sent = [hour(0), hour(24), hour(48), hour(72)];
        let mut two = limits();
        two.weekly_cap = 2;
        assert_eq!(free_from(&sent, &two, hour(96)).0, hour(48) + days(7));
    }

    #[test]
    fn whoever_never_followed_a_link_gets_two_letters_a_week_and_whoever_asked_for_fewer_one_in_a_month() {
        let mut customer = Customer::new(CustomerId::derive("someone", hour(0)), hour(0));
        let asked = |customer: &Customer, gap, weekly_cap| {
            let Limits { gap, weekly_cap, .. } = limits_for(customer, &Limits { gap, weekly_cap, ..limits() });
            (gap, weekly_cap)
        };
        customer.delivered = UNMOVED_LETTERS - 1;
        assert_eq!(asked(&customer, GAP, WEEKLY_CAP), (GAP, WEEKLY_CAP));
        customer.delivered = UNMOVED_LETTERS;
        assert_eq!(asked(&customer, GAP, WEEKLY_CAP), (GAP, WEEKLY_CAP_UNMOVED));
        assert_eq!(asked(&customer, GAP, 1), (GAP, 1), "the shop's own cap may be lower");
        customer.clicks = vec![hour(1)];
        assert_eq!(asked(&customer, GAP, WEEKLY_CAP), (GAP, WEEKLY_CAP));
        customer.preferences.fewer = true;
        assert_eq!(asked(&customer, GAP, WEEKLY_CAP), (FEWER, WEEKLY_CAP));
        assert_eq!(asked(&customer, FEWER + days(1), WEEKLY_CAP).0, FEWER + days(1), "and its own gap longer");
    }
}
