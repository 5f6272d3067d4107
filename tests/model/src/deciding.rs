//! `retention::decide` and `retention::fold` in small, with the transaction that `cloud::deciding` makes of them.

use retention::send::{Outcome, State};

use crate::protocol::Protocol;
use crate::rules::Rule;
use crate::world::{Customer, GAP, Key, Letter, SECOND_LETTER, Send, Standing, Tick, Who, World};

/// What a decision comes to.
struct Decision {
    customer: Customer,
    creates: Option<Letter>,
    yields: bool,
    look: Option<Tick>,
}

/// A step that is next in its flow.
#[derive(Clone, Copy)]
struct Candidate {
    letter: Letter,
    ready_at: Tick,
}

impl Protocol {
    /// Decides for a profile and commits, in one transaction. `holder` is the holder's row as it was read; the profile is the
    /// one that stands. `false`: the holder moved, and nothing is written.
    pub(crate) fn decide(&self, world: &mut World, who: Who, holder: Option<Send>, at: Tick, exact: bool) -> bool {
        let before = *world.customer(who);
        let mut known = [None; Letter::ALL.len()];
        let decision = loop {
            let mut decision = self.decision(before, who, holder, &known, at);
            let Some(letter) = decision.creates else { break decision };
            let Some(exists) = self.existing(world, who, letter) else { break decision };
            if self.rules.hold(Rule::ExistingMovesStanding) {
                known[letter as usize] = Some(exists);
                continue;
            }
            decision.customer.open = None;
            decision.customer.recent[Key::new(who, letter).index()] = None;
            (decision.creates, decision.look) = (None, Some(at + 1));
            break decision;
        };
        if decision.yields && !self.give_up_slot(world, who, before.open, holder) {
            return false;
        }
        if let Some(letter) = decision.creates {
            let key = Key::new(who, letter);
            let attempt = world.send(key).map_or(0, |yielded| yielded.attempt);
            world.sends[key.index()] = Some(Send::planned(attempt, at));
        }
        let mut customer = decision.customer;
        customer.armed = match (before.armed, decision.look) {
            (Some(armed), look) if !exact => Some(look.map_or(armed, |look| look.min(armed))),
            (_, look) => look,
        };
        world.people[who as usize] = customer;
        world.wrote_customer(who);
        true
    }

    /// Turns the holder to `yielded`, if it still is planned at the attempt that was read.
    pub(crate) fn give_up_slot(&self, world: &mut World, who: Who, open: Option<Letter>, read: Option<Send>) -> bool {
        let Some(key) = open.map(|letter| Key::new(who, letter)) else { return false };
        let stands =
            world.send(key).filter(|s| s.state == State::Planned && Some(s.attempt) == read.map(|r| r.attempt));
        let Some(mut holder) = stands else { return false };
        let reason = self.rules.hold(Rule::YieldedIsAnEnd).then_some(retention::Reason::Outranked);
        holder.enter(State::Yielded, reason, None);
        world.sends[key.index()] = Some(holder);
        world.lost_workers[key.index()] = 0;
        true
    }

    /// The row of a letter that was wanted before, under this profile or the one that leads to it. One that yielded is
    /// taken back.
    fn existing(&self, world: &World, who: Who, letter: Letter) -> Option<Send> {
        let former = who == Who::A && world.customer(Who::B).merged && self.rules.hold(Rule::FormerIdsChecked);
        let of = |who| world.send(Key::new(who, letter)).filter(|send| send.state != State::Yielded);
        of(who).or_else(|| of(Who::B).filter(|_| former))
    }

    /// Reads how the holder ended, and clears the slot if it is no longer on its way. Says whether the slot is still taken.
    pub(crate) fn fold(&self, customer: &mut Customer, who: Who, holder: Option<Send>) -> bool {
        let Some(letter) = customer.open else { return false };
        let entry = Key::new(who, letter).index();
        let Some(send) = holder else {
            (customer.open, customer.recent[entry]) = (None, None);
            return false;
        };
        let keeps = send.state == State::Unknown && !self.rules.hold(Rule::UnknownFreesSlot);
        match send.state.outcome() {
            Outcome::Open => return true,
            Outcome::MayHaveReached if keeps => return true,
            Outcome::MayHaveReached => {
                if self.rules.hold(Rule::MarkTimeInRecent) {
                    customer.recent[entry] = Some(send.at);
                }
                pass(customer, letter, &send);
            }
            Outcome::NoLetter => {
                if self.rules.hold(Rule::EntryLeaves) {
                    customer.recent[entry] = None;
                }
                pass(customer, letter, &send);
            }
            Outcome::Yielded => customer.recent[entry] = None,
        }
        customer.open = None;
        false
    }

