//! `retention::merge` in small, with its transaction.

use retention::Reason;
use retention::send::State;

use crate::protocol::Protocol;
use crate::rules::Rule;
use crate::world::{Customer, Key, Send, Standing, Tick, Who, World};

impl Protocol {
    /// Merges `B` into `A`; `holders` are the rows that held their slots as they were read. `false`: a letter is being
    /// submitted, or somebody moved, and nothing is written.
    pub(crate) fn merge(&self, world: &mut World, holders: [Option<Send>; 2], at: Tick) -> bool {
        let submitting = |send: &Send| send.state == State::Submitting;
        if self.rules.hold(Rule::MergeWaits) && holders.iter().flatten().any(submitting) {
            return false;
        }
        let mut after = *world;
        let mut folded = world.people;
        for who in Who::ALL {
            let holder = holders[who as usize];
            let customer = &mut folded[who as usize];
            let Some(letter) = customer.open.filter(|_| self.fold(customer, who, holder)) else { continue };
            let stays = who == Who::A && !self.rules.hold(Rule::BothPlannedYield);
            if stays || holder.as_ref().is_some_and(|holder| holder.state != State::Planned) {
                continue;
            }
            let key = Key::new(who, letter);
            (customer.open, customer.recent[key.index()]) = (None, None);
            if !self.give_up_slot(&mut after, who, Some(letter), holder) {
                return false;
            }
            if let Some(row) = &mut after.sends[key.index()] {
                row.reason = row.reason.map(|_| Reason::Merged);
            }
        }
        let [kept, gone] = &mut folded;
        self.take_over(kept, gone);
        kept.armed = Some(at);
        *gone = Customer { merged: true, ..Customer::nobody() };
        after.people = folded;
        after.wrote_customer(Who::A);
        after.wrote_customer(Who::B);
        *world = after;
        true
    }

    fn take_over(&self, kept: &mut Customer, gone: &Customer) {
        kept.opted_out |= gone.opted_out;
        kept.bought |= gone.bought;
        for (entry, other) in kept.recent.iter_mut().zip(gone.recent) {
            *entry = entry.or(other);
        }
        if self.rules.hold(Rule::TakesOverStandings) {
            further(&mut kept.low, gone.low);
            further(&mut kept.high, gone.high);
        }
    }
}

/// The further standing holds; a flow that is over is the furthest.
fn further(kept: &mut Standing, gone: Standing) {
    let far = |standing: &Standing| (standing.ended, standing.passed, standing.at);
    let wanted = kept.wanted || gone.wanted;
    if far(&gone) > far(kept) {
        *kept = gone;
    }
    kept.wanted = wanted;
}
