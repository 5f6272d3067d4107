//! May this send leave at this moment? Asked by a consistent read, right before the letter is marked.

use crate::aggregates::Aggregates;
use crate::candidate::{self, readiness};
use crate::control::{Control, Suppressions};
use crate::customer::Customer;
use crate::flow::{Class, Flow, Step};
use crate::ids::ProductKey;
use crate::listing::{self, Listing};
use crate::occurrence::{self, World};
use crate::reason::Reason;
use crate::send::Send;
use crate::shop::Shop;
use crate::time::{Time, days, later, minutes};

/// What was read, consistently, before the question.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The send.
    pub send: &'a Send,
    /// Its customer, after following `merged_into`.
    pub customer: &'a Customer,
    /// What keeps the customer's address from being written to; none where nothing does.
    pub suppression: Option<&'a Suppressions>,
    /// The shop's control row.
    pub control: &'a Control,
    /// The dated snapshot over all customers.
    pub aggregates: &'a Aggregates,
    /// What the letter is about, where it is something to be bought and is known: each under the key by which it is meant.
    pub things: &'a [(ProductKey, Listing)],
}

/// The verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It may leave.
    Go,
    /// Ask again then.
    NotNow(Time, Reason),
    /// It ends without a letter.
    Never(Reason),
}

/// How long a letter waits while all marketing is stopped, before it asks again.
const STOPPED: chrono::TimeDelta = minutes(10);

/// Asks whether a send may leave at `now`.
pub fn gate(facts: &Facts<'_>, shop: &Shop, now: Time) -> Gate {
    let world = World { shop, aggregates: facts.aggregates };
    match forbidden(facts, world, now) {
        Some(reason) => Gate::Never(reason),
        None if facts.send.class == Class::Transactional => Gate::Go,
        None => marketing(facts, world, now),
    }
}

/// What ends a letter of either class: a dead or missing address, an erasure, a switched-off flow, a fact that no longer
/// holds, age.
fn forbidden(facts: &Facts<'_>, world: World<'_>, now: Time) -> Option<Reason> {
    let Facts { send, customer, .. } = facts;
    if customer.email.is_none() {
        return Some(Reason::Suppressed);
    }
    if facts.control.floor.is_some_and(|floor| send.wanted_at < floor) {
        return Some(Reason::Restored);
    }
    let marketing = send.class == Class::Marketing;
    if facts.suppression.is_some_and(|s| marketing || s.stops_all()) {
        return Some(Reason::Suppressed);
    }
    if marketing && !customer.consent.is_subscribed() {
        return Some(Reason::NoConsent);
    }
    let Some((flow, step)) = flow_and_step(send, world) else { return Some(Reason::FlowOff) };
    if marketing && customer.preferences.switch_off(&flow.name, world.shop) {
        return Some(Reason::TopicOff);
    }
    let occurrences = occurrence::occurrences(flow, customer, world, now);
    match occurrences.iter().find(|o| o.occasion == send.occasion) {
        // The fact is gone: a newer order took its place, or the order was cancelled.
        None if customer.ordered_since(send.created_at) => return Some(Reason::Bought),
        None => return Some(Reason::Exited),
        Some(occurrence) => {
            let unmet = || candidate::unmet((flow, step), customer, occurrence, world, now).map(|unmet| unmet.reason);
            if let Some(reason) = occurrence.over.or_else(unmet) {
                return Some(reason);
            }
        }
    }
    if let Some(reason) = listing::refuses(facts.things, &flow.trigger) {
        return Some(reason);
    }
    (send.stale_at <= now).then_some(Reason::Stale)
}

fn flow_and_step<'a>(send: &Send, world: World<'a>) -> Option<(&'a Flow, &'a Step)> {
    let flow = world.shop.flow(&send.flow).filter(|flow| flow.enabled)?;
    Some((flow, flow.step(&send.step)?))
}

fn marketing(facts: &Facts<'_>, world: World<'_>, now: Time) -> Gate {
    let Facts { send, customer, control, .. } = facts;
    if control.kill_switch || control.breaker {
        let reason = if control.kill_switch { Reason::KillSwitch } else { Reason::Breaker };
        return Gate::NotNow(later(now, STOPPED), reason);
    }
    // A second line: only the holder of the slot leaves.
    if customer.open.as_ref() != Some(&send.id) {
        return Gate::Never(Reason::Outranked);
    }
    let Some((flow, step)) = flow_and_step(send, world) else { return Gate::Never(Reason::FlowOff) };
    let occurrences = occurrence::occurrences(flow, customer, world, now);
    let Some(occurrence) = occurrences.into_iter().find(|o| o.occasion == send.occasion) else {
        return Gate::Never(Reason::Exited);
    };
    match readiness(customer, world, flow, step, &occurrence, Some(&send.id), now) {
        (Some(at), _) if at <= now => Gate::Go,
        (Some(at), reason) => Gate::NotNow(at.min(send.stale_at), reason.unwrap_or(Reason::NotYet)),
        // Something without an end of its own: ask again in a day, until it is stale.
        (None, reason) => Gate::NotNow(later(now, days(1)).min(send.stale_at), reason.unwrap_or(Reason::NotYet)),
    }
}
