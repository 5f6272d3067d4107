//! The next step of each flow and occasion, and when it could leave.

use std::cell::OnceCell;
use std::cmp::Ordering;

use chrono_tz::Tz;

use crate::calendar;
use crate::condition::View;
use crate::customer::{Customer, Standing};
use crate::flow::{Class, Flow, Kind, Step, Trigger};
use crate::ids::{Occasion, SendId, StepId};
use crate::occurrence::{self, Occurrence, World};
use crate::reason::Reason;
use crate::schedule;
use crate::shop::{BALANCE, Limits, PROMOTIONAL_IN_A_ROW, Shop, WEEK};
use crate::slot;
use crate::time::{Time, days, later};

/// As many candidates as most people have: a list that need not grow.
const FEW: usize = 16;

/// A step that is next for one person, and what holds it back.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// Of which flow.
    pub flow: &'a Flow,
    /// Which step.
    pub step: &'a Step,
    /// On which occasion.
    pub occurrence: Occurrence,
    /// When it becomes due.
    pub due: Time,
    /// When it is too old.
    pub stale_at: Time,
    /// The first moment, now or later, at which nothing of the person's holds it back; none while something without
    /// an end does.
    pub ready_at: Option<Time>,
    /// What holds it back until then.
    pub held: Option<Reason>,
}

/// Where a person is in a flow on an occasion.
#[derive(Debug, Clone)]
pub enum Position<'a> {
    /// At this step.
    At {
        /// The step.
        step: &'a Step,
        /// When it becomes due.
        due: Time,
        /// When it is too old.
        stale_at: Time,
    },
    /// Nothing more to come, and why; the step is the last one that was put to rest.
    Over {
        /// Why.
        reason: Reason,
        /// The last step that was passed without a letter.
        step: Option<&'a StepId>,
    },
}

/// Walks the steps behind the person and those whose time has passed, to the one that is next.
///
/// A step that went stale, or was due before the import, is put to rest each time anew: it leaves no trace in the row,
/// and the next step stands on its own, counted from the moment at which the one before was put to rest.
pub fn position<'a>(
    flow: &'a Flow,
    customer: &Customer,
    occurrence: &Occurrence,
    shop: &Shop,
    zone: Tz,
    now: Time,
) -> Position<'a> {
    if let Some(reason) = occurrence.over {
        return Position::Over { reason, step: None };
    }
    let standing = customer.standing(&flow.name, &occurrence.occasion);
    if let Some(reason) = standing.and_then(|s| s.ended) {
        return Position::Over { reason, step: None };
    }
    let (first, mut previous) = match standing {
        None => (0, None),
        Some(Standing { passed, at, .. }) => match flow.steps.iter().position(|s| &s.id == passed) {
            Some(index) => (index + 1, Some(*at)),
            // The step is gone from the file: nothing rather than a guess.
            None => return Position::Over { reason: Reason::AlreadySent, step: None },
        },
    };
    let mut over = (Reason::AlreadySent, None);
    for step in flow.steps[first..].iter().filter(|step| step.of == occurrence.status) {
        let Some(due) = schedule::due((flow, step), occurrence, previous, customer, shop, zone) else {
            // What it counts from has not happened; the event that tells of it brings a look.
            return Position::Over { reason: Reason::NotYet, step: Some(&step.id) };
        };
        let stale_at = schedule::stale_at(flow, step, due, zone);
        let (reason, ended) = if occurrence.floor.is_some_and(|floor| due <= floor) {
            (Reason::History, due)
        } else if stale_at <= now {
            (Reason::Stale, stale_at)
        } else if step.while_coupon_unused && due <= now && !holds_unused_coupon(customer, occurrence) {
            (Reason::Exited, due)
        } else {
            return Position::At { step, due, stale_at };
        };
        over = (reason, Some(&step.id));
        previous = Some(ended);
    }
    Position::Over { reason: over.0, step: over.1 }
}

fn holds_unused_coupon(customer: &Customer, occurrence: &Occurrence) -> bool {
    customer.coupons.iter().any(|c| c.occasion == occurrence.occasion && c.used_at.is_none())
}

/// What holds a marketing step back, and the first moment at which nothing does.
///
/// `but` is the send that takes part: its own entry in `recent` does not count.
pub fn readiness(
    customer: &Customer,
    world: World<'_>,
    flow: &Flow,
    step: &Step,
    occurrence: &Occurrence,
    but: Option<&SendId>,
    from: Time,
) -> (Option<Time>, Option<Reason>) {
    Rests::of(customer, world, but).readiness((flow, step), occurrence, from)
}

