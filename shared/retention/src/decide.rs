//! What should exist for this customer now, and when must somebody look again.
//!
//! A send is created only when its moment has come; the future is the customer's `next_look` and nothing else.
//! The rules of the slot were checked in a model (see docs/ARCHITECTURE.md); change one only with it at hand.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::aggregates::Aggregates;
use crate::candidate::{Candidate, candidates};
use crate::customer::{Customer, LastLetter, RecentLetter, Standing, limits};
use crate::flow::{Class, Trigger};
use crate::fold::{fold_holder, pass};
use crate::ids::{FlowName, Occasion, SendId, StepId};
use crate::occurrence::{SHARED_LETTER, World};
use crate::reason::Reason;
use crate::send::{Send, State};
use crate::shop::Shop;
use crate::time::{Time, later, minutes};

/// The earliest look after one that left the slot taken, so that looks do not race the mark.
const AFTER_OPEN: TimeDelta = minutes(5);
/// How long after the holder's own time it is looked at.
const AFTER_HOLDER: TimeDelta = minutes(1);
/// The most sends from one decision.
const MAX_SENDS: usize = 10;

/// What was read, consistently, before the question.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The customer.
    pub customer: &'a Customer,
    /// The row of the send that holds the slot, if `customer.open` names one.
    pub open: Option<&'a Send>,
    /// Sends that were wanted before and exist already, under this id or a former one.
    pub existing: &'a [Send],
    /// The dated snapshot over all customers.
    pub aggregates: &'a Aggregates,
}

/// What to write, in one transaction conditional on the customer's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The customer after it, version not yet raised.
    pub customer: Customer,
    /// Sends to create.
    pub sends: Vec<NewSend>,
    /// The holder that gives up the slot, if it is still planned.
    pub yields: Option<Send>,
    /// What was held back, and why.
    pub held: Vec<Held>,
}

/// A send to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSend {
    /// The row.
    pub send: Send,
    /// Whether it takes back one that had yielded; else no row of this id may exist.
    pub again: bool,
}

/// A step that does not leave now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Of which flow.
    pub flow: FlowName,
    /// Which step, where one is next.
    pub step: Option<StepId>,
    /// On which occasion.
    pub occasion: Occasion,
    /// Why.
    pub reason: Reason,
    /// When it is due, where a step is next.
    pub due: Option<Time>,
    /// Until when, where that is known.
    pub until: Option<Time>,
}

/// Decides for one customer. Never returns a look at or before `now`.
pub fn decide(facts: &Facts<'_>, shop: &Shop, now: Time) -> Decision {
    let Facts { customer, open, existing, aggregates } = *facts;
    let decided = Decided::of(customer.clone(), open, existing, World { shop, aggregates }, now);
    let Decided { mut customer, next_look, sends, yields, held, .. } = decided;
    customer.revision.clone_from(&shop.revision);
    customer.next_look = next_look;
    Decision { customer, sends, yields, held }
}

/// A decision about a customer who was given away for it.
pub(crate) struct Decided {
    /// The customer after it, but for the next look and the revision of the rules.
    pub(crate) customer: Customer,
    /// What the letters of the decision changed of the customer, as it was before.
    pub(crate) before: Option<Before>,
    /// When to decide again.
    pub(crate) next_look: Option<Time>,
    /// As in [`Decision`].
    pub(crate) sends: Vec<NewSend>,
    /// As in [`Decision`].
    pub(crate) yields: Option<Send>,
    /// As in [`Decision`].
    pub(crate) held: Vec<Held>,
}

/// What a letter changes of a customer, as it was before the first of a decision.
pub(crate) struct Before {
    standings: Vec<Standing>,
    last_letters: BTreeMap<FlowName, LastLetter>,
    recent: Vec<RecentLetter>,
    open: Option<SendId>,
}

impl Before {
    fn of(customer: &Customer) -> Self {
        Self {
            standings: customer.standings.clone(),
            last_letters: customer.last_letters.clone(),
            recent: customer.recent.clone(),
            open: customer.open.clone(),
        }
    }

