//! Occasions out of facts: what a flow could be running for, for one customer.
//!
//! Nothing here is planned ahead. An occasion is a fact (a birthday, an order that grew old, a product that runs out)
//! that is derived anew each time, so an order, a cancellation or a changed flow needs no re-planning, and the gate can
//! ask whether the fact still holds.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::aggregates::Aggregates;
use crate::calendar;
use crate::customer::{Bought, Customer, RecentOrder};
use crate::flow::{Anchor, Class, Cooldown, Exit, Flow, StaleAfter, Status, Step, Trigger, Wait};
use crate::ids::{Occasion, OrderId};
use crate::reason::Reason;
use crate::shop::Shop;
use crate::time::{Time, days, later};
use crate::zones;

/// Below this, a cycle is no replenishment: nobody wants a reminder every few days.
const SHORTEST_CYCLE: TimeDelta = days(7);
/// Products that run out within this span share one letter.
pub const SHARED_LETTER: TimeDelta = days(7);

/// A fact that a flow runs for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// The fact's name, in the send id.
    pub occasion: Occasion,
    /// When what it is about happened: an order after this ends it.
    pub since: Time,
    /// What the steps' waits count from.
    pub anchor: Time,
    /// The cycle of a product.
    pub cycle: Option<TimeDelta>,
    /// Steps due up to then are history.
    pub floor: Option<Time>,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// Why it is over, if it is.
    pub over: Option<Reason>,
}

/// What the rules need beside the customer.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The shop.
    pub shop: &'a Shop,
    /// The dated snapshot over all customers.
    pub aggregates: &'a Aggregates,
}

/// All occasions that `flow` has for this customer now, over ones included.
pub fn occurrences(flow: &Flow, customer: &Customer, world: World<'_>, now: Time) -> Vec<Occurrence> {
    let mut found = match &flow.trigger {
        Trigger::OrderStatus(status) => order_status(*status, customer, world.shop),
        Trigger::FirstOrder => customer.first_order().map(|first| of_order("first_order", first)).into_iter().collect(),
        Trigger::Lapsed(lapse) => {
            let after = lapse.after(customer.median_gap());
            customer.last_order().map(|last| lapsed(last, after)).into_iter().collect()
        }
        Trigger::Replenish(_) => customer.products.iter().filter_map(|bought| replenish(bought, world)).collect(),
        Trigger::Birthday(leap_day) => {
            birthdays(customer, world.shop, now, |birthday, year| birthday.in_year(year, *leap_day))
        }
    };
    for occurrence in &mut found {
        occurrence.over = occurrence.over.or_else(|| exit(flow, customer, occurrence));
    }
    found
}

fn of_order(name: &str, order: &RecentOrder) -> Occurrence {
    Occurrence {
        occasion: Occasion::of(&[name]),
        since: order.at,
        anchor: order.at,
        cycle: None,
        floor: order.history,
        order: Some(order.id.clone()),
        over: None,
    }
}

fn order_status(status: Status, customer: &Customer, shop: &Shop) -> Vec<Occurrence> {
    let counted = customer.orders.iter().filter(|o| o.counts);
    let of_status = counted.map(|order| {
        let source = order.id.as_str().split(':').next().unwrap_or_default();
        // A source that shop.toml does not name speaks for itself.
        let sends_own = shop.source(source).is_none_or(|s| s.sends_own.contains(&status));
        Occurrence {
            occasion: Occasion::of(&[status.name(), order.id.as_str()]),
            over: sends_own.then_some(Reason::SendsOwn),
            ..of_order("", order)
        }
    });
    of_status.collect()
}

fn lapsed(last: &RecentOrder, after: TimeDelta) -> Occurrence {
    Occurrence {
        occasion: Occasion::of(&["lapse", last.id.as_str()]),
        anchor: later(last.at, after),
        ..of_order("", last)
    }
}

