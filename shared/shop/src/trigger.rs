//! What begins a flow: the `trigger` of `flow.toml`.

use chrono::TimeDelta;
use retention::birthday::LeapDay;
use retention::customer::limits::RECENT;
use retention::flow::{AtRisk, Class, Lapse, Referral, Replenish, Sunset, Trigger};
use retention::time::days;

use crate::duration::{parse, parse_percent};
use crate::table::{At, Table};

/// Defaults of a replenishment: the announcement, and its part of a short cycle.
const LEAD: TimeDelta = days(30);
const LEAD_AT_MOST: u8 = 25;
/// Defaults of a lapse: its bounds, and the age while a person has no gap yet.
const LAPSE_MIN: TimeDelta = days(60);
const LAPSE_MAX: TimeDelta = days(180);
/// The orders that are thanked for.
const ORDER_COUNTS: [u32; 3] = [2, 5, 10];
/// The highest number of an order, and how many of them one flow may name.
const MAX_ORDER: i64 = 1_000;
const MAX_COUNTS: usize = 10;
/// The age of a single order, while the shop has no median gap yet.
const ONE_ORDER: TimeDelta = days(30);
/// Defaults of a person at risk.
const AT_RISK: AtRisk = AtRisk { gap_percent: 150, min: days(14) };
/// Whoever has not ordered for that long is not reminded of the first order.
const ANNIVERSARY: TimeDelta = days(730);
/// How near the next tier is near.
const TIER_NEAR: u8 = 10;
/// Defaults of a referral.
const REFERRAL: Referral = Referral { stars: 4, orders: 3 };
/// Defaults of a sunset.
const SUNSET: Sunset = Sunset { letters: 10, within: days(180), no_order: days(365) };

#[derive(Clone, Copy, PartialEq)]
enum On {
    Subscribed,
    SignedUp,
    DataRequested,
    OrderStatus,
    FirstOrder,
    GuestOrder,
    Cart,
    Browse,
    Favourite,
    Delivered,
    Fulfilled,
    OrderCount,
    OneOrder,
    Replenish,
    AtRisk,
    Lapsed,
    Birthday,
    Anniversary,
    Tier,
    TierNear,
    CouponExpiring,
    Referral,
    BackInStock,
    PriceDrop,
    Survey,
    Sunset,
}

const WORDS: [(&str, On); 26] = [
    ("subscribed", On::Subscribed),
    ("signed_up", On::SignedUp),
    ("data_requested", On::DataRequested),
    ("order_status", On::OrderStatus),
    ("first_order", On::FirstOrder),
    ("guest_order", On::GuestOrder),
    ("cart", On::Cart),
    ("browse", On::Browse),
    ("favourite", On::Favourite),
    ("delivered", On::Delivered),
    ("fulfilled", On::Fulfilled),
    ("order_count", On::OrderCount),
    ("one_order", On::OneOrder),
    ("replenish", On::Replenish),
    ("at_risk", On::AtRisk),
    ("lapsed", On::Lapsed),
    ("birthday", On::Birthday),
    ("anniversary", On::Anniversary),
    ("tier", On::Tier),
    ("tier_near", On::TierNear),
    ("coupon_expiring", On::CouponExpiring),
    ("referral", On::Referral),
    ("back_in_stock", On::BackInStock),
    ("price_drop", On::PriceDrop),
    ("survey", On::Survey),
    ("sunset", On::Sunset),
];

