//! `cargo xtask bench units`: consumed capacity units of the real functions over the embedded engine.
//!
//! `intake`, `scan` and `send` run as in production, through the SDK and a socket, with the sixteen shards a lane that a
//! deployed shop has; only the mailer is a folder and the queue lies in memory. The engine answers each call with what
//! it consumed, as DynamoDB does, and [`Store::meter`] adds it up. So these are the engine's units: it counts by
//! DynamoDB's published rules, but it is not DynamoDB. Units are counted and not timed: they are the same in every run.
//!
//! - Functions are warm: the aggregates, which an instance reads every 15 minutes, were read before.
//! - A call whose condition fails is not in the sum. None does here.
//! - Stored customers have up to eight orders, two aliases and mostly a proof of consent, and are folded by the rules
//!   themselves; the same 1,000 of them fall due within a day in a shop of any size.
//! - The peer of a scan is what a nightly job does that walks over the customers: one eventually consistent `Scan` of a
//!   table that holds nothing but the same profiles. It favours the peer, whose table has no orders, no aliases and no
//!   ledger, and which is charged for no read but this one. A scan of ours runs every minute and the job once a day, so
//!   `day` holds 1,440 runs with 1,000 due in one of them against one `Scan`: ours is exact to the minute, and reads
//!   more units than a nightly job until the shop has some 900,000 customers.
//! - A shard is a key of the index: there are sixteen for each lane.

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use cloud::clock::SetClock;
use cloud::outbox::Outbox;
use cloud::parameters::Parameters;
use cloud::queue::{LocalQueues, SqsEvent, SqsMessage};
use cloud::recording::Recorder;
use cloud::snapshot::Snapshot;
use cloud::store::{RulesWalk, Units};
use cloud::{Clock, Mailer, Queue, Store};
use intake::Intake;
use letters::Letters;
use retention::Time;
use retention::flow::Class;
use retention::time::days;
use retention::token::TokenKeys;
use scan::{Ran, Scan};
use send::{Lately, Sender};
use shop::Tree;
use tempfile::TempDir;
use testkit::Engine;
use testkit::engine::{TABLE, hash_key};

use super::crowd::{Stored, crowd};
use super::figure::Figure;
use super::{asked, orders, say, walk};

const BENCH: &str = "units";
/// How many stored customers a small and a larger shop has.
const STORED: [usize; 2] = [2_000, 50_000];
/// How many of them are due at once.
const DUE: usize = 1_000;
/// Within this time they fall due.
const WITHIN: TimeDelta = days(1);
/// The table of the peer.
const PROFILES: &str = "profiles";
/// How many customers are brought into the engine at once.
const AT_ONCE: usize = 5_000;
/// How many runs a scan has in a day.
const RUNS_A_DAY: f64 = 24.0 * 60.0;

/// What `bench units` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One more number of stored customers, such as 1000000, beside 2,000 and 50,000
    #[arg(long, value_parser = clap::value_parser!(u32).range(2_000..=5_000_000))]
    stored: Option<u32>,
}

/// Measures all of it.
pub(super) async fn measure(root: &Path, args: &Args) -> Result<Vec<Figure>, String> {
    let tree = shop::read(&root.join("templates")).map_err(|mistakes| mistakes.to_string())?;
    let mut figures = webhooks(&tree).await?;
    figures.extend(asked::figures(root, &tree).await?);
    figures.extend(due_and_sent(&tree).await?);
    figures.extend(walk::figures(&tree).await?);
    let mut first: Option<Run> = None;
    let more = args.stored.map(|stored| stored as usize);
    for stored in STORED.into_iter().chain(more) {
        let run = at_size(&tree, stored).await?;
        figures.extend(run.figures(stored, first.as_ref()));
        first.get_or_insert(run);
    }
    Ok(figures)
}

/// The moment at which everything begins: a morning in the shop, when letters may leave.
pub(super) fn begins() -> Time {
    Time::from_timestamp(1_772_445_600, 0).unwrap_or_default()
}

/// The functions of a shop over one engine.
pub(super) struct Functions {
    engine: Engine,
    pub(super) store: Store,
    pub(super) clock: SetClock,
    queues: LocalQueues,
    intake: Intake,
    pub(super) scan: Scan,
    sender: Sender,
    folder: TempDir,
}