    /// Takes the letters of the decision back. That the holder was folded stays: it would be again.
    pub(crate) fn restore(self, customer: &mut Customer) {
        let Self { standings, last_letters, recent, open } = self;
        customer.standings = standings;
        customer.last_letters = last_letters;
        customer.recent = recent;
        customer.open = open;
    }
}

impl Decided {
    /// What [`decide`] says, with its facts one by one.
    pub(crate) fn of(
        mut customer: Customer,
        open: Option<&Send>,
        existing: &[Send],
        world: World<'_>,
        now: Time,
    ) -> Self {
        if customer.merged_into.is_some() || customer.erased_at.is_some() {
            let (sends, held) = (Vec::new(), Vec::new());
            return Self { customer, before: None, next_look: None, sends, yields: None, held };
        }
        let slot_taken = fold_holder(&mut customer, open);
        let mut deciding = Deciding {
            world,
            existing,
            now,
            customer,
            before: None,
            sends: Vec::new(),
            held: Vec::with_capacity(32),
            looks: Vec::new(),
        };
        deciding.transactional();
        let yields = if let Some(holder) = open.filter(|_| slot_taken) {
            deciding.against(holder)
        } else {
            deciding.free_slot();
            None
        };
        let next_look = deciding.looks.iter().min().map(|at| (*at).max(now + minutes(1)));
        let Deciding { customer, before, sends, held, .. } = deciding;
        Self { customer, before, next_look, sends, yields, held }
    }
}

struct Deciding<'a> {
    world: World<'a>,
    existing: &'a [Send],
    now: Time,
    customer: Customer,
    before: Option<Before>,
    sends: Vec<NewSend>,
    held: Vec<Held>,
    looks: Vec<Time>,
}

impl<'a> Deciding<'a> {
    /// The customer, of whom a letter changes something.
    fn changed(&mut self) -> &mut Customer {
        if self.before.is_none() {
            self.before = Some(Before::of(&self.customer));
        }
        &mut self.customer
    }

