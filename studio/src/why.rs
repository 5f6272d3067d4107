//! `regulars why`: every letter a customer got or did not get, and where the person stands in each flow.

use std::fmt::Write as _;

use cloud::Store;
use cloud::store::History;
use retention::past::Past;
use retention::{Shop, Time};

use crate::failure::Failure;
use crate::person;

/// Explains one customer as of `at`, named by id or by address.
pub async fn why(store: &Store, shop: &Shop, who: &str, at: Time) -> Result<String, Failure> {
    let history = person::find(store, who).await?;
    let aggregates = store.aggregates().await?;
    let mut life = Past::new(history.rows()).life_at(shop, &aggregates, at);
    let mut out = String::new();
    about(&mut out, &history);
    timeline(&mut out, &history);
    let _ = writeln!(out, "\nAs of {}:", at.format("%Y-%m-%d %H:%M UTC"));
    let decision = life.look(at);
    for new in &decision.sends {
        let _ = writeln!(out, "  {}/{}  would leave now ({})", new.send.flow, new.send.step, new.send.occasion);
    }
    for held in &decision.held {
        let step = held.step.as_ref().map(|step| format!("/{step}")).unwrap_or_default();
        let until = held.until.map(|at| format!(", until {}", at.format("%Y-%m-%d %H:%M UTC"))).unwrap_or_default();
        let _ = writeln!(
            out,
            "  {}{step}  {}: {}{until} ({})",
            held.flow,
            held.reason.code(),
            held.reason.sentence(),
            held.occasion
        );
    }
    if decision.held.is_empty() && decision.sends.is_empty() {
        out.push_str("  nothing has begun a flow\n");
    }
    Ok(out)
}

fn about(out: &mut String, history: &History) {
    let customer = &history.customer;
    let consent = if customer.consent.is_subscribed() { "subscribed" } else { "not subscribed" };
    let gap = customer.median_gap().map(|gap| format!(", every {} days", gap.num_days())).unwrap_or_default();
    let _ = writeln!(out, "Customer {}: {consent}, {} orders{gap}", customer.id, customer.order_count);
    for proof in &history.proofs {
        let at: Time = proof.act_at.unwrap_or(proof.heard_at);
        let _ = writeln!(out, "  {}  {:?} ({})", at.format("%Y-%m-%d %H:%M"), proof.said, proof.wording);
    }
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
    events.sort();
    out.push_str("\nWhat happened:\n");
    for (at, what) in events {
        let _ = writeln!(out, "  {}  {what}", at.format("%Y-%m-%d %H:%M"));
    }
}