impl Functions {
    pub(super) async fn start(tree: &Tree) -> Result<Self, String> {
        let shop = Arc::new(tree.shop.clone());
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let engine = Engine::on_file(&folder.path().join("table.db")).await.map_err(|e| e.to_string())?;
        let store = engine.store();
        let set = SetClock::standing(begins());
        let clock = Clock::Set(set.clone());
        let queues = LocalQueues::default();
        let queue = Queue::Local(queues.clone());
        let snapshot = Snapshot::default();
        let secret = (format!("source/{}", orders::SOURCE), orders::SECRET.to_owned());
        let recorder = Recorder {
            shop: shop.clone(),
            store: store.clone(),
            snapshot: snapshot.clone(),
            queue: queue.clone(),
            clock: clock.clone(),
        };
        let intake = Intake { recorder, parameters: Parameters::Local([secret].into()) };
        let scan =
            Scan { shop: shop.clone(), store: store.clone(), snapshot: snapshot.clone(), queue, clock: clock.clone() };
        let sender = Sender {
            shop,
            letters: Arc::new(Letters::new(tree)),
            store: store.clone(),
            snapshot,
            mailer: Mailer::Outbox(Outbox::new(folder.path(), clock.clone())),
            tokens: TokenKeys::new(vec![vec![b'k'; 32]]).map_err(|e| e.to_string())?,
            public_url: "https://links.example".to_owned(),
            clock,
            lately: Lately::default(),
        };
        Ok(Self { engine, store, clock: set, queues, intake, scan, sender, folder })
    }

    /// Reads the aggregates, as an instance has done that is warm; and everybody was looked at under the rules of now.
    pub(super) async fn warm_up(&self) -> Result<(), String> {
        let said = |e: cloud::StoreError| e.to_string();
        let now = self.clock.now();
        let aggregates = self.scan.snapshot.get(&self.store, now).await.map_err(said)?;
        let revision = scan::rules::revision(&self.scan.shop, &aggregates);
        self.store.begin_rules_walk(&RulesWalk::default(), &revision, now).await.map_err(said)?;
        let begun = self.store.rules_walk().await.map_err(said)?;
        self.store.note_rules_walk(&begun, None).await.map(drop).map_err(said)
    }

    /// One webhook, and whether its outcome is the one that is measured.
    async fn webhook(&self, topic: &str, body: &str, outcomes: &[&str]) -> Result<Units, String> {
        let request = orders::request(topic, body)?;
        self.store.meter().reset();
        let answer = intake::handle(&self.intake, &request).await;
        let units = self.store.meter().units();
        let text = answer.body.map(|body| String::from_utf8_lossy(body.as_ref()).into_owned()).unwrap_or_default();
        let as_meant = outcomes.iter().any(|outcome| text.contains(&format!("\"{outcome}\"")));
        if answer.status_code == 200 && as_meant {
            Ok(units)
        } else {
            Err(format!("a webhook of {topic} was answered {} {text}", answer.status_code))
        }
    }

    /// One run of the scan.
    pub(super) async fn scan(&self) -> Result<(Ran, Units), String> {
        self.store.meter().reset();
        let ran = scan::handle(&self.scan, "bench", Time::MAX_UTC).await.map_err(|e| e.to_string())?;
        Ok((ran, self.store.meter().units()))
    }

    /// Sends the one letter that is on a queue.
    async fn send(&self, class: Class) -> Result<Units, String> {
        let received = self.queues.receive(class, cloud::queue::BATCH, self.clock.now());
        let [message] = received.as_slice() else {
            return Err(format!("{} messages are on the queue, and not one", received.len()));
        };
        let mut record = SqsMessage::default();
        record.message_id = Some(message.id.clone());
        record.body = Some(message.body.clone());
        let mut batch = SqsEvent::default();
        batch.records = vec![record];
        let before = self.left()?;
        self.store.meter().reset();
        let answer = send::handle(&self.sender, &batch, "bench", self.clock.now() + TimeDelta::seconds(30)).await;
        let units = self.store.meter().units();
        if !answer.batch_item_failures.is_empty() || self.left()? != before + 1 {
            return Err("a letter that was to leave did not".to_owned());
        }
        Ok(units)
    }

