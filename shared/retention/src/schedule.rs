//! When a step is due, when it is too old, and by which clock.

use chrono::{NaiveTime, TimeDelta, Timelike};
use chrono_tz::Tz;

use crate::calendar;
use crate::customer::Customer;
use crate::flow::{Anchor, Class, Cooldown, Flow, Hour, StaleAfter, Step, Trigger, Wait};
use crate::occurrence::Occurrence;
use crate::shop::Shop;
use crate::time::{Time, days, later};
use crate::zones;

/// The zones in which the customer may be.
pub fn zones_of(customer: &Customer, shop: &Shop) -> Vec<Tz> {
    zones::zones(customer.zone, customer.country, customer.region.as_deref(), shop.zone)
}

/// The zone in which the customer's days and hours are reckoned.
pub fn home_zone(customer: &Customer, shop: &Shop) -> Tz {
    match (customer.zone, customer.country) {
        (Some(zone), _) => zone,
        (None, None) => shop.zone,
        (None, Some(_)) => zones::home(&zones_of(customer, shop), shop.zone),
    }
}

/// When a step is due on an occasion, given when the step before it ended. Nothing, while what its wait counts from has not
/// happened.
pub fn due(
    (flow, step): (&Flow, &Step),
    occurrence: &Occurrence,
    previous: Option<Time>,
    customer: &Customer,
    shop: &Shop,
    zone: Tz,
) -> Option<Time> {
    let order = || customer.orders.iter().find(|order| Some(&order.id) == occurrence.order.as_ref());
    let anchor = match step.after {
        Anchor::Trigger => occurrence.anchor,
        Anchor::Previous => previous.unwrap_or(occurrence.anchor),
        Anchor::Delivered => order()?.delivered(shop.transit)?,
        Anchor::Shipped => order()?.shipped_at?,
        Anchor::Fulfilled => order()?.fulfilled_at?,
    };
    let cycle = occurrence.cycle.unwrap_or_default();
    let part = |percent: u8| cycle * i32::from(percent) / 100;
    let wait = match (step.wait, &flow.trigger) {
        (Wait::For(span), _) => span,
        (Wait::Cycle(percent), _) => part(percent),
        (Wait::Lead, Trigger::Replenish(rule)) => -rule.lead.min(part(rule.lead_at_most_percent)),
        (Wait::Lead, _) => TimeDelta::zero(),
    };
    Some(match step.at {
        // Days of the calendar, whatever the clock does between them.
        Some(hour) if flow.trigger.is_a_day() && step.after == Anchor::Trigger => {
            let day = calendar::existing_day(zone, calendar::day_of(zone, anchor) + wait);
            calendar::local(zone, day, time_of(hour, customer, zone))
        }
        Some(hour) => calendar::next_time_of_day(zone, time_of(hour, customer, zone), later(anchor, wait)),
        None => later(anchor, wait),
    })
}

/// The hour at which a step leaves for this person.
fn time_of(hour: Hour, customer: &Customer, zone: Tz) -> NaiveTime {
    match hour {
        Hour::Fixed(time) => time,
        Hour::Best(otherwise) => best_hour(customer, zone).unwrap_or(otherwise),
    }
}

/// The hour of the person's day at which most clicks were, once there are enough of them to say.
pub fn best_hour(customer: &Customer, zone: Tz) -> Option<NaiveTime> {
    const ENOUGH: usize = 3;
    let mut hours = [0_usize; 24];
    for click in &customer.clicks {
        hours[click.with_timezone(&zone).hour() as usize] += 1;
    }
    if customer.clicks.len() < ENOUGH {
        return None;
    }
    // Of hours with as many, the earlier.
    let (hour, _) = hours.iter().enumerate().rev().max_by_key(|(_, clicks)| **clicks)?;
    NaiveTime::from_hms_opt(u32::try_from(hour).ok()?, 0, 0)
}

/// When a letter that was due at `due` is too old to be sent.
pub fn stale_at(flow: &Flow, step: &Step, due: Time, zone: Tz) -> Time {
    let default = match (&flow.trigger, flow.class) {
        (Trigger::Birthday(_) | Trigger::Anniversary(_), _) => StaleAfter::EndOfDay,
        (_, Class::Transactional) => StaleAfter::For(days(1)),
        (_, Class::Marketing) => StaleAfter::For(days(3)),
    };
    match step.stale_after.unwrap_or(default) {
        StaleAfter::For(span) => later(due, span),
        StaleAfter::EndOfDay => calendar::end_of_day(zone, due),
    }
}

/// How long after the flow's last letter its next occasion may begin for this customer.
pub fn cooldown(flow: &Flow, customer: &Customer) -> TimeDelta {
    match (flow.cooldown, &flow.trigger) {
        (Some(Cooldown::For(span)), _) => span,
        (Some(Cooldown::Lapse), Trigger::Lapsed(lapse)) => lapse.after(customer.median_gap()),
        (Some(Cooldown::Lapse) | None, _) => TimeDelta::zero(),
    }
}
