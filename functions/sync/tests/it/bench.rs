//! A shop, a storefront that answers as it is told, and the function between them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use cloud::clock::SetClock;
use cloud::queue::LocalQueues;
use cloud::recording::Recorder;
use cloud::snapshot::Snapshot;
use cloud::store::History;
use cloud::{Clock, Queue};
use retention::Time;
use retention::shop::SourceKind;
use retention::store_name::StoreName;
use serde_json::Value;
use sources::{Access, Client, Patience, Waits};
use sync::{Codes, Ran, Sync};
use testkit::{Engine, Vendor};

pub(crate) struct Bench {
    pub(crate) sync: Sync,
    pub(crate) vendor: Vendor,
    clock: SetClock,
    _engine: Engine,
}

const BEGINS: &str = "2026-03-02T10:00:00Z";

impl Bench {
    /// A shop with one source of this kind, of this store. It is still called `shopify`.
    pub(crate) async fn of(kind: SourceKind, store: &str) -> Self {
        let engine = Engine::in_memory().await.expect("an engine");
        let mut tree = shop::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates")).expect("templates");
        let source = &mut tree.shop.sources[0];
        source.kind = kind;
        source.store = Some(StoreName::parse(kind, store).expect("a store"));
        let name = source.name.clone();
        let vendor = Vendor::start().await;
        let patience = Patience { waits: Waits::Note(Arc::default()), ..Patience::default() };
        let token = if kind == SourceKind::WooCommerce { "ck_key:cs_secret" } else { "token" };
        let access = Access::new(kind, store, token).expect("access");
        let client = Client::on_this_machine(access, "token/shopify", vendor.port(), patience).expect("a client");
        let clock = SetClock::standing(BEGINS.parse().expect("a time"));
        let recorder = Recorder {
            shop: Arc::new(tree.shop),
            store: engine.store(),
            snapshot: Snapshot::default(),
            queue: Queue::Local(LocalQueues::default()),
            clock: Clock::Set(clock.clone()),
        };
        let clients = [(name, client)].into();
        Self { sync: Sync { recorder, clients, codes: Codes::AtStorefronts }, vendor, clock, _engine: engine }
    }

    /// From now on the storefront answers this at a path.
    pub(crate) fn answers(&self, path: &str, status: u16, body: Value) {
        self.vendor.answers(path, status, Vec::new(), body);
    }

    /// The paths that it was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.vendor.asked()
    }

    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    pub(crate) fn pass(&self, span: TimeDelta) {
        self.clock.set(self.clock.now() + span);
    }

    /// One run, of which there is always time enough; what it counted.
    pub(crate) async fn runs(&self) -> BTreeMap<String, u64> {
        // A minute lies between two runs.
        self.pass(TimeDelta::minutes(1));
        let owner = self.now().to_rfc3339();
        match sync::handle(&self.sync, &owner, self.now() + TimeDelta::days(1)).await.expect("a run") {
            Ran::Done(counts) => counts,
            Ran::Leased => panic!("leased"),
        }
    }

    pub(crate) async fn people(&self) -> Vec<History> {
        self.sync.recorder.store.walk().page().await.expect("a page")
    }
}