    /// How many letters left.
    fn left(&self) -> Result<usize, String> {
        let files = std::fs::read_dir(self.folder.path()).map_err(|e| e.to_string())?;
        Ok(files.flatten().filter(|file| file.path().extension().is_some_and(|ext| ext == "eml")).count())
    }

    /// Brings the rows of customers into the engine.
    pub(super) fn store_all(&self, batch: &mut Vec<Stored>) -> Result<(), String> {
        self.import(TABLE, batch.drain(..).flat_map(|stored| [stored.profile].into_iter().chain(stored.others)))
    }

    fn import(&self, table: &str, rows: impl IntoIterator<Item = cloud::rows::Item>) -> Result<(), String> {
        self.engine.import(table, rows).map(drop).map_err(|e| e.to_string())
    }
}

/// One order of somebody new, one more of theirs, and the same once again.
async fn webhooks(tree: &Tree) -> Result<Vec<Figure>, String> {
    let functions = Functions::start(tree).await?;
    functions.warm_up().await?;
    let first = orders::body(1, 1, begins())?;
    let second = orders::body(1, 2, begins() + TimeDelta::minutes(5))?;
    let new = functions.webhook(orders::TOPIC, &first, &["recorded"]).await?;
    let transactional = functions.send(Class::Transactional).await?;
    functions.clock.set(begins() + TimeDelta::minutes(6));
    let known = functions.webhook(orders::TOPIC, &second, &["recorded"]).await?;
    let again = functions.webhook(orders::TOPIC, &second, &["already"]).await?;
    let mut figures = both("send.transactional", transactional).to_vec();
    for (name, units) in [("new_customer", new), ("known_customer", known), ("duplicate", again)] {
        figures.extend(all(&format!("webhook.{name}"), units));
    }
    let taken = ["recorded", "parked", "export_noted", "erasure_noted"];
    for (name, topic, body) in orders::others(functions.clock.now()) {
        let units = functions.webhook(topic, &body.to_string(), &taken).await?;
        figures.extend(all(&format!("webhook.{name}"), units));
    }
    Ok(figures)
}

/// One customer who falls due and gets a letter: the run that looks at them and puts the letter on its queue, without
/// what any run consumes, and the letter that leaves.
async fn due_and_sent(tree: &Tree) -> Result<Vec<Figure>, String> {
    let key = hash_key();
    let mut due = crowd(&tree.shop, &key, begins()).filter(|one| !one.as_ref().is_ok_and(|one| !is_due(one)));
    let stored = due.next().ok_or("nobody falls due")??;
    let functions = Functions::start(tree).await?;
    functions.import(TABLE, [stored.profile].into_iter().chain(stored.others))?;
    functions.warm_up().await?;
    let (_, idle) = functions.scan().await?;
    functions.clock.set(begins() + WITHIN);
    functions.warm_up().await?;
    let (ran, all) = functions.scan().await?;
    if ran != (Ran::Done { looked: 1, created: 1, dispatched: 1, failed: 0 }) {
        return Err(format!("one customer was to get one letter, and the scan did {ran:?}"));
    }
    let one =
        Units { read: all.read - idle.read, write: all.write - idle.write, requests: all.requests - idle.requests };
    let sent = functions.send(Class::Marketing).await?;
    Ok([both("due_customer", one), both("send.marketing", sent)].concat())
}

/// What the scan consumed in a shop of one size.
struct Run {
    stored: usize,
    shards: u32,
    idle: Units,
    due: Units,
    ran: Ran,
    /// What the peer reads.
    table_scan: f64,
}

