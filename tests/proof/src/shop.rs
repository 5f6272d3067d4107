//! One shop on its network: the rules and letters of the repository's templates, and the production handlers for each
//! process that works for it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use cloud::clients::SES_TIMEOUT;
use cloud::queue::SqsQueues;
use cloud::recording::Recorder;
use cloud::snapshot::Snapshot;
use cloud::store::Tables;
use cloud::{Clock, Queue, Store};
use feedback::Feedback;
use letters::Letters;
use preferences::{Pages, Preferences};
use retention::Shop;
use retention::token::TokenKeys;
use scan::Scan;
use send::{Lately, Sender};

use crate::network::{Network, Process};

/// The configuration set whose events are the shop's.
pub const CONFIGURATION_SET: &str = "regulars-proof";
/// Shards of a lane: fewer than a deployed table has, so that a scan is a few calls.
const SHARDS: u16 = 2;
/// How long Lambda lets the sender run.
pub const SEND_TIMEOUT: Duration = cloud::queue::SEND_TIMEOUT;
const TOKEN_KEY: &[u8; 32] = b"the proof's own key, of no value";

/// What all shops of a run share.
#[derive(Debug, Clone)]
pub struct Templates {
    /// The rules.
    pub shop: Arc<Shop>,
    letters: Arc<Letters>,
    pages: Arc<Pages>,
}

impl Templates {
    /// Reads them, with those flows on that answer an order and come back to it.
    pub fn read(root: &Path) -> Result<Self, String> {
        let mut tree = shop::read(&root.join("templates")).map_err(|mistakes| mistakes.to_string())?;
        for flow in &mut tree.shop.flows {
            flow.enabled = testkit::FEW_FLOWS.contains(&flow.name.as_str());
        }
        let letters = Arc::new(Letters::new(&tree));
        let pages = Arc::new(Pages::new(&tree)?);
        Ok(Self { shop: Arc::new(tree.shop), letters, pages })
    }
}

/// A shop and its network.
#[derive(Debug, Clone)]
pub struct TestedShop {
    /// What it shares with others.
    pub templates: Templates,
    /// Its network.
    pub network: Network,
}

impl TestedShop {
    /// A shop with empty tables.
    pub async fn open(templates: &Templates, network: Network) -> Result<Self, String> {
        let shop = Self { templates: templates.clone(), network };
        let client = shop.network.spared().table();
        let tables = Tables::local("shop");
        cloud::table::create(&client, &tables.main).await.map_err(|e| format!("{e:?}"))?;
        cloud::table::create_kept(&client, &tables.kept).await.map_err(|e| format!("{e:?}"))?;
        Ok(shop)
    }

    /// The table, as a process reaches it.
    pub fn store(&self, process: &Process) -> Store {
        Store::new(process.table(), Tables::local("shop"), testkit::engine::hash_key(), SHARDS)
    }

    fn queue(process: &Process) -> Queue {
        let client = aws_sdk_sqs::Client::new(&process.sdk());
        let url = |name: &str| format!("http://network.invalid/{name}");
        Queue::Sqs(SqsQueues { client, transactional: url("transactional"), marketing: url("marketing") })
    }

    /// What records.
    pub fn recorder(&self, process: &Process) -> Recorder {
        Recorder {
            shop: self.templates.shop.clone(),
            store: self.store(process),
            snapshot: Snapshot::default(),
            queue: Self::queue(process),
            clock: Clock::Set(process.clock().clone()),
        }
    }

    /// The function `scan`.
    pub fn scan(&self, process: &Process) -> Scan {
        let Recorder { shop, store, snapshot, queue, clock } = self.recorder(process);
        Scan { shop, store, snapshot, queue, clock }
    }

    /// The function `send`.
    pub fn sender(&self, process: &Process) -> Result<Sender, String> {
        let Recorder { shop, store, snapshot, clock, .. } = self.recorder(process);
        Ok(Sender {
            shop,
            letters: self.templates.letters.clone(),
            store,
            snapshot,
            mailer: cloud::clients::ses(&process.sdk(), CONFIGURATION_SET.to_owned(), SES_TIMEOUT),
            tokens: Self::tokens()?,
            public_url: "https://letters.twoherons.example".to_owned(),
            clock,
            lately: Lately::default(),
        })
    }

    /// The function `feedback`.
    pub fn feedback(&self, process: &Process) -> Feedback {
        Feedback {
            store: self.store(process),
            clock: Clock::Set(process.clock().clone()),
            configuration_set: CONFIGURATION_SET.to_owned(),
        }
    }

    /// The function `preferences`.
    pub fn preferences(&self, process: &Process) -> Result<Preferences, String> {
        let Recorder { shop, store, snapshot, clock, .. } = self.recorder(process);
        Ok(Preferences { shop, pages: self.templates.pages.clone(), store, snapshot, tokens: Self::tokens()?, clock })
    }

    /// The keys of links.
    pub fn tokens() -> Result<TokenKeys, String> {
        TokenKeys::new(vec![TOKEN_KEY.to_vec()]).map_err(|e| e.to_string())
    }

    /// When a sender that begins now must be done.
    pub fn send_deadline(process: &Process) -> retention::Time {
        process.clock().now() + TimeDelta::from_std(SEND_TIMEOUT).unwrap_or_default()
    }
}