/// What holds letters to one person back whichever they are, read once for all of them.
struct Rests<'a> {
    customer: &'a Customer,
    world: World<'a>,
    but: Option<&'a SendId>,
    /// Why no letter may leave at all.
    none: Option<Reason>,
    /// Whether only the question whether to go on may leave.
    has_set: bool,
    /// The times of the letters, oldest first.
    times: Vec<Time>,
    limits: Limits,
    zones: Vec<Tz>,
}

impl<'a> Rests<'a> {
    fn of(customer: &'a Customer, world: World<'a>, but: Option<&'a SendId>) -> Self {
        let none = if !customer.consent.is_subscribed() {
            Some(Reason::NoConsent)
        } else if customer.email.is_none() {
            Some(Reason::Suppressed)
        } else {
            None
        };
        let may_leave = none.is_none();
        Self {
            customer,
            world,
            but,
            none,
            has_set: may_leave && occurrence::has_set(customer, world.shop),
            times: if may_leave { slot::times_but(&customer.recent, but) } else { Vec::new() },
            limits: slot::limits_for(customer, &world.shop.limits),
            zones: if may_leave { schedule::zones_of(customer, world.shop) } else { Vec::new() },
        }
    }

    fn readiness(
        &self,
        (flow, step): (&Flow, &Step),
        occurrence: &Occurrence,
        from: Time,
    ) -> (Option<Time>, Option<Reason>) {
        let Self { customer, world, but, .. } = *self;
        if self.none.is_some() {
            return (None, self.none);
        }
        if self.has_set && !matches!(flow.trigger, Trigger::Sunset(_)) {
            return (None, Some(Reason::Sunset));
        }
        if customer.preferences.switch_off(&flow.name, world.shop) {
            return (None, Some(Reason::TopicOff));
        }
        let recent = || customer.recent.iter().filter(|r| Some(&r.send) != but);
        let mut at = from;
        let mut held = None;
        let mut rest_until = |until: Time, reason| {
            if until > at {
                (at, held) = (until, Some(reason));
            }
        };
        if let Some(until) = customer.preferences.paused_until {
            rest_until(until, Reason::Paused);
        }
        if let Some(last) = customer.last_letters.get(&flow.name).filter(|last| last.occasion != occurrence.occasion) {
            rest_until(later(last.at, schedule::cooldown(flow, customer)), Reason::Cooldown);
        }
        let excludes = |a: &Flow, b: &Flow| a.excludes.contains(&b.name);
        let week = later(from, -WEEK);
        for letter in recent().filter(|r| r.at > week && r.flow != flow.name) {
            let other = world.shop.flow(&letter.flow);
            if other.is_some_and(|other| excludes(flow, other) || excludes(other, flow)) {
                rest_until(later(letter.at, WEEK), Reason::Excluded);
            }
        }
        if step.kind == Kind::Promotional {
            let mut last = None;
            let mut promotional = 0;
            for letter in recent().rev().take(PROMOTIONAL_IN_A_ROW) {
                last = Some(letter.at);
                promotional += usize::from(letter.kind == Kind::Promotional);
            }
            if let Some(last) = last.filter(|_| promotional == PROMOTIONAL_IN_A_ROW) {
                rest_until(later(last, BALANCE), Reason::Balance);
            }
            if let Some(until) = customer.frozen_until {
                rest_until(until, Reason::Frozen);
            }
        }
        // Each turn moves at least to the end of a gap, of a week's cap or of a night: a few turns settle it.
        for _ in 0..64 {
            let (free, by) = slot::free_from(&self.times, &self.limits, at);
            let day = calendar::next_day_hour(&self.zones, self.limits.day, step.days, free);
            if free > at {
                held = by.map(|by| if customer.preferences.fewer && by == Reason::Gap { Reason::Fewer } else { by });
            }
            if day > free {
                held = Some(Reason::QuietHours);
            }
            if day == at {
                break;
            }
            at = day;
        }
        (Some(at), held)
    }
}

/// A condition that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unmet {
    /// Whether it says no, or cannot be evaluated.
    pub reason: Reason,
    /// When it may say something else with nothing new known of the person; none where it never does.
    pub until: Option<Time>,
}

/// What the conditions of a flow and its step say, if they do not hold.
pub fn unmet(
    (flow, step): (&Flow, &Step),
    customer: &Customer,
    occurrence: &Occurrence,
    world: World<'_>,
    now: Time,
) -> Option<Unmet> {
    let view = View { customer, occurrence, world, now };
    flow.only_if.iter().chain(&step.only_if).find_map(|condition| {
        let reason = match condition.holds(&view) {
            Ok(true) => return None,
            Ok(false) => Reason::OnlyIf,
            Err(_) => Reason::ConditionError,
        };
        // Ages are whole days.
        let midnight = || calendar::end_of_day(Tz::UTC, now);
        Some(Unmet { reason, until: condition.looks_at_ages().then(midnight) })
    })
}

