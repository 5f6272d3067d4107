//! The part of `bench units` that asks a storefront: a thin webhook's fetch, and an hourly pass that finds nothing new.
//!
//! The storefront is a program on this machine; units are the table's. What any run consumes is taken off.

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use cloud::clock::SetClock;
use cloud::queue::LocalQueues;
use cloud::recording::Recorder;
use cloud::snapshot::Snapshot;
use cloud::store::{Units, Work};
use cloud::{Clock, Queue};
use retention::Time;
use retention::fetch::{Fetch, FetchKind};
use retention::shop::SourceKind;
use retention::store_name::StoreName;
use serde_json::{Value, json};
use shop::Tree;
use sources::{Access, Client, Patience};
use sync::{Ran, Sync};
use testkit::{Engine, Vendor};

use super::figure::Figure;
use super::units::{all, begins};

/// The store of the fixture.
const STORE: &str = "1003";
/// The order of the fixture.
const ORDER: &str = "TEA-7KQ2Z";
const FIXTURE: &str = "shared/storefront/tests/fixtures/ecwid/order.json";

fn path(what: &str) -> String {
    format!("/api/v3/{STORE}/{what}")
}

fn list(items: &[&Value]) -> Value {
    json!({ "total": items.len(), "offset": 0, "items": items })
}

struct Asking {
    sync: Sync,
    vendor: Vendor,
    order: Value,
    clock: SetClock,
    _engine: Engine,
}

/// A shop whose one source is an Ecwid store that has one order, and answers.
async fn start(root: &Path, tree: &Tree) -> Result<Asking, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let engine = Engine::in_memory().await.map_err(|e| said(&e))?;
    let mut shop = tree.shop.clone();
    let source = shop.sources.first_mut().ok_or("the shop has no source")?;
    source.kind = SourceKind::Ecwid;
    source.store = StoreName::parse(SourceKind::Ecwid, STORE).ok();
    let name = source.name.clone();
    let vendor = Vendor::start().await;
    let text = std::fs::read_to_string(root.join(FIXTURE)).map_err(|e| format!("{FIXTURE}: {e}"))?;
    let fixture: Value = serde_json::from_str(&text).map_err(|e| said(&e))?;
    let order = fixture["entity"].clone();
    vendor.answers(&path("profile"), 200, Vec::new(), json!({ "formatsAndUnits": { "currency": "EUR" } }));
    vendor.answers(&path(&format!("orders/{ORDER}")), 200, Vec::new(), order.clone());
    vendor.answers(&path("orders"), 200, Vec::new(), list(&[]));
    vendor.answers(&path("customers"), 200, Vec::new(), list(&[]));
    vendor.answers(&path("products"), 200, Vec::new(), list(&[]));
    let access = Access::new(SourceKind::Ecwid, STORE, "token").map_err(|e| said(&e))?;
    let client = Client::on_this_machine(access, "token", vendor.port(), Patience::default()).map_err(|e| said(&e))?;
    // Some weeks after the order of the fixture.
    let now = begins() + TimeDelta::weeks(6);
    let clock = SetClock::standing(now);
    let recorder = Recorder {
        shop: Arc::new(shop),
        store: engine.store(),
        snapshot: Snapshot::default(),
        queue: Queue::Local(LocalQueues::default()),
        clock: Clock::Set(clock.clone()),
    };
    let sync = Sync { recorder, clients: [(name, client)].into(), codes: sync::Codes::AtStorefronts };
    let asking = Asking { sync, vendor, order, clock, _engine: engine };
    // The first run begins to listen, and the second asks for the first time.
    asking.run(&[]).await?;
    asking.run(&[]).await?;
    asking.sync.recorder.snapshot.get(&asking.sync.recorder.store, now).await.map_err(|e| said(&e))?;
    Ok(asking)
}

impl Asking {
    /// A minute later, a run that counts these; what it consumed.
    async fn run(&self, counted: &[&str]) -> Result<Units, String> {
        self.clock.set(self.clock.now() + TimeDelta::minutes(1));
        let store = &self.sync.recorder.store;
        store.meter().reset();
        match sync::handle(&self.sync, "bench", Time::MAX_UTC).await.map_err(|e| e.to_string())? {
            Ran::Done(counts) if counted.iter().all(|what| counts.contains_key(*what)) => Ok(store.meter().units()),
            ran => Err(format!("a run was to count {counted:?}, and did {ran:?}")),
        }
    }
}

/// Measures all of it.
pub(super) async fn figures(root: &Path, tree: &Tree) -> Result<Vec<Figure>, String> {
    let asking = start(root, tree).await?;
    let idle = asking.run(&[]).await?;
    let store = &asking.sync.recorder.store;
    let source = asking.sync.recorder.shop.sources.first().ok_or("the shop has no source")?.name.clone();
    let fetch = Fetch::new(FetchKind::Order, ORDER).ok_or("the fixture's id is none")?;
    store.meter().reset();
    store.put_work(&Work::Fetch(source, fetch), asking.clock.now()).await.map_err(|e| e.to_string())?;
    let named = store.meter().units();
    let fetched = asking.run(&["recorded"]).await?;
    asking.vendor.answers(&path("orders"), 200, Vec::new(), list(&[&asking.order]));
    asking.clock.set(asking.clock.now() + TimeDelta::hours(2));
    let passed = asking.run(&["known"]).await?;
    let mut figures = all("asked.idle_run", idle);
    figures.extend(all("asked.named", named));
    figures.extend(all("asked.fetched_order", beyond(fetched, idle)));
    figures.extend(all("asked.hourly_pass_of_one_known_order", beyond(passed, idle)));
    Ok(figures)
}

fn beyond(all: Units, idle: Units) -> Units {
    Units { read: all.read - idle.read, write: all.write - idle.write, requests: all.requests - idle.requests }
}