async fn at_size(tree: &Tree, stored: usize) -> Result<Run, String> {
    let functions = Functions::start(tree).await?;
    cloud::table::create(functions.engine.client(), PROFILES).await.map_err(|e| format!("{e:?}"))?;
    say(&format!("bringing {stored} customers into the engine"));
    let key = hash_key();
    let (mut due, mut others) = (DUE, stored - DUE);
    let mut batch = Vec::with_capacity(AT_ONCE);
    for one in crowd(&tree.shop, &key, begins()) {
        let one = one?;
        let left = if is_due(&one) { &mut due } else { &mut others };
        if *left > 0 {
            *left -= 1;
            batch.push(one);
        }
        if batch.len() == AT_ONCE {
            bring_in(&functions, &mut batch)?;
        }
        if due + others == 0 {
            break;
        }
    }
    bring_in(&functions, &mut batch)?;
    say("scanning");
    functions.warm_up().await?;
    let (_, idle) = functions.scan().await?;
    functions.clock.set(begins() + WITHIN);
    functions.warm_up().await?;
    let (ran, due) = functions.scan().await?;
    if !matches!(ran, Ran::Done { looked, failed: 0, .. } if looked == DUE as u64) {
        return Err(format!("the scan was to look at {DUE} customers, and did {ran:?}"));
    }
    let lanes = u32::try_from(cloud::table::lanes().count()).map_err(|e| e.to_string())?;
    let shards = lanes * u32::from(functions.store.shards());
    Ok(Run { stored, shards, idle, due, ran, table_scan: table_scan(&functions.engine).await? })
}

/// The rows of customers, and their profiles once more for the peer.
fn bring_in(functions: &Functions, batch: &mut Vec<Stored>) -> Result<(), String> {
    functions.import(PROFILES, batch.iter().map(|stored| stored.profile.clone()))?;
    functions.store_all(batch)
}

/// Whether somebody falls due in the time that is measured.
fn is_due(stored: &Stored) -> bool {
    stored.due.is_some_and(|due| due <= begins() + WITHIN)
}

/// What a `Scan` of all profiles consumes. It counts them and brings none over, which costs the same units.
async fn table_scan(engine: &Engine) -> Result<f64, String> {
    let mut units = 0.0;
    let mut behind = None;
    loop {
        let page = engine.client().scan().table_name(PROFILES).set_exclusive_start_key(behind);
        let page = page.select("COUNT".into()).return_consumed_capacity("TOTAL".into()).send().await;
        let page = page.map_err(|e| format!("{e:?}"))?;
        units += page.consumed_capacity.and_then(|consumed| consumed.capacity_units).unwrap_or_default();
        behind = page.last_evaluated_key;
        if behind.is_none() {
            return Ok(units);
        }
    }
}

impl Run {
    /// The figures of this size, held against those of the first.
    fn figures(&self, stored: usize, first: Option<&Run>) -> Vec<Figure> {
        let peer = || format!("one Scan of the {stored} profiles");
        let figure = |name: &str, value| {
            let unit = if name.ends_with("write") { "write units" } else { "read units" };
            Figure::new(BENCH, format!("stored_{stored}.{name}"), value, unit)
        };
        if let Ran::Done { looked, created, dispatched, .. } = self.ran {
            say(&format!("{stored} stored: looked at {looked}, created {created}, dispatched {dispatched}"));
        }
        let a_day = self.idle.read * (RUNS_A_DAY - 1.0) + self.due.read;
        let mut figures = vec![
            figure("scan.nothing_due.read", self.idle.read).against(peer(), self.table_scan),
            figure("scan.nothing_due.write", self.idle.write),
            figure("scan.nothing_due.a_shard.read", self.idle.read / f64::from(self.shards)).at_most(1.0),
            figure("scan.1000_due.read", self.due.read).against(peer(), self.table_scan),
            figure("scan.1000_due.write", self.due.write),
            figure("day.1000_due.read", a_day).against(peer(), self.table_scan),
        ];
        if let Some(first) = first {
            let name = format!("scan.1000_due.more_than_at_{}.read", first.stored);
            figures.push(figure(&name, (self.due.read - first.due.read).abs()).at_most(0.0));
        }
        figures
    }
}

/// Read and write units of one thing.
pub(super) fn all(name: &str, units: Units) -> Vec<Figure> {
    let mut figures = both(name, units).to_vec();
    let requests = f64::from(u32::try_from(units.requests).unwrap_or(u32::MAX));
    figures.push(Figure::new(BENCH, format!("{name}.requests"), requests, "requests"));
    figures
}

pub(super) fn both(name: &str, units: Units) -> [Figure; 2] {
    [("read", units.read), ("write", units.write)]
        .map(|(kind, value)| Figure::new(BENCH, format!("{name}.{kind}"), value, format!("{kind} units")))
}