/// Reads a trigger, and holds the class against it: only an answer to the customer's own act passes without consent.
pub(crate) fn read(mut table: Table<'_>, class: Option<Class>, has_tiers: bool) -> Option<Trigger> {
    let on = table.needed_text("on")?;
    let kind = on.one_of("trigger", &WORDS)?;
    let trigger = of_kind(kind, &mut table);
    let is_own_act = matches!(kind, On::SignedUp | On::DataRequested | On::OrderStatus);
    match (class, kind) {
        (Some(Class::Marketing), On::OrderStatus) => on.wrong("letters about an order are `transactional`"),
        (Some(Class::Marketing), _) if is_own_act => {
            on.wrong("letters that answer the customer's own act are `transactional`");
        }
        (Some(Class::Transactional), _) if !is_own_act => {
            on.wrong(format!("`{}` answers no act of the customer's: its letters are `marketing`", on.value));
        }
        _ => {}
    }
    if matches!(kind, On::Tier | On::TierNear) && !has_tiers {
        on.wrong("this needs a [[tier]] in shop.toml");
    }
    table.finish();
    trigger
}

fn of_kind(kind: On, table: &mut Table<'_>) -> Option<Trigger> {
    Some(match kind {
        On::Subscribed => Trigger::Subscribed,
        On::SignedUp => Trigger::SignUp,
        On::DataRequested => Trigger::DataRequest,
        On::OrderStatus => Trigger::OrderStatus,
        On::FirstOrder => Trigger::FirstOrder,
        On::GuestOrder => Trigger::GuestOrder,
        On::Cart => Trigger::Cart,
        On::Browse => Trigger::Browse,
        On::Favourite => Trigger::Favourite,
        On::Delivered => {
            let with = table.text("with").and_then(|text| text.one_of("content", &[("care", true)]));
            Trigger::Delivered { needs_care: with.unwrap_or_default() }
        }
        On::Fulfilled => Trigger::Fulfilled,
        On::OrderCount => Trigger::OrderCount(order_counts(table)?),
        On::OneOrder => Trigger::OneOrder(span(table.text("unknown"), ONE_ORDER)),
        On::Replenish => Trigger::Replenish(replenish(table)),
        On::AtRisk => Trigger::AtRisk(at_risk(table)),
        On::Lapsed => Trigger::Lapsed(lapse(table)?),
        On::Birthday => Trigger::Birthday(leap_day(table)),
        On::Anniversary => Trigger::Anniversary(span(table.text("within"), ANNIVERSARY)),
        On::Tier => Trigger::Tier,
        On::TierNear => Trigger::TierNear(percent(table.text("within"), TIER_NEAR)),
        On::CouponExpiring => Trigger::CouponExpiring,
        On::Referral => Trigger::Referral(referral(table)),
        On::BackInStock => Trigger::BackInStock,
        On::PriceDrop => Trigger::PriceDrop,
        On::Survey => Trigger::Survey,
        On::Sunset => Trigger::Sunset(sunset(table)),
    })
}

/// A span of at least a day, or the default.
fn span(text: Option<At<'_, &str>>, default: TimeDelta) -> TimeDelta {
    let read = text.and_then(|text| {
        text.then(|raw| {
            let span = parse(raw)?;
            if span >= TimeDelta::days(1) { Ok(span) } else { Err("this is at least 1d".to_owned()) }
        })
    });
    read.map_or(default, |at| at.value)
}

/// A part of at most nine tenths, or the default.
fn percent(text: Option<At<'_, &str>>, default: u8) -> u8 {
    let read = text.and_then(|text| {
        text.then(|raw| {
            parse_percent(raw).filter(|p| *p <= 90).ok_or_else(|| "this is like `25%`, at most 90%".to_owned())
        })
    });
    read.map_or(default, |at| at.value)
}

/// A number within bounds, or the default.
fn number<N: TryFrom<i64>>(table: &mut Table<'_>, key: &'static str, (least, most): (i64, i64), default: N) -> N {
    let read = table.number(key).and_then(|number| {
        number.then(|n| {
            let within = Some(*n).filter(|n| (least..=most).contains(n)).and_then(|n| N::try_from(n).ok());
            within.ok_or_else(|| format!("`{key}` is from {least} to {most}"))
        })
    });
    read.map_or(default, |at| at.value)
}

