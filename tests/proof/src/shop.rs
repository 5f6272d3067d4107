//! One shop on its network: the rules and letters of the repository's templates, and those who work for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use cloud::clients::SES_TIMEOUT;
use cloud::config;
use cloud::parameters::Parameters;
use cloud::queue::SqsQueues;
use cloud::recording::Recorder;
use cloud::snapshot::Snapshot;
use cloud::store::Tables;
use cloud::{Clock, LinkKeys, Queue, Store};
use feedback::Feedback;
use intake::Intake;
use letters::Letters;
use preferences::{Pages, Preferences};
use retention::Shop;
use retention::shop::SourceKind;
use retention::token::TokenKeys;
use scan::Scan;
use send::{Lately, Sender};
use storefront::adapter::Adapter;
use tempfile::TempDir;

use crate::fleet::Fleet;
use crate::network::Network;
use crate::process::Process;

/// The configuration set whose events are the shop's.
pub const CONFIGURATION_SET: &str = "regulars-proof";
/// Shards of a lane where the handlers are called in this process: fewer than a deployed table has, so that a scan is a few
/// calls.
pub(crate) const FEW_SHARDS: u16 = 2;
/// The storefront.
pub const SOURCE: &str = "shop";
/// The path of the secrets in the parameter store.
pub(crate) const PARAMETERS: &str = "/regulars/proof";
/// The public address of links.
pub(crate) const PUBLIC_URL: &str = "https://letters.twoherons.example";
/// Signs the webhooks. Invented, and of use to nobody, as the other keys here.
const WEBHOOK_SECRET: &str = "whsec_dGhlIHByb29mJ3Mgb3duIHdlYmhvb2sgc2VjcmV0";
const TOKEN_KEY: &str = "the proof's own key, of no value";

/// What all shops of a run share.
#[derive(Debug, Clone)]
pub struct Templates {
    /// The rules.
    pub shop: Arc<Shop>,
    letters: Arc<Letters>,
    pages: Arc<Pages>,
    /// `templates/` as they are read.
    pub(crate) folder: Arc<TempDir>,
}

impl Templates {
    /// Reads them, with a storefront of their own, and with those flows on that answer an order and come back to it.
    pub fn read(root: &Path) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let templates = folder.path().join("templates");
        copy(&root.join("templates"), &templates)?;
        let mut tree = shop::read(&templates).map_err(|mistakes| mistakes.to_string())?;
        for flow in &mut tree.shop.flows {
            let file = templates.join("flows").join(flow.name.as_str()).join("flow.toml");
            let enabled = testkit::FEW_FLOWS.contains(&flow.name.as_str());
            edit(&file, |text| {
                let line = |line: &str| {
                    if line.starts_with("enabled") { format!("enabled = {enabled}") } else { line.to_owned() }
                };
                text.lines().map(line).collect::<Vec<_>>().join("\n")
            })?;
        }
        let source = format!("\n[[source]]\nname = \"{SOURCE}\"\nkind = \"standard\"\nsends_own = []\n");
        edit(&templates.join("shop.toml"), |text| text + &source)?;
        let tree = shop::read(&templates).map_err(|mistakes| mistakes.to_string())?;
        let letters = Arc::new(Letters::new(&tree));
        let pages = Arc::new(Pages::new(&tree)?);
        Ok(Self { shop: Arc::new(tree.shop), letters, pages, folder: Arc::new(folder) })
    }
}

fn edit(file: &Path, change: impl FnOnce(String) -> String) -> Result<(), String> {
    let failed = |e: std::io::Error| format!("{}: {e}", file.display());
    fs::write(file, change(fs::read_to_string(file).map_err(failed)?)).map_err(failed)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |e: std::io::Error| format!("{}: {e}", from.display());
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to).map_err(failed)?;
        }
    }
    Ok(())
}

/// What the parameter store holds under a name.
pub(crate) fn secret(name: &str) -> Option<&'static str> {
    match name.strip_prefix(PARAMETERS)?.strip_prefix('/')? {
        config::HASH_KEY => Some(testkit::engine::LOCAL_HASH_KEY),
        config::TOKEN_KEYS => Some(TOKEN_KEY),
        "source/shop" => Some(WEBHOOK_SECRET),
        _ => None,
    }
}

/// A shop and its network.
#[derive(Debug, Clone)]
pub struct TestedShop {
    /// What it shares with others.
    pub templates: Templates,
    /// Its network.
    pub network: Network,
    /// Those who work for it, where they are processes of this machine.
    pub(crate) fleet: Option<Rc<Fleet>>,
    /// Shards of a lane.
    shards: u16,
}

impl TestedShop {
    /// A shop with empty tables, whose workers are futures of this process.
    pub async fn open(templates: &Templates, network: Network, shards: u16) -> Result<Self, String> {
        Self::with(templates, network, None, shards).await
    }

    /// A shop with empty tables, whose workers are processes of this machine.
    pub async fn with_fleet(templates: &Templates, network: Network, fleet: Fleet) -> Result<Self, String> {
        Self::with(templates, network, Some(Rc::new(fleet)), cloud::table::SHARDS).await
    }

    async fn with(
        templates: &Templates,
        network: Network,
        fleet: Option<Rc<Fleet>>,
        shards: u16,
    ) -> Result<Self, String> {
        let shop = Self { templates: templates.clone(), network, fleet, shards };
        let client = shop.network.spared().table();
        let tables = Tables::local("shop");
        cloud::table::create(&client, &tables.main).await.map_err(|e| format!("{e:?}"))?;
        cloud::table::create_kept(&client, &tables.kept).await.map_err(|e| format!("{e:?}"))?;
        Ok(shop)
    }

    /// The table, as a process reaches it.
    pub fn store(&self, process: &Process) -> Store {
        Store::new(process.table(), Tables::local("shop"), testkit::engine::hash_key(), self.shards)
    }

    /// Time goes on to a moment, for everybody.
    pub async fn until(&self, at: retention::Time) -> Result<(), String> {
        self.network.until(at).await;
        self.fleet.as_ref().map_or(Ok(()), |fleet| fleet.set_clocks())
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

    /// The function `intake`.
    pub fn intake(&self, process: &Process) -> Intake {
        let source = format!("source/{SOURCE}");
        let secret = BTreeMap::from([(source, WEBHOOK_SECRET.to_owned())]);
        Intake { recorder: self.recorder(process), parameters: Parameters::Local(secret) }
    }

    /// The headers of a webhook that the storefront sends at a moment.
    pub fn signed(body: &str, now: retention::Time) -> Result<Vec<(&'static str, String)>, String> {
        let adapter = Adapter::new(SourceKind::Standard, [WEBHOOK_SECRET]).map_err(|e| e.to_string())?;
        Ok(adapter.sign("", body.as_bytes(), now))
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
            public_url: PUBLIC_URL.to_owned(),
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
        let tokens = LinkKeys::given(Self::tokens()?);
        Ok(Preferences { shop, pages: self.templates.pages.clone(), store, snapshot, tokens, clock })
    }

    /// The keys of links.
    pub fn tokens() -> Result<TokenKeys, String> {
        TokenKeys::new(vec![TOKEN_KEY.as_bytes().to_vec()]).map_err(|e| e.to_string())
    }
}