/// All candidates of a class, the highest priority first, and the occasions that have none with the reason.
pub fn candidates<'a>(
    customer: &Customer,
    world: World<'a>,
    class: Class,
    but: Option<&SendId>,
    now: Time,
) -> (Vec<Candidate<'a>>, Vec<Over<'a>>) {
    let zone = schedule::home_zone(customer, world.shop);
    let rests = OnceCell::new();
    // Of a transactional letter there is mostly none.
    let few = if class == Class::Marketing { FEW } else { 0 };
    let (mut found, mut over) = (Vec::with_capacity(few), Vec::with_capacity(few));
    let mut occurrences = Vec::new();
    for flow in world.shop.enabled(class) {
        occurrence::find(flow, customer, world, now, &mut occurrences);
        for occurrence in occurrences.drain(..) {
            match position(flow, customer, &occurrence, world.shop, zone, now) {
                Position::At { step, due, stale_at } => {
                    let from = due.max(now);
                    let (ready_at, held) = match class {
                        Class::Transactional if customer.email.is_none() => (None, Some(Reason::Suppressed)),
                        Class::Transactional => (Some(from), None),
                        Class::Marketing => {
                            let rests = rests.get_or_init(|| Rests::of(customer, world, but));
                            rests.readiness((flow, step), &occurrence, from)
                        }
                    };
                    let held = held.or((due > now).then_some(Reason::NotYet));
                    // Asked last, and only of what could leave: a condition costs more than everything before it.
                    let is_ready = ready_at.is_some_and(|at| at <= now);
                    let says = if is_ready { unmet((flow, step), customer, &occurrence, world, now) } else { None };
                    let (ready_at, held) = match says {
                        Some(unmet) => (unmet.until, Some(unmet.reason)),
                        None => (ready_at, held),
                    };
                    found.push(Candidate { flow, step, occurrence, due, stale_at, ready_at, held });
                }
                // What it waits for would change nothing without a yes.
                Position::Over { reason: Reason::NotYet, step }
                    if class == Class::Marketing && !customer.consent.is_subscribed() =>
                {
                    over.push(Over { flow, occasion: occurrence.occasion, step, reason: Reason::NoConsent });
                }
                Position::Over { reason, step } => {
                    over.push(Over { flow, occasion: occurrence.occasion, step, reason });
                }
            }
        }
    }
    // Flows come by priority; within one, the earliest comes first, so that ties never depend on the profile's order.
    found.sort_by(|a, b| {
        let by_flow = || b.flow.priority.cmp(&a.flow.priority).then_with(|| a.flow.name.cmp(&b.flow.name));
        let order = if std::ptr::eq(a.flow, b.flow) { Ordering::Equal } else { by_flow() };
        order.then_with(|| (a.due, &a.occurrence.occasion).cmp(&(b.due, &b.occurrence.occasion)))
    });
    (found, over)
}

/// An occasion with nothing more to come.
#[derive(Debug, Clone)]
pub struct Over<'a> {
    /// Of which flow.
    pub flow: &'a Flow,
    /// Which.
    pub occasion: Occasion,
    /// The last step that was put to rest without a letter.
    pub step: Option<&'a StepId>,
    /// Why.
    pub reason: Reason,
}

impl Candidate<'_> {
    /// Whether it may leave now.
    pub fn is_ready(&self, now: Time) -> bool {
        self.ready_at.is_some_and(|at| at <= now)
    }

    /// When it is worth looking at it again: when it is ready, or when it goes stale and the next step stands.
    pub fn look_at(&self) -> Option<Time> {
        match self.held {
            // An event raises these, and `decide` runs on every event.
            Some(Reason::NoConsent | Reason::TopicOff | Reason::Suppressed) => None,
            _ => Some(self.ready_at.map_or(self.stale_at, |at| at.min(self.stale_at))),
        }
    }

    /// Whether a lower letter sent now would push this one past its stale limit, or back by more than a day.
    pub fn suffers_from_a_letter_now(&self, customer: &Customer, world: World<'_>, now: Time) -> bool {
        let limits = slot::limits_for(customer, &world.shop.limits);
        let Some(ready) = self.ready_at.filter(|at| *at <= later(now, limits.gap)) else { return false };
        let mut times = slot::times_but(&customer.recent, None);
        times.push(now);
        let (then, _) = slot::free_from(&times, &limits, ready);
        ready < self.stale_at && (then >= self.stale_at || then - ready > days(1))
    }
}
