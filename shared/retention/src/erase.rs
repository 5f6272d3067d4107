//! Erasing a person: what stays is a tombstone, so that a late webhook creates nothing, and letters that name nobody.

use crate::customer::Customer;
use crate::event::{Entity, Event};
use crate::reason::Reason;
use crate::send::{Send, State};
use crate::time::Time;

/// What stays of a profile: its id, its version, and when it was erased.
pub fn tombstone(customer: &Customer, now: Time) -> Customer {
    let mut left = Customer::new(customer.id.clone(), customer.since);
    left.version = customer.version;
    // The ledger of before a merge lies under these.
    left.former.clone_from(&customer.former);
    left.erased_at = customer.erased_at.or(Some(now));
    left
}

/// What stays of a letter: flow, step, states and times. One that has not left does not leave; one in doubt may have left.
pub fn stripped(send: &Send, now: Time) -> Send {
    let mut left = send.clone();
    match left.state {
        State::Planned => left.end(Reason::Erased, now),
        State::Submitting | State::Unknown => left.enter(State::LostSuspect, Some(Reason::Erased), None, now),
        _ => {}
    }
    left.strip();
    left
}

/// Whether a tombstone refuses an event: what it tells of was there before the person was erased, or nobody can say.
/// Something created later is of somebody who came back, and makes a new customer.
pub fn refuses(erased_at: Time, event: &Event) -> bool {
    let created = match &event.entity {
        Entity::Order(order) => Some(order.placed_at),
        Entity::Cart(cart) => Some(cart.begun_at),
        Entity::Customer(_) => event.person.since,
        // The order was there before, else it would lead to another customer.
        Entity::AfterSale(..) | Entity::Gone(_) | Entity::OnePerson => None,
        Entity::AccountEnabled(at) | Entity::Redeemed { at, .. } => Some(*at),
        Entity::Interest(interest) => Some(interest.at),
        Entity::Review(review) => Some(review.at),
        Entity::Answer(answer) => Some(answer.at),
        Entity::Consent => event.statements.iter().filter_map(|statement| statement.act_at).max(),
    };
    created.is_none_or(|created| created <= erased_at)
}