    /// Candidates of a class, once every wanted send that exists already has moved its standing.
    fn candidates(&mut self, class: Class, but: Option<&SendId>) -> Vec<Candidate<'a>> {
        // The holder itself is on its way, not behind the person.
        let is_known = |s: &&Send| s.state != State::Yielded && Some(&s.id) != but;
        let known: Vec<&Send> = self.existing.iter().filter(is_known).collect();
        for turn in 0.. {
            let (mut found, over) = candidates(&self.customer, self.world, class, but, self.now);
            let wanted_again = known.iter().find(|s| found.iter().any(|c| s.is_for(c)));
            if let Some(send) = wanted_again.filter(|_| turn < known.len()) {
                pass(self.changed(), send, send.ended_at(), send.reason.filter(|r| r.ends_flow()));
                continue;
            }
            // A standing so old that the profile has no room for it: never wanted again all the same.
            found.retain(|c| !known.iter().any(|s| s.is_for(c)));
            self.held.extend(over.into_iter().map(|o| Held {
                flow: o.flow.name.clone(),
                step: o.step.cloned(),
                occasion: o.occasion,
                reason: o.reason,
                due: None,
                until: None,
            }));
            return found;
        }
        Vec::new()
    }

    fn transactional(&mut self) {
        for candidate in self.candidates(Class::Transactional, None) {
            if !candidate.is_ready(self.now) || self.sends.len() == MAX_SENDS {
                self.hold(&candidate, candidate.held.unwrap_or(Reason::NotYet), candidate.ready_at);
                self.looks.extend(candidate.look_at());
                continue;
            }
            let new = self.create(&candidate, Vec::new());
            // It takes no slot, so nobody folds it: its step is behind the person as soon as the row exists.
            let now = self.now;
            pass(self.changed(), &new.send, now, None);
            self.sends.push(new);
        }
    }

    /// The slot is free: the highest letter that is ready takes it.
    fn free_slot(&mut self) {
        let found = self.but_held_out(|turn| turn.candidates(Class::Marketing, None));
        let winner = found.iter().position(|c| c.is_ready(self.now));
        let waits_for = winner.and_then(|index| {
            let lower = &found[index];
            found[..index].iter().find(|higher| {
                higher.flow.priority > lower.flow.priority
                    && higher.suffers_from_a_letter_now(&self.customer, self.world, self.now)
            })
        });
        if let Some(higher) = waits_for {
            let until = higher.ready_at;
            for candidate in &found {
                let ready = candidate.is_ready(self.now);
                let (reason, until) =
                    if ready { (Reason::Outranked, until) } else { (candidate.reason(), candidate.ready_at) };
                self.hold(candidate, reason, until);
                self.looks.extend(if ready { until } else { candidate.look_at() });
            }
            return;
        }
        let Some(winner) = winner else {
            for candidate in &found {
                self.hold(candidate, candidate.reason(), candidate.ready_at);
                self.looks.extend(candidate.look_at());
            }
            return;
        };
        self.take_slot(&found, winner);
        self.hold_others(&found, Some(winner), None);
    }

    /// A letter is on its way. A higher one may take the slot while it is still planned.
    fn against(&mut self, holder: &Send) -> Option<Send> {
        let found = self.but_held_out(|turn| {
            let found = turn.candidates(Class::Marketing, Some(&holder.id));
            found.into_iter().filter(|c| !holder.is_for(c)).collect()
        });
        let higher = found
            .iter()
            .position(|c| holder.state == State::Planned && c.flow.priority > holder.priority && c.is_ready(self.now));
        let Some(winner) = higher else {
            self.hold_others(&found, None, Some(holder));
            return None;
        };
        self.changed().recent.retain(|r| r.send != holder.id);
        let mut yielded = holder.clone();
        yielded.enter(State::Yielded, Some(Reason::Outranked), None, self.now);
        self.take_slot(&found, winner);
        self.hold_others(&found, Some(winner), None);
        Some(yielded)
    }

    /// The candidates, once each that is ready and is held out has its row in the ledger. Drawn where the flow begins, at
    /// the moment at which the others get its first letter; the flow is over then on that occasion.
    fn but_held_out(&mut self, find: impl Fn(&mut Self) -> Vec<Candidate<'a>>) -> Vec<Candidate<'a>> {
        loop {
            let held = self.held.len();
            let found = find(self);
            let is_out = |c: &&Candidate<'_>| c.is_ready(self.now) && c.is_held_out(&self.customer);
            let Some(candidate) = found.iter().find(is_out).filter(|_| self.sends.len() < MAX_SENDS) else {
                return found;
            };
            let mut new = self.create(candidate, Vec::new());
            new.send.end(Reason::HeldOut, self.now);
            let now = self.now;
            pass(self.changed(), &new.send, now, Some(Reason::HeldOut));
            self.sends.push(new);
            // What was over is found again in the next turn.
            self.held.truncate(held);
        }
    }

    /// Creates the winner, which takes the slot and its place in `recent`.
    fn take_slot(&mut self, found: &[Candidate<'a>], winner: usize) {
        let candidate = &found[winner];
        let shared = found.iter().enumerate().filter(|(index, c)| *index != winner && shares_letter(candidate, c));
        let shared: Vec<&Candidate<'_>> = shared.map(|(_, c)| c).collect();
        let new = self.create(candidate, shared);
        let now = self.now;
        let customer = self.changed();
        customer.open = Some(new.send.id.clone());
        customer.recent.push(RecentLetter {
            send: new.send.id.clone(),
            flow: new.send.flow.clone(),
            at: now,
            kind: new.send.kind,
        });
        customer.recent.sort_by_key(|r| r.at);
        let extra = customer.recent.len().saturating_sub(limits::RECENT);
        customer.recent.drain(..extra);
        self.sends.push(new);
    }

    /// The losers wait for the slot; the look is soon after the holder's own time, and at the time of any letter that
    /// could take the slot from it.
    fn hold_others(&mut self, found: &[Candidate<'a>], winner: Option<usize>, holder: Option<&Send>) {
        let new = self.sends.last().filter(|new| Some(&new.send.id) == self.customer.open.as_ref());
        let Some(open) = holder.or(new.map(|new| &new.send)).cloned() else { return };
        let earliest = self.now + AFTER_OPEN;
        self.looks.push(open.due_at.map_or(earliest, |at| later(at, AFTER_HOLDER)).max(earliest));
        for (index, candidate) in found.iter().enumerate() {
            if Some(index) == winner || open.serves(candidate) {
                continue;
            }
            let ready = candidate.is_ready(self.now);
            let (reason, until) =
                if ready { (Reason::Outranked, None) } else { (candidate.reason(), candidate.ready_at) };
            self.hold(candidate, reason, until);
            if candidate.flow.priority > open.priority && open.state == State::Planned {
                self.looks.extend(candidate.look_at().map(|at| at.max(earliest)));
            }
        }
    }

    fn hold(&mut self, candidate: &Candidate<'_>, reason: Reason, until: Option<Time>) {
        let goes_stale = until.is_some_and(|at| at >= candidate.stale_at);
        self.held.push(Held {
            flow: candidate.flow.name.clone(),
            step: Some(candidate.step.id.clone()),
            occasion: candidate.occurrence.occasion.clone(),
            reason,
            due: Some(candidate.due),
            until: until.filter(|at| *at > self.now && !goes_stale),
        });
    }

    fn create(&self, candidate: &Candidate<'_>, shared: Vec<&Candidate<'_>>) -> NewSend {
        let (flow, step) = (candidate.flow, candidate.step);
        let occasion = candidate.occurrence.occasion.clone();
        let id = SendId::derive(&self.customer.id, &flow.name, &step.id, &occasion);
        let yielded = self.existing.iter().find(|s| s.id == id && s.state == State::Yielded);
        let mut orders: Vec<_> = candidate.occurrence.order.clone().into_iter().collect();
        for order in shared.iter().filter_map(|c| c.occurrence.order.clone()) {
            if !orders.contains(&order) {
                orders.push(order);
            }
        }
        let variant = step.variant_for(&flow.name, &self.customer.id);
        let letter = variant.map_or(&step.letter, |variant| &variant.letter);
        let names = (&flow.name, &step.id, letter);
        let mut send = Send {
            variant: variant.map(|variant| variant.id.clone()),
            class: flow.class,
            kind: step.kind,
            priority: flow.priority,
            covers: shared.into_iter().map(|c| c.occurrence.occasion.clone()).collect(),
            orders,
            about: candidate.occurrence.about.clone(),
            wanted_at: candidate.due,
            stale_at: candidate.stale_at,
            attempt: yielded.map_or(0, |s| s.attempt),
            history: yielded.map(|s| s.history.clone()).unwrap_or_default(),
            ..Send::planned(&self.customer.id, names, &occasion, self.now)
        };
        send.enter(State::Planned, None, Some(self.now), self.now);
        NewSend { send, again: yielded.is_some() }
    }
}

impl Candidate<'_> {
    /// Whether the person gets none of the flow's letters, for comparison. Asked only where the flow begins: whoever is in
    /// it stays in it, whatever the share becomes.
    fn is_held_out(&self, customer: &Customer) -> bool {
        let begins = customer.standing(&self.flow.name, &self.occurrence.occasion).is_none();
        begins && self.flow.holds_out(&customer.id)
    }

    fn reason(&self) -> Reason {
        self.held.unwrap_or(Reason::NotYet)
    }
}

impl Send {
    /// Whether this row is the letter that a candidate wants, whatever id it stands under: a former id counts.
    fn is_for(&self, candidate: &Candidate<'_>) -> bool {
        self.flow == candidate.flow.name
            && self.step == candidate.step.id
            && self.occasion == candidate.occurrence.occasion
    }

    /// Whether this letter serves the candidate's occasion too.
    fn serves(&self, candidate: &Candidate<'_>) -> bool {
        self.flow == candidate.flow.name
            && (self.occasion == candidate.occurrence.occasion || self.covers.contains(&candidate.occurrence.occasion))
    }
}

/// Products that run out within a week of each other are announced in one letter.
fn shares_letter(winner: &Candidate<'_>, other: &Candidate<'_>) -> bool {
    matches!(winner.flow.trigger, Trigger::Replenish(_))
        && other.flow.name == winner.flow.name
        && other.step.id == winner.step.id
        && (other.occurrence.anchor - winner.occurrence.anchor).abs() <= SHARED_LETTER
}