fn replenish(bought: &Bought, world: World<'_>) -> Option<Occurrence> {
    let last = bought.last.first()?;
    let cycle = cycle(bought, last.units, world)?.max(SHORTEST_CYCLE);
    Some(Occurrence {
        occasion: Occasion::of(&["replenish", bought.product.as_str(), last.order.as_str()]),
        since: last.at,
        anchor: later(last.fulfilled_at.unwrap_or(last.at), cycle),
        cycle: Some(cycle),
        floor: last.history,
        order: Some(last.order.clone()),
        over: None,
    })
}

/// How long a purchase of a consumable lasts: its days of supply, else the person's own gap, else everyone's median.
fn cycle(bought: &Bought, units: i64, world: World<'_>) -> Option<TimeDelta> {
    let supply = world.shop.days_of_supply.get(&bought.product);
    let repeat = world.aggregates.repeats.get(&bought.product);
    let by_supply = supply.map(|d| TimeDelta::days((i64::from(*d) * units.max(1)).min(3_650)));
    by_supply.or_else(|| repeat.and_then(|r| bought.own_gap().or(Some(TimeDelta::days(i64::from(r.median_days))))))
}

fn birthdays(
    customer: &Customer,
    shop: &Shop,
    now: Time,
    in_year: impl Fn(crate::birthday::Birthday, i32) -> Option<NaiveDate>,
) -> Vec<Occurrence> {
    let Some(birthday) = customer.birthday else { return Vec::new() };
    let zone = home_zone(customer, shop);
    let year = calendar::day_of(zone, now).year();
    // Steps reach from days before a birthday to days after it, over the turn of a year.
    let days = (year - 1..=year + 1).filter_map(|year| Some((year, in_year(birthday, year)?)));
    let of_year = days.map(|(year, day)| {
        let anchor = calendar::local(zone, day, NaiveTime::MIN);
        Occurrence {
            occasion: Occasion::of(&["birthday", &year.to_string()]),
            since: anchor,
            anchor,
            cycle: None,
            floor: Some(customer.since),
            order: None,
            over: None,
        }
    });
    of_year.collect()
}

fn exit(flow: &Flow, customer: &Customer, occurrence: &Occurrence) -> Option<Reason> {
    let refunded = || {
        let order = occurrence.order.as_ref();
        customer.orders.iter().any(|o| Some(&o.id) == order && o.refunded)
    };
    flow.exit.iter().find_map(|exit| match exit {
        Exit::Order => customer.ordered_since(occurrence.since).then_some(Reason::Bought),
        Exit::Refund => refunded().then_some(Reason::Exited),
    })
}

/// The zones in which the customer may be.
pub fn zones_of(customer: &Customer, shop: &Shop) -> Vec<Tz> {
    zones::zones(customer.zone, customer.country, customer.region.as_deref(), shop.zone)
}

/// The zone in which the customer's days and hours are reckoned.
pub fn home_zone(customer: &Customer, shop: &Shop) -> Tz {
    zones::home(&zones_of(customer, shop), shop.zone)
}

/// When a step is due on an occasion, given when the step before it ended.
pub fn due(flow: &Flow, step: &Step, occurrence: &Occurrence, previous: Option<Time>, zone: Tz) -> Time {
    let anchor = match step.after {
        Anchor::Trigger => occurrence.anchor,
        Anchor::Previous => previous.unwrap_or(occurrence.anchor),
    };
    let cycle = occurrence.cycle.unwrap_or_default();
    let part = |percent: u8| cycle * i32::from(percent) / 100;
    let wait = match (step.wait, &flow.trigger) {
        (Wait::For(span), _) => span,
        (Wait::Cycle(percent), _) => part(percent),
        (Wait::Lead, Trigger::Replenish(rule)) => -rule.lead.min(part(rule.lead_at_most_percent)),
        (Wait::Lead, _) => TimeDelta::zero(),
    };
    match step.at {
        Some(hour) => calendar::local(zone, calendar::day_of(zone, anchor) + wait, hour),
        None => later(anchor, wait),
    }
}

/// When a letter that was due at `due` is too old to be sent.
pub fn stale_at(flow: &Flow, step: &Step, due: Time, zone: Tz) -> Time {
    let default = match (&flow.trigger, flow.class) {
        (Trigger::Birthday(_), _) => StaleAfter::EndOfDay,
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
