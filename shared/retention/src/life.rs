//! One customer's life in memory, through the same `decide` and `gate`: the dry run of plan and simulation.

use std::collections::BTreeMap;
use std::mem;

use crate::aggregates::Aggregates;
use crate::control::Control;
use crate::coupon::{self, Given};
use crate::customer::Customer;
use crate::decide::{Decided, Decision, Held, NewSend};
use crate::flow::Class;
use crate::gate::{self, Gate, gate};
use crate::ids::{FlowName, Occasion, OfferName, SendId, StepId};
use crate::occurrence::World;
use crate::reason::Reason;
use crate::send::{Send, State};
use crate::shop::Shop;
use crate::time::Time;

/// A customer and the ledger, with no table between them. Every letter that the gate lets go is accepted at once.
#[derive(Debug, Clone)]
pub struct Life<'a> {
    /// The shop.
    pub shop: &'a Shop,
    /// The dated snapshot over all customers.
    pub aggregates: &'a Aggregates,
    /// The customer's row.
    pub customer: Customer,
    /// The customer's sends.
    pub ledger: BTreeMap<SendId, Send>,
    /// What last held a step back on the way, for one that went stale of it.
    pub causes: BTreeMap<(FlowName, Occasion), Reason>,
    /// Everything that held a step back, each rule once for each step and occasion, with the time at which the step was due.
    pub deferred: BTreeMap<(FlowName, StepId, Occasion, Reason), Time>,
    /// The steps that were put to rest without a row in the ledger, and why.
    pub dropped: BTreeMap<(FlowName, StepId, Occasion), Reason>,
    /// The letters that took a code out of a pool, and of which offer. None is ever empty here.
    pub of_pools: BTreeMap<SendId, OfferName>,
}

impl<'a> Life<'a> {
    /// A customer with a ledger, of whom nothing was asked yet.
    pub fn new(shop: &'a Shop, aggregates: &'a Aggregates, customer: Customer, ledger: Vec<Send>) -> Self {
        let ledger = ledger.into_iter().map(|send| (send.id.clone(), send)).collect();
        Self {
            shop,
            aggregates,
            customer,
            ledger,
            causes: BTreeMap::new(),
            deferred: BTreeMap::new(),
            dropped: BTreeMap::new(),
            of_pools: BTreeMap::new(),
        }
    }

    /// Decides once and writes the outcome to customer and ledger.
    pub fn look(&mut self, now: Time) -> Decision {
        let (sends, yields, held) = self.decided(now);
        for send in yields.iter().chain(sends.iter().map(|new| &new.send)) {
            self.ledger.insert(send.id.clone(), send.clone());
        }
        let mut customer = self.customer.clone();
        // What was decided, before it was written.
        customer.version -= 1;
        Decision { customer, sends, yields, held }
    }

    /// The same, of which nobody asks what was decided.
    pub(crate) fn look_on(&mut self, now: Time) {
        let (sends, yields, _) = self.decided(now);
        for send in yields.into_iter().chain(sends.into_iter().map(|new| new.send)) {
            self.ledger.insert(send.id.clone(), send);
        }
    }

    /// Decides, and takes the customer over and what was held back. The ledger is as it was.
    fn decided(&mut self, now: Time) -> (Vec<NewSend>, Option<Send>, Vec<Held>) {
        let nobody = Customer::new(self.customer.id.clone(), self.customer.since);
        let mut asked = mem::replace(&mut self.customer, nobody);
        let open = asked.open.as_ref().and_then(|id| self.ledger.get(id));
        let world = World { shop: self.shop, aggregates: self.aggregates };
        let mut existing: Vec<Send> = Vec::new();
        let (next_look, sends, yields, held) = loop {
            let decided = Decided::of(asked, open, &existing, world, now);
            let Decided { customer, before, next_look, sends, yields, held } = decided;
            asked = customer;
            // As the table answers: what is to be created and exists already is a fact.
            let created = sends.iter().filter(|new| !new.again);
            let known: Vec<Send> = created.filter_map(|new| self.ledger.get(&new.send.id)).cloned().collect();
            if known.is_empty() {
                break (next_look, sends, yields, held);
            }
            if let Some(before) = before {
                before.restore(&mut asked);
            }
            existing.extend(known);
        };
        self.customer = asked;
        if self.customer.revision != self.shop.revision {
            self.customer.revision.clone_from(&self.shop.revision);
        }
        self.customer.next_look = next_look;
        self.customer.version += 1;
        self.held_back(&held);
        (sends, yields, held)
    }