    fn decision(
        &self,
        mut customer: Customer,
        who: Who,
        holder: Option<Send>,
        known: &[Option<Send>],
        at: Tick,
    ) -> Decision {
        let nothing = Decision { customer, creates: None, yields: false, look: None };
        if customer.merged {
            return nothing;
        }
        let open = customer.open;
        let holder = holder.filter(|_| self.fold(&mut customer, who, holder));
        let held = open.filter(|_| holder.is_some());
        let candidates = self.candidates(&mut customer, who, held, known, at);
        let higher = |than: Letter| candidates.iter().flatten().find(|c| is_higher(c.letter, than));
        if let (Some(holder), Some(letter)) = (holder, held) {
            let planned = holder.state == State::Planned;
            if let Some(winner) = higher(letter).filter(|c| planned && c.ready_at <= at) {
                customer.recent[Key::new(who, letter).index()] = None;
                let look = self.take_slot(&mut customer, who, *winner, &candidates, at);
                return Decision { customer, creates: Some(winner.letter), yields: true, look };
            }
            let soon = holder.due.unwrap_or(at).max(at + 1);
            let look = if self.rules.hold(Rule::LookWhileOpen) {
                Some(higher(letter).filter(|_| planned).map_or(soon, |c| soon.min(c.ready_at.max(at + 1))))
            } else {
                losers(&customer, letter, &candidates, at)
            };
            return Decision { customer, look, ..nothing };
        }
        let Some(winner) = candidates.iter().flatten().find(|c| c.ready_at <= at) else {
            let look = candidates.iter().flatten().map(|c| c.ready_at).min();
            return Decision { customer, look, ..nothing };
        };
        let look = self.take_slot(&mut customer, who, *winner, &candidates, at);
        Decision { customer, creates: Some(winner.letter), yields: false, look }
    }

    /// Gives the slot to the winner, and says when to look again.
    fn take_slot(
        &self,
        customer: &mut Customer,
        who: Who,
        winner: Candidate,
        candidates: &[Option<Candidate>],
        at: Tick,
    ) -> Option<Tick> {
        customer.open = Some(winner.letter);
        customer.recent[Key::new(who, winner.letter).index()] = Some(at);
        // The next tick is when the new row is due, and later than now; no higher letter can be ready before it.
        let soon = Some(at + 1);
        if self.rules.hold(Rule::LookWhileOpen) { soon } else { losers(customer, winner.letter, candidates, at) }
    }

    /// The next step of each flow, the higher flow first, once every letter that is known to exist has moved its standing.
    fn candidates(
        &self,
        customer: &mut Customer,
        who: Who,
        held: Option<Letter>,
        known: &[Option<Send>],
        at: Tick,
    ) -> [Option<Candidate>; 2] {
        if customer.opted_out || customer.bought {
            return [None; 2];
        }
        let free = free_from(customer, held.map(|letter| Key::new(who, letter)), at);
        loop {
            let high = next(customer.high, 1).map(|_| (Letter::H, self.scenario.high_due));
            let low = next(customer.low, self.scenario.low_steps).map(|passed| match passed {
                0 => (Letter::L1, 0),
                _ => (Letter::L2, customer.low.at + SECOND_LETTER),
            });
            let found = [high, low].map(|next| next.filter(|(letter, _)| Some(*letter) != held));
            let exists = |(letter, _): &(Letter, Tick)| known[*letter as usize].map(|send| (*letter, send));
            let Some((letter, send)) = found.iter().flatten().find_map(exists) else {
                return found.map(|next| next.map(|(letter, due)| Candidate { letter, ready_at: due.max(free) }));
            };
            pass(customer, letter, &send);
        }
    }
}

/// When the losers could leave, were the slot free: the only look without [`Rule::LookWhileOpen`].
fn losers(customer: &Customer, open: Letter, candidates: &[Option<Candidate>], at: Tick) -> Option<Tick> {
    let others = candidates.iter().flatten().filter(|c| c.letter != open);
    let after = free_from(customer, None, at).max(at + 1);
    others.map(|c| c.ready_at.max(after)).min()
}

/// The step that is next, if any is.
fn next(standing: Standing, steps: u8) -> Option<u8> {
    (standing.wanted && !standing.ended && standing.passed < steps).then_some(standing.passed)
}

fn is_higher(letter: Letter, than: Letter) -> bool {
    letter == Letter::H && than != Letter::H
}

/// Moves the standing behind a letter.
fn pass(customer: &mut Customer, letter: Letter, send: &Send) {
    let no_letter = send.state.outcome() == Outcome::NoLetter;
    let ends = no_letter && send.reason.is_some_and(retention::Reason::ends_flow);
    let (standing, passed) = match letter {
        Letter::L1 => (&mut customer.low, 1),
        Letter::L2 => (&mut customer.low, 2),
        Letter::H => (&mut customer.high, 1),
    };
    standing.passed = passed;
    standing.ended |= ends;
    // Only the second letter counts from the one before.
    standing.at = if letter == Letter::L1 { send.at } else { 0 };
}

/// The first tick at which the gap lets one more letter through; `but` does not count itself.
pub(crate) fn free_from(customer: &Customer, but: Option<Key>, from: Tick) -> Tick {
    let entries = customer.recent.iter().enumerate().filter(|(index, _)| Some(*index) != but.map(Key::index));
    entries.filter_map(|(_, at)| at.map(|at| at + GAP)).fold(from, Tick::max)
}
