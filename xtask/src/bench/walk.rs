//! The part of `bench units` that changes the rules: what it costs to look at 100,000 customers anew.
//!
//! Twice: once under rules that want of nobody anything else, which is what any walk costs; and once with another wait in a
//! flow that many stand in, which writes everybody whose next look moves. What any run consumes is taken off. The walk reads
//! the whole table, orders and aliases too, with one `Scan`: the size of a customer is that of `crowd`.

use std::sync::Arc;

use chrono::TimeDelta;
use cloud::store::Units;
use retention::flow::{Flow, Trigger, Wait};
use shop::Tree;
use testkit::engine::hash_key;

use super::crowd::crowd;
use super::figure::Figure;
use super::say;
use super::units::{Functions, begins, both};

/// How many customers are stored.
const STORED: usize = 100_000;
/// How many of them are brought in at once.
const AT_ONCE: usize = 5_000;
/// How long new rules are left alone.
const REST: TimeDelta = TimeDelta::minutes(10);

/// Walks over everybody twice.
pub(super) async fn figures(tree: &Tree) -> Result<Vec<Figure>, String> {
    let mut functions = Functions::start(tree).await?;
    say(&format!("bringing {STORED} customers into the engine, for the walk after changed rules"));
    let key = hash_key();
    let mut batch = Vec::with_capacity(AT_ONCE);
    // Whoever falls due soon would be looked at without the walk.
    let later = begins() + TimeDelta::days(1);
    let waiting = crowd(&tree.shop, &key, begins())
        .filter(|one| one.as_ref().is_ok_and(|one| one.due.is_none_or(|due| due > later)));
    for one in waiting.take(STORED) {
        batch.push(one?);
        if batch.len() == AT_ONCE {
            functions.store_all(&mut batch)?;
        }
    }
    functions.store_all(&mut batch)?;
    functions.warm_up().await?;
    let (_, idle) = functions.scan().await?;
    say("walking");
    let unmoved = walk(&mut functions, idle, |_| {}).await?;
    let moved = walk(&mut functions, idle, a_day_later).await?;
    let name = |what: &str| format!("rules_walk.{STORED}.{what}");
    Ok([both(&name("nobody_moves"), unmoved), both(&name("winback_a_day_later"), moved)].concat())
}

/// Win-back begins a day later than it did.
fn a_day_later(flow: &mut Flow) {
    if !matches!(flow.trigger, Trigger::Lapsed(_)) {
        return;
    }
    if let Some(Wait::For(wait)) = flow.steps.first_mut().map(|step| &mut step.wait) {
        *wait += TimeDelta::days(1);
    }
}

/// What a walk over everybody consumes, beside what its run does anyway.
async fn walk(functions: &mut Functions, idle: Units, change: impl Fn(&mut Flow)) -> Result<Units, String> {
    let mut shop = functions.scan.shop.as_ref().clone();
    shop.flows.iter_mut().for_each(change);
    shop.revision.push('x');
    functions.scan.shop = Arc::new(shop);
    // The first run has them, and leaves them alone for a while.
    functions.scan().await?;
    functions.clock.set(functions.scan.clock.now() + REST);
    let (_, all) = functions.scan().await?;
    let state = functions.store.rules_walk().await.map_err(|e| e.to_string())?;
    if !state.through {
        return Err("the walk was to be through after one run, whose clock stands".to_owned());
    }
    Ok(Units { read: all.read - idle.read, write: all.write - idle.write, requests: all.requests - idle.requests })
}
