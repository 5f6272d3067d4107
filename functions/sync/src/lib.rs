//! Asks the storefronts: what a webhook only named, and once an hour what changed and no webhook brought. Tells them who
//! has opted out here, and has them make codes for coupons. Once a day it sums up what all orders say about everyone.
//!
//! WooCommerce never repeats a delivery that failed, and Shopify deletes a subscription after a day of failures. So each
//! source that has a token is asked for what changed since it was last asked; what turns out to be new was missed, is
//! recorded, and is counted for an alarm.

mod aggregating;
mod fetching;
mod pools;
mod reconciling;
mod telling;
mod work;

pub use aggregating::aggregates;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::parameters::Parameters;
use cloud::recording::{Outcome, Recorder, take_in};
use cloud::store::Written;
use cloud::telemetry::Counts;
use retention::ids::SourceName;
use retention::shop::Source;
use retention::{Shop, Time};
use sources::{Access, Client};
use storefront::{FetchKind, Parsed};

/// What the function works with.
#[derive(Debug)]
pub struct Sync {
    /// What records: the shop, its table, the queues, the clock.
    pub recorder: Recorder,
    /// The storefronts that can be asked.
    pub clients: BTreeMap<SourceName, Client>,
    /// Where codes of coupons are made.
    pub codes: Codes,
}

/// Where codes of coupons are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// At the storefronts that the offers name.
    AtStorefronts,
    /// Nowhere but here: those of a shop on somebody's machine are for letters that nobody gets, and everybody knows its key.
    Here,
}

/// How long one run holds the lease: a little less than the minute between two runs.
const LEASE: TimeDelta = TimeDelta::seconds(55);

/// What one run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// Another run holds the lease.
    Leased,
    /// It worked, with these counts.
    Done(BTreeMap<String, u64>),
}

/// Runs once, and stops cleanly when `deadline` comes by the clock. `owner` names the run, for its lease.
pub async fn handle(sync: &Sync, owner: &str, deadline: Time) -> Result<Ran, StoreError> {
    let now = sync.recorder.clock.now();
    if !sync.recorder.store.lease("sync", owner, now, LEASE).await? {
        return Ok(Ran::Leased);
    }
    let mut counts = Counts::default();
    work::due(sync, deadline, &mut counts).await;
    pools::fill(sync, deadline, &mut counts).await;
    reconciling::sources(sync, deadline, &mut counts).await;
    counts.emit("sync", sync.recorder.clock.now());
    Ok(Ran::Done(counts.all().clone()))
}

/// Clients of all sources that name their store and have a token. One that has none is only listened to.
pub async fn clients(shop: &Shop, parameters: &Parameters, now: Time) -> BTreeMap<SourceName, Client> {
    let mut clients = BTreeMap::new();
    for source in &shop.sources {
        match client(source, parameters, now).await {
            Ok(Some(client)) => drop(clients.insert(source.name.clone(), client)),
            Ok(None) => {}
            Err(why) => tracing::error!(source = %source.name, why, "the storefront cannot be asked"),
        }
    }
    clients
}

async fn client(source: &Source, parameters: &Parameters, now: Time) -> Result<Option<Client>, String> {
    let Some(store) = &source.store else { return Ok(None) };
    let name = token_name(source);
    let tokens = parameters.secrets(&name, now).await.map_err(|error| error.to_string())?;
    let token = tokens.first().map(String::as_str).unwrap_or_default();
    let access = Access::new(source.kind, store.as_str(), token).map_err(|error| error.to_string())?;
    Client::new(access, &name).map(Some).map_err(|error| error.to_string())
}

/// The name of a source's token below the shop's path in the parameter store.
pub fn token_name(source: &Source) -> String {
    format!("token/{}", source.name)
}

/// The lists that a storefront is asked for, in this order: an order finds its customer known.
pub const KINDS: [FetchKind; 3] = [FetchKind::Customer, FetchKind::Order, FetchKind::Product];

/// What came of something that a storefront answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Whether it was new.
    pub is_new: bool,
    /// Its name in counts.
    pub name: &'static str,
}

/// Records what was read of an answer, and says what came of it.
pub async fn record(recorder: &Recorder, parsed: &Parsed) -> Result<Taken, StoreError> {
    let nothing = |name| Taken { is_new: false, name };
    let outcome = |written| {
        if written == Written::Done { Taken { is_new: true, name: "recorded" } } else { nothing("older") }
    };
    Ok(match parsed {
        Parsed::Event(event) => {
            let outcome = take_in(recorder, event).await?;
            Taken { is_new: matches!(outcome, Outcome::Recorded(_)), name: outcome.name() }
        }
        Parsed::Product(product) => outcome(recorder.store.put_product(product, recorder.clock.now()).await?),
        Parsed::Coupon(coupon) => outcome(recorder.store.put_shop_coupon(coupon).await?),
        Parsed::Deleted => nothing("deleted"),
        Parsed::Nobody => nothing("nobody"),
        // No answer to a question of ours is one of these.
        Parsed::Request(_) | Parsed::Fetch(_) | Parsed::OtherStore | Parsed::UnknownTopic(_) => nothing("ignored"),
    })
}
