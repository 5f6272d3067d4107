//! `regulars plan`: who gets what in a span of time, and for everyone else the rule that held it back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::TimeDelta;
use cloud::Store;
use cloud::store::History;
use retention::aggregates::{Aggregates, Tally};
use retention::flow::Class;
use retention::ids::{CustomerId, FlowName, Occasion, OfferName, StepId};
use retention::past::Past;
use retention::shop::{Offer, Supply};
use retention::{Reason, Shop, Time};
use serde::Serialize;

use crate::counted::words;
use crate::failure::Failure;

/// The answer.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// From when.
    pub at: Time,
    /// For how long, such as `7d`.
    #[serde(rename = "for")]
    pub span: String,
    /// The letters that would leave, in order of time.
    pub letters: Vec<PlannedLetter>,
    /// What would not leave, and why.
    pub held: Vec<HeldLetter>,
}

/// A letter that would leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedLetter {
    /// To whom.
    pub customer: CustomerId,
    /// Of which flow.
    pub flow: FlowName,
    /// Which step.
    pub step: StepId,
    /// On which occasion.
    pub occasion: Occasion,
    /// When.
    pub at: Time,
    /// Of which offer it takes a code that is given once, where the person holds none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_of: Option<OfferName>,
}

/// A letter that would not leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldLetter {
    /// To whom not.
    pub customer: CustomerId,
    /// Of which flow.
    pub flow: FlowName,
    /// Which step, where one is next.
    pub step: Option<StepId>,
    /// Why not.
    pub reason: Reason,
    /// Until when, where that is known.
    pub until: Option<Time>,
    /// The same as a sentence.
    pub text: String,
}

/// Plans for everyone, from what was known at `at`.
pub async fn plan(store: &Store, shop: &Shop, at: Time, span: TimeDelta) -> Result<Plan, Failure> {
    let people = everyone(store).await?;
    let mut tally = Tally::until(shop, at);
    for history in &people {
        tally.add(&history.orders);
    }
    let aggregates = tally.finish();
    let mut plan = Plan { at, span: span_text(span), letters: Vec::new(), held: Vec::new() };
    for history in &people {
        person(&mut plan, history, shop, &aggregates, at, at + span);
    }
    plan.letters.sort_by(|a, b| (a.at, &a.customer, &a.flow).cmp(&(b.at, &b.customer, &b.flow)));
    Ok(plan)
}

/// Everybody of the store.
pub async fn everyone(store: &Store) -> Result<Vec<History>, Failure> {
    let mut people = Vec::new();
    let mut walk = store.walk();
    loop {
        let page = walk.page().await?;
        if page.is_empty() {
            return Ok(people);
        }
        people.extend(page);
    }
}

fn person(plan: &mut Plan, history: &History, shop: &Shop, aggregates: &Aggregates, at: Time, end: Time) {
    let mut life = Past::new(history.rows()).life_at(shop, aggregates, at);
    life.look(at);
    let left = life.until(end);
    let held = life.look(end).held;
    let id = &history.customer.id;
    plan.letters.extend(left.iter().map(|send| PlannedLetter {
        customer: id.clone(),
        flow: send.flow.clone(),
        step: send.step.clone(),
        occasion: send.occasion.clone(),
        at: send.ended_at(),
        code_of: life.of_pools.get(&send.id).cloned(),
    }));
    for flow in [Class::Transactional, Class::Marketing].into_iter().flat_map(|class| shop.enabled(class)) {
        if left.iter().any(|send| send.flow == flow.name) {
            continue;
        }
        let of_flow: Vec<_> = held.iter().filter(|held| held.flow == flow.name).collect();
        // What is nearest to leaving says most: a wait with an end, then one without, then what is over.
        let nearest = of_flow.iter().min_by_key(|held| (held.step.is_none(), held.until.is_none(), held.until));
        let (step, reason, until) = match nearest {
            // What went stale went stale of something.
            Some(held) => {
                let cause = life.causes.get(&(held.flow.clone(), held.occasion.clone()));
                let reason = cause.copied().filter(|_| held.reason == Reason::Stale).unwrap_or(held.reason);
                (held.step.clone(), reason, held.until)
            }
            None if flow.class == Class::Marketing && !life.customer.consent.is_subscribed() => {
                (None, Reason::NoConsent, None)
            }
            None => (None, Reason::NotYet, None),
        };
        let text = sentence(nearest.is_some(), reason, until, aggregates);
        plan.held.push(HeldLetter { customer: id.clone(), flow: flow.name.clone(), step, reason, until, text });
    }
}

fn sentence(begun: bool, reason: Reason, until: Option<Time>, aggregates: &Aggregates) -> String {
    let mut text = match (begun, reason) {
        (false, Reason::NotYet) => "nothing has begun it".to_owned(),
        _ => reason.sentence().to_owned(),
    };
    if let Some(until) = until {
        // Writing into a string cannot fail.
        let _ = write!(text, ", until {}", until.format("%Y-%m-%d %H:%M UTC"));
    }
    if let (Reason::NotYet, Some(date)) = (reason, aggregates.date) {
        let _ = write!(text, " (by the orders up to {date})");
    }
    text
}