    fn held_back(&mut self, held: &[Held]) {
        let ends = |reason| matches!(reason, Reason::Stale | Reason::NotYet | Reason::AlreadySent | Reason::History);
        for held in held.iter().filter(|held| !ends(held.reason)) {
            self.causes.insert((held.flow.clone(), held.occasion.clone()), held.reason);
            if let (Some(step), Some(due)) = (&held.step, held.due) {
                let rule = (held.flow.clone(), step.clone(), held.occasion.clone(), held.reason);
                self.deferred.insert(rule, due);
            }
        }
        for held in held.iter().filter(|held| held.reason == Reason::Stale) {
            let Some(step) = &held.step else { continue };
            let cause = self.causes.get(&(held.flow.clone(), held.occasion.clone())).copied();
            let dropped = (held.flow.clone(), step.clone(), held.occasion.clone());
            self.dropped.entry(dropped).or_insert(cause.unwrap_or(Reason::Stale));
        }
    }

    /// When something happens next.
    pub fn next(&self) -> Option<Time> {
        let planned = self.ledger.values().filter_map(|send| send.due_at);
        self.customer.next_look.into_iter().chain(planned).min()
    }

    /// Does everything that is due at `now`: the look first, then the sends, transactional ones before marketing.
    /// Returns the sends whose state changed.
    pub fn step(&mut self, now: Time) -> Vec<Send> {
        if self.customer.next_look.is_some_and(|at| at <= now) {
            self.look_on(now);
        }
        let mut due: Vec<(Class, SendId)> = Vec::new();
        due.extend(
            self.ledger.values().filter(|s| s.due_at.is_some_and(|at| at <= now)).map(|s| (s.class, s.id.clone())),
        );
        due.sort_by_key(|(class, id)| (*class == Class::Marketing, id.clone()));
        due.into_iter().filter_map(|(_, id)| self.send(&id, now)).collect()
    }

    /// Lives until `end`, that instant included, and returns every letter that left, in order.
    pub fn until(&mut self, end: Time) -> Vec<Send> {
        let mut left = Vec::new();
        while let Some(at) = self.next().filter(|at| *at <= end) {
            left.extend(self.step(at).into_iter().filter(|send| send.state == State::Sent));
        }
        left
    }

    fn send(&mut self, id: &SendId, now: Time) -> Option<Send> {
        let verdict = {
            let send = self.ledger.get(id).filter(|send| send.state == State::Planned)?;
            let facts = gate::Facts {
                send,
                customer: &self.customer,
                suppression: None,
                control: &Control::default(),
                aggregates: self.aggregates,
                things: &[],
            };
            gate(&facts, self.shop, now)
        };
        if verdict == Gate::Go {
            let send = self.ledger.get(id)?;
            match coupon::give(&self.customer, send, self.shop, now) {
                Given::None | Given::Held(_) => {}
                Given::Now(with_coupon) => self.customer = *with_coupon,
                // No code is one that a storefront knows.
                Given::OfPool(name) => {
                    if let Some(offer) = self.shop.offers.get(&name) {
                        self.customer = coupon::with_code(&self.customer, send, (&name, offer), id.as_str(), now);
                        self.of_pools.insert(id.clone(), name);
                    }
                }
            }
        }
        let send = self.ledger.get_mut(id)?;
        match verdict {
            Gate::Go => {
                send.attempt += 1;
                send.marked_at = Some(now);
                send.enter(State::Sent, None, None, now);
            }
            Gate::NotNow(until, reason) => {
                let rule = (send.flow.clone(), send.step.clone(), send.occasion.clone(), reason);
                self.deferred.insert(rule, send.wanted_at);
                send.postpone(until, reason, now);
            }
            Gate::Never(reason) => send.end(reason, now),
        }
        Some(send.clone())
    }
}