fn order_counts(table: &mut Table<'_>) -> Option<Vec<u32>> {
    if table.value("at").is_none() {
        return Some(ORDER_COUNTS.to_vec());
    }
    let read = table.numbers("at")?.then(|numbers| {
        let fits = numbers.iter().all(|n| (2..=MAX_ORDER).contains(n)) && (1..=MAX_COUNTS).contains(&numbers.len());
        let ascends = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        let counts: Vec<u32> = numbers.iter().filter_map(|n| u32::try_from(*n).ok()).collect();
        let form =
            || format!("`at` is 1 to {MAX_COUNTS} numbers of orders from 2 to {MAX_ORDER}, each above the one before");
        (fits && ascends).then_some(counts).ok_or_else(form)
    });
    read.map(|at| at.value)
}

fn at_risk(table: &mut Table<'_>) -> AtRisk {
    let gap = table.text("gap").and_then(|text| {
        text.then(|raw| {
            let number = raw.trim().strip_suffix('%').and_then(|number| number.trim_end().parse::<u16>().ok());
            number
                .filter(|p| (100..=1_000).contains(p))
                .ok_or_else(|| "this is like `150%`, from 100% to 1000%".to_owned())
        })
    });
    let min = span(table.text("min"), AT_RISK.min);
    AtRisk { gap_percent: gap.map_or(AT_RISK.gap_percent, |at| at.value), min }
}

fn referral(table: &mut Table<'_>) -> Referral {
    let stars = number(table, "stars", (1, 5), REFERRAL.stars);
    Referral { stars, orders: number(table, "orders", (1, MAX_ORDER), REFERRAL.orders) }
}

fn sunset(table: &mut Table<'_>) -> Sunset {
    // A profile keeps no more letters than that.
    let most = i64::try_from(RECENT).unwrap_or(i64::MAX);
    let letters = number(table, "letters", (2, most), SUNSET.letters);
    let within = span(table.text("within"), SUNSET.within);
    Sunset { letters, within, no_order: span(table.text("no_order"), SUNSET.no_order) }
}

fn replenish(table: &mut Table<'_>) -> Replenish {
    let lead = span(table.text("lead"), LEAD);
    Replenish { lead, lead_at_most_percent: percent(table.text("lead_at_most"), LEAD_AT_MOST) }
}

fn lapse(table: &mut Table<'_>) -> Option<Lapse> {
    let gaps = table.needed_text("after").and_then(|text| text.then(|raw| gaps(raw)));
    let min = span(table.text("min"), LAPSE_MIN);
    let max_text = table.text("max");
    let max = span(max_text.clone(), LAPSE_MAX);
    let unknown = span(table.text("unknown"), max);
    if min > max {
        match max_text {
            Some(text) => text.wrong("`max` is not below `min`"),
            None => table.wrong("`min` is not above `max`, 180d"),
        }
        return None;
    }
    Some(Lapse { gaps: gaps?.value, min, max, unknown })
}

/// `2 x median_gap`.
fn gaps(raw: &str) -> Result<u8, String> {
    let form = "this is like `2 x median_gap`, with 1 to 9 gaps";
    let words: Vec<&str> = raw.split_whitespace().collect();
    match words[..] {
        [count, "x", "median_gap"] => count.parse().ok().filter(|n| (1..=9).contains(n)).ok_or_else(|| form.to_owned()),
        _ => Err(form.to_owned()),
    }
}

fn leap_day(table: &mut Table<'_>) -> LeapDay {
    let words = [("february-28", LeapDay::February28), ("march-1", LeapDay::March1)];
    table.text("leap_day").and_then(|text| text.one_of("day", &words)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lapse_counts_median_gaps() {
        assert_eq!(gaps("2 x median_gap"), Ok(2));
        for bad in ["2", "2x median_gap", "0 x median_gap", "10 x median_gap", "2 x gap"] {
            assert!(gaps(bad).is_err(), "{bad}");
        }
    }
}
