//! Folding the holder of the slot: reading the end of the one marketing letter on its way.

use crate::customer::{Customer, LastLetter, Standing, limits};
use crate::reason::Reason;
use crate::send::{Outcome, Send, State};
use crate::time::Time;

/// Reads the holder's row and clears the slot if the letter is no longer on its way. Every `decide` begins with this.
///
/// Says whether the slot is still taken. Nobody else clears it: a verdict, a worker or an SES event writes the send alone.
pub fn fold_holder(customer: &mut Customer, holder: Option<&Send>) -> bool {
    let Some(open) = customer.open.clone() else { return false };
    let Some(send) = holder.filter(|send| send.id == open) else {
        // No row: it was never created, or was trimmed. The standing stays.
        customer.open = None;
        customer.recent.retain(|r| r.send != open);
        return false;
    };
    match send.state.outcome() {
        Outcome::Open => return true,
        Outcome::MayHaveReached => {
            for entry in customer.recent.iter_mut().filter(|r| r.send == open) {
                entry.at = send.ended_at();
            }
            pass(customer, send, send.ended_at(), None);
        }
        Outcome::NoLetter => {
            customer.recent.retain(|r| r.send != open);
            pass(customer, send, send.ended_at(), send.reason.filter(|r| r.ends_flow()));
        }
        Outcome::Yielded => customer.recent.retain(|r| r.send != open),
    }
    customer.open = None;
    false
}

/// Moves the standing of every occasion that a send serves behind its step. A letter that may have reached the person
/// also begins the flow's cooldown.
pub fn pass(customer: &mut Customer, send: &Send, at: Time, ended: Option<Reason>) {
    // A letter that ended for its own occasion says nothing of the others that it would have served.
    let covered = if send.state.outcome() == Outcome::NoLetter { &[][..] } else { &send.covers[..] };
    for occasion in std::iter::once(&send.occasion).chain(covered) {
        customer.standings.retain(|s| s.flow != send.flow || &s.occasion != occasion);
        customer.standings.push(Standing {
            flow: send.flow.clone(),
            occasion: occasion.clone(),
            passed: send.step.clone(),
            at,
            ended,
        });
    }
    let extra = customer.standings.len().saturating_sub(limits::STANDINGS);
    customer.standings.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.occasion.cmp(&b.occasion)));
    customer.standings.drain(..extra);
    // Whoever is held out waits as long for the next occasion as whoever got the letter: else they could not be compared.
    if send.state.outcome() == Outcome::MayHaveReached || send.state == State::HeldOut {
        let last = LastLetter { at, occasion: send.occasion.clone() };
        customer.last_letters.insert(send.flow.clone(), last);
    }
}
