//! `regulars why`: every letter a customer got or did not get, where the person stands in each flow, and what
//! comes next.

use std::fmt::Write as _;

use chrono::TimeDelta;
use cloud::Store;
use cloud::store::History;
use retention::decide::Decision;
use retention::flow::Trigger;
use retention::ids::{StepId, TopicName};
use retention::life::Life;
use retention::past::Past;
use retention::{Customer, Reason, Shop, Time};

use crate::counted::counted;
use crate::failure::Failure;
use crate::person;

/// How far it looks ahead, and how many letters it names.
const AHEAD: TimeDelta = TimeDelta::days(400);
const LISTED: usize = 12;

/// Explains one customer as of `at`, named by id or by address.
pub async fn why(store: &Store, shop: &Shop, who: &str, at: Time) -> Result<String, Failure> {
    let history = person::find(store, who).await?;
    let aggregates = store.aggregates().await?;
    let mut life = Past::new(history.rows()).life_at(shop, &aggregates, at);
    let mut out = String::new();
    about(&mut out, &history);
    timeline(&mut out, &history);
    let decision = life.look(at);
    standing(&mut out, shop, &decision, at);
    next(&mut out, &mut life, at);
    Ok(out)
}

/// Where the person stands in each flow, the highest priority first.
fn standing(out: &mut String, shop: &Shop, decision: &Decision, at: Time) {
    let _ = writeln!(out, "\nWhere they stand in each flow, as of {}:", minute(at));
    for flow in &shop.flows {
        let mut lines: Vec<(Option<&StepId>, String)> = Vec::new();
        for new in decision.sends.iter().filter(|new| new.send.flow == flow.name) {
            lines.push((Some(&new.send.step), format!("leaves now ({})", new.send.occasion)));
        }
        for held in decision.held.iter().filter(|held| held.flow == flow.name) {
            // Before it is due nothing holds it back but its time.
            let waits = held.due.is_some_and(|due| due > at);
            let reason = if waits { Reason::NotYet } else { held.reason };
            let until = held.until.map(|until| format!(", until {}", minute(until))).unwrap_or_default();
            let what = format!("{}: {}{until} ({})", reason.code(), reason.sentence(), held.occasion);
            lines.push((held.step.as_ref(), what));
        }
        if lines.is_empty() {
            let begins = begins_with(&flow.trigger);
            let why = if flow.enabled { format!("it begins with {begins}") } else { "it is switched off".to_owned() };
            lines.push((None, format!("not begun: {why}")));
        }
        for (step, what) in lines {
            let name = step.map_or_else(|| flow.name.to_string(), |step| format!("{}/{step}", flow.name));
            let _ = writeln!(out, "  {name:<24} {what}");
        }
    }
}

/// What begins the flow, for a person: the end of a sentence.
fn begins_with(trigger: &Trigger) -> &'static str {
    match trigger {
        Trigger::Subscribed => "a yes to letters",
        Trigger::SignUp => "a sign-up that is to be confirmed",
        Trigger::DataRequest => "a wish to see what is kept of them",
        Trigger::OrderStatus => "news of an order",
        Trigger::FirstOrder => "the first order",
        Trigger::GuestOrder => "a first order without an account",
        Trigger::Cart => "a cart that is left",
        Trigger::Browse => "a product or category that is looked at twice",
        Trigger::Favourite => "a favourite",
        Trigger::Delivered { needs_care: false } | Trigger::Survey => "an order that has arrived",
        Trigger::Delivered { needs_care: true } => "the arrival of something that wants care",
        Trigger::Fulfilled => "an order that has left the shop",
        Trigger::OrderCount(_) => "the arrival of an order with one of its numbers",
        Trigger::OneOrder(_) => "one order that no second has followed",
        Trigger::Replenish(_) => "something bought that runs out",
        Trigger::AtRisk(_) => "an order that is late",
        Trigger::Lapsed(_) => "a last order that is old",
        Trigger::Birthday(_) => "a known birthday",
        Trigger::Anniversary(_) => "the day of the first order",
        Trigger::Tier => "spend that reaches a tier",
        Trigger::TierNear(_) => "spend that is just short of a tier",
        Trigger::CouponExpiring => "a coupon of their own that ends",
        Trigger::Referral(_) => "a good review, or an order with its number",
        Trigger::BackInStock => "a product they wait for that is there again",
        Trigger::PriceDrop => "a product they wait for that costs less",
        Trigger::Sunset(_) => "many letters without a click or an order",
    }
}