fn span_text(span: TimeDelta) -> String {
    humantime::format_duration(span.to_std().unwrap_or_default()).to_string().replace("day", "d").replace("ds", "d")
}

/// Which part of a plan is asked for.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Only this flow.
    pub flow: Option<FlowName>,
    /// Only this customer.
    pub customer: Option<CustomerId>,
    /// Only what this rule holds back.
    pub reason: Option<Reason>,
}

impl Plan {
    /// Of the letters that take a code of an imported pool, those wait for which it holds none any more: the later ones, and
    /// what was to carry the same code after them. What else a letter that waits holds up is not foretold.
    pub async fn hold_without_codes(&mut self, store: &Store, shop: &Shop) -> Result<(), Failure> {
        let mut wanted: BTreeMap<OfferName, u64> = BTreeMap::new();
        for name in self.letters.iter().filter_map(|letter| letter.code_of.as_ref()) {
            *wanted.entry(name.clone()).or_default() += 1;
        }
        let mut free: BTreeMap<OfferName, u64> = BTreeMap::new();
        for (name, count) in wanted {
            let imported = shop.offers.get(&name).filter(|offer| offer.supply == Supply::Pool);
            if let Some(lot) = imported.and_then(Offer::lot) {
                let left = store.count_free(&name, &lot, count).await?;
                free.insert(name, left);
            }
        }
        let held = &mut self.held;
        let mut without = BTreeSet::new();
        self.letters.retain(|letter| {
            let step = shop.flow(&letter.flow).and_then(|flow| flow.step(&letter.step));
            let Some(offer) = step.and_then(|step| step.coupon.clone()) else { return true };
            let code = (offer, letter.customer.clone(), letter.occasion.clone());
            if !without.contains(&code) {
                match letter.code_of.as_ref().and_then(|name| free.get_mut(name)) {
                    None => return true,
                    Some(0) => {}
                    Some(left) => {
                        *left -= 1;
                        return true;
                    }
                }
            }
            without.insert(code);
            held.push(HeldLetter {
                customer: letter.customer.clone(),
                flow: letter.flow.clone(),
                step: Some(letter.step.clone()),
                reason: Reason::NoCoupon,
                until: None,
                text: Reason::NoCoupon.sentence().to_owned(),
            });
            false
        });
        Ok(())
    }

    /// Leaves out what is not asked for.
    pub fn keep(&mut self, part: &Part) {
        let is_asked = |flow: &FlowName, customer: &CustomerId| {
            part.flow.as_ref().is_none_or(|only| only == flow)
                && part.customer.as_ref().is_none_or(|only| only == customer)
        };
        self.letters.retain(|letter| part.reason.is_none() && is_asked(&letter.flow, &letter.customer));
        self.held
            .retain(|held| part.reason.is_none_or(|only| only == held.reason) && is_asked(&held.flow, &held.customer));
    }

    /// The plan for a person who reads it: a table of flows and reasons, then the letters.
    pub fn text(&self) -> String {
        let mut out = format!("From {} for {}:\n\n", self.at.format("%Y-%m-%d %H:%M UTC"), self.span);
        let mut sums: BTreeMap<(&FlowName, &str), usize> = BTreeMap::new();
        for letter in &self.letters {
            *sums.entry((&letter.flow, "letters")).or_default() += 1;
        }
        for held in &self.held {
            *sums.entry((&held.flow, held.reason.code())).or_default() += 1;
        }
        for ((flow, what), count) in &sums {
            let line = if *what == "letters" {
                format!("{:<14} {count:>7} {}\n", flow.as_str(), words(*count, "letter", "letters"))
            } else {
                format!("{:<14} {count:>7} held: {what}\n", flow.as_str())
            };
            out.push_str(&line);
        }
        out.push('\n');
        for letter in self.letters.iter().take(LISTED) {
            let at = letter.at.format("%Y-%m-%d %H:%M");
            let _ = writeln!(out, "{at}  {}  {}/{}  {}", letter.customer, letter.flow, letter.step, letter.occasion);
        }
        if self.letters.is_empty() {
            for held in self.held.iter().take(LISTED) {
                let step = held.step.as_ref().map(|step| format!("/{step}")).unwrap_or_default();
                let _ = writeln!(out, "{}  {}{step}  {}: {}", held.customer, held.flow, held.reason.code(), held.text);
            }
        }
        if self.letters.len() > LISTED {
            let _ = writeln!(out, "and {} more: --json has all of them", self.letters.len() - LISTED);
        }
        out
    }
}

/// How many letters are listed for a person.
const LISTED: usize = 40;