/// What comes next, as the rules are and if nothing happens.
fn next(out: &mut String, life: &mut Life<'_>, at: Time) {
    let letters = life.until(at + AHEAD);
    let _ = writeln!(out, "\nWhat comes next, if nothing happens before {}:", minute(at + AHEAD));
    for send in letters.iter().take(LISTED) {
        let _ = writeln!(out, "  {}  {}/{} ({})", minute(send.ended_at()), send.flow, send.step, send.occasion);
    }
    match letters.len() {
        0 => out.push_str("  no letter\n"),
        all if all > LISTED => drop(writeln!(out, "  and {} more", all - LISTED)),
        _ => {}
    }
}

fn minute(at: Time) -> impl std::fmt::Display {
    at.format("%Y-%m-%d %H:%M UTC")
}

fn about(out: &mut String, history: &History) {
    let customer = &history.customer;
    let consent = match (customer.consent.is_subscribed(), customer.consent.pending_since()) {
        (true, _) => "subscribed",
        (false, Some(_)) => "has signed up, not confirmed",
        (false, None) => "not subscribed",
    };
    let gap = customer
        .median_gap()
        .map(|gap| format!(", every {}", counted(gap.num_days(), "day", "days")))
        .unwrap_or_default();
    let _ =
        writeln!(out, "Customer {}: {consent}, {}{gap}", customer.id, counted(customer.order_count, "order", "orders"));
    let chosen = chosen(customer);
    if !chosen.is_empty() {
        let _ = writeln!(out, "  chose: {}", chosen.join("; "));
    }
    for proof in &history.proofs {
        let at: Time = proof.act_at.unwrap_or(proof.heard_at);
        let _ = writeln!(out, "  {}  {:?} ({})", at.format("%Y-%m-%d %H:%M"), proof.said, proof.wording);
    }
}

/// What the person chose on the page behind the link in each letter.
fn chosen(customer: &Customer) -> Vec<String> {
    let wishes = &customer.preferences;
    let off: Vec<&str> = wishes.off.iter().map(TopicName::as_str).collect();
    let off = (!off.is_empty()).then(|| format!("no letters about {}", off.join(", ")));
    let pause = wishes.paused_until.map(|until| format!("a pause until {}", minute(until)));
    let fewer = wishes.fewer.then(|| "at most one marketing letter in 30 days".to_owned());
    off.into_iter().chain(pause).chain(fewer).collect()
}

fn timeline(out: &mut String, history: &History) {
    let mut events: Vec<(Time, String)> = Vec::new();
    for order in &history.orders {
        let counts = if order.counts() { "" } else { ", does not count" };
        events.push((
            order.placed_at,
            format!("order {} of {} {}{counts}", order.number, order.total.decimal(), order.total.currency.code()),
        ));
    }
    for send in &history.sends {
        for change in &send.history {
            let why = change.reason.map(|r| format!(": {}", r.sentence())).unwrap_or_default();
            events.push((
                change.at,
                format!("{}/{}  {}{why} ({})", send.flow, send.step, change.to.name(), send.occasion),
            ));
        }
    }
    // What happened in one moment stands in the order in which it did.
    events.sort_by_key(|(at, _)| *at);
    out.push_str("\nWhat happened:\n");
    for (at, what) in events {
        let _ = writeln!(out, "  {}  {what}", at.format("%Y-%m-%d %H:%M"));
    }
}
