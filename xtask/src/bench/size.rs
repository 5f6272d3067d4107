//! `cargo xtask bench size`: how large a function's zip is, how much memory it holds, and how soon it is ready.
//!
//! The zips are those of `cargo xtask package`. Each is unpacked, and its binary started as Lambda starts it, against a
//! Runtime API of our own ([`runtime`]), the embedded engine and what little of SSM, SQS and SES the functions ask for
//! ([`services`]): all on this machine, over plain HTTP. `preferences`, which few ask, is measured by its zip alone.
//!
//! - **Memory** is what `/proc` says is resident after 1,000 invocations that did real work: 1,000 orders of 1,000 people
//!   for `intake`, a run with a customer who is due for `scan`, and for `send` the letters of those orders, each by the
//!   key that `intake` put on the queue. The highest mark on the way is printed beside it.
//! - **Start to ready** is the time from the start of the process to its first question for an event: the configuration,
//!   the templates, the secrets, the control row. It is the median of some starts, ours and the peer's in turns. Lambda
//!   adds to both: the download of the zip, the start of the machine, and TLS to each service.
//! - The **peer** is the same function in Node (`xtask/peers/functions`), with the AWS SDK of a pinned version, bundled
//!   and minified by esbuild, which starts it sooner. It reads the same secrets and rows when it starts. It has no
//!   rules, no templates and the plainest of runtimes, and `scan` there finds nothing due: all of that favours Node.
//!   Its heap is held to what a function of 256 MB has.

mod function;
mod runtime;
mod services;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chrono::TimeDelta;
use cloud::alias::HashKey;
use cloud::clock::system_now;
use cloud::table;
use retention::Shop;
use serde_json::{Value, json};
use testkit::Engine;
use testkit::engine::TABLE;

use super::crowd::crowd;
use super::figure::Figure;
use super::intake::median;
use super::{orders, say};
use crate::package::{self, Arch};
use crate::python;
use function::{Function, Place};
use services::{HASH_KEY, Services};

const BENCH: &str = "size";
/// The most that a zip may have, in megabytes.
const ZIP_MB: f64 = 5.0;
/// The functions that are started, in this order, and the most that each may hold, in megabytes. What `intake` puts on
/// the queue is what `send` works on.
const MEMORY_MB: [(&str, f64); 3] = [("intake", 20.0), ("send", 40.0), ("scan", 20.0)];
/// How many invocations memory is measured after.
const INVOCATIONS: usize = 1_000;
/// How often each function is started.
const STARTS: usize = 21;
/// What Node may use of the 256 MB of a function, in megabytes: it would not collect its garbage as often in a large
/// machine.
const NODE_HEAP: [&str; 2] = ["--max-old-space-size=230", "--max-semi-space-size=12"];
/// The table of the peers.
const PEERS_TABLE: &str = "peers";

/// What `bench size` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The cargo profile of the functions
    #[arg(long, default_value = "release")]
    profile: String,
}

/// A function of ours, the same in Node, and the most that ours may hold.
struct Pair {
    ours: Place,
    theirs: Place,
    most_mb: f64,
}

/// Measures all of it.
pub(super) async fn measure(root: &Path, args: &Args) -> Result<Vec<Figure>, String> {
    let to = root.join("target/bench");
    let zips = package::make(root, &package::functions(root)?, Arch::here(), &args.profile, &to)?;
    let mut figures = Vec::new();
    for zip in &zips {
        let name = format!("{}.zip.{}", zip.function, Arch::here().name());
        figures.push(Figure::new(BENCH, name, megabytes(zip.bytes), "MB").at_most(ZIP_MB));
        unpack(&zip.file, &to.join(&zip.function))?;
    }
    let tree = shop::read(&root.join("templates")).map_err(|mistakes| mistakes.to_string())?;
    let engine = Engine::in_memory().await.map_err(|e| e.to_string())?;
    table::create(engine.client(), PEERS_TABLE).await.map_err(|e| format!("{e:?}"))?;
    let services = Services::start().await?;
    let bundles = peers(root)?;
    let pairs = MEMORY_MB.map(|(name, most_mb)| {
        let folder = to.join(name);
        let here = Place {
            name: name.to_owned(),
            program: folder.join("bootstrap"),
            arguments: Vec::new(),
            folder,
            table: TABLE.to_owned(),
            dynamodb: format!("http://{}", engine.address()),
            services: services.url(),
        };
        let script = bundles.join(format!("{name}.mjs")).display().to_string();
        let theirs = Place {
            program: PathBuf::from("node"),
            arguments: NODE_HEAP.map(str::to_owned).into_iter().chain([script]).collect(),
            folder: bundles.clone(),
            table: PEERS_TABLE.to_owned(),
            ..here.clone()
        };
        Pair { ours: here, theirs, most_mb }
    });
    let version = python::output(Command::new("node").arg("--version"))?;
    let peer = format!("Node {} with the AWS SDK, bundled", String::from_utf8_lossy(&version).trim());
    figures.extend(memory(&pairs, &peer, &engine, &services, &tree.shop).await?);
    figures.extend(starts(&pairs, &peer).await?);
    Ok(figures)
}

async fn memory(
    pairs: &[Pair],
    peer: &str,
    engine: &Engine,
    services: &Services,
    shop: &Shop,
) -> Result<Vec<Figure>, String> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for pair in pairs {
        ours.push(after_invocations(&pair.ours, engine, services, Some(shop)).await?);
    }
    for pair in pairs {
        theirs.push(after_invocations(&pair.theirs, engine, services, None).await?);
    }
    let figures = pairs.iter().zip(ours).zip(theirs).flat_map(|((pair, ours), theirs)| {
        let figure = |what: &str, ours: u64, theirs: u64| {
            let name = format!("{}.memory.{what}", pair.ours.name);
            Figure::new(BENCH, name, megabytes(ours), "MB").against(peer, megabytes(theirs))
        };
        let resident = figure("resident", ours.resident, theirs.resident).at_most(pair.most_mb);
        [resident, figure("highest", ours.highest, theirs.highest)]
    });
    Ok(figures.collect())
}

async fn starts(pairs: &[Pair], peer: &str) -> Result<Vec<Figure>, String> {
    let mut figures = Vec::new();
    for pair in pairs {
        say(&format!("{}: {STARTS} starts", pair.ours.name));
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..STARTS {
            ours.push(milliseconds(Function::start(&pair.ours).await?.ready_after()));
            theirs.push(milliseconds(Function::start(&pair.theirs).await?.ready_after()));
        }
        let name = format!("{}.start_to_ready", pair.ours.name);
        figures.push(Figure::new(BENCH, name, median(&mut ours), "ms").against(peer, median(&mut theirs)));
    }
    Ok(figures)
}

/// What a function holds, in bytes.
struct Held {
    resident: u64,
    highest: u64,
}

/// Starts a function and gives it its events, one after the other; each must come to what it is to come to.
async fn after_invocations(
    place: &Place,
    engine: &Engine,
    services: &Services,
    shop: Option<&Shop>,
) -> Result<Held, String> {
    say(&format!("{} of {}: {INVOCATIONS} invocations", place.name, place.table));
    let mut function = Function::start(place).await?;
    match place.name.as_str() {
        "intake" => take_in(&mut function, services).await?,
        "scan" => scan(&mut function, engine, shop).await?,
        _ => send(&mut function, services).await?,
    }
    let (resident, highest) = function.memory()?;
    Ok(Held { resident, highest })
}

/// An order of somebody new for each invocation. Their keys are on the queue then.
async fn take_in(function: &mut Function, services: &Services) -> Result<(), String> {
    services.forget();
    for number in 0..INVOCATIONS {
        // A webhook comes a little after its order, and an order of the future would wait for its moment.
        let placed_at = system_now() - TimeDelta::seconds(5);
        let body = orders::body(number as u64, number as u64, placed_at)?;
        let event = serde_json::to_value(orders::request(orders::TOPIC, &body)?).map_err(|e| e.to_string())?;
        let answer = function.invoke(&event).await?;
        if answer["statusCode"] != 200 || !answer["body"].as_str().unwrap_or_default().contains("recorded") {
            return Err(format!("intake answered {answer}"));
        }
    }
    let keys = services.queued().len();
    if keys == INVOCATIONS { Ok(()) } else { Err(format!("intake put {keys} keys on the queue")) }
}

/// The letters of the orders that were taken in just now.
async fn send(function: &mut Function, services: &Services) -> Result<(), String> {
    for (number, key) in services.queued().iter().enumerate() {
        let event = json!({ "Records": [{
            "messageId": format!("message-{number}"), "receiptHandle": "handle", "body": key,
            "attributes": {}, "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:transactional", "awsRegion": "eu-west-1",
        }] });
        let answer = function.invoke(&event).await?;
        if answer["batchItemFailures"] != json!([]) {
            return Err(format!("send answered {answer}"));
        }
    }
    let letters = services.letters();
    if letters == INVOCATIONS { Ok(()) } else { Err(format!("{letters} letters left")) }
}

/// A run for each customer of the shop who falls due. A peer finds nobody due: its table has none.
async fn scan(function: &mut Function, engine: &Engine, shop: Option<&Shop>) -> Result<(), String> {
    let key = HashKey::new(HASH_KEY.as_bytes()).map_err(|e| e.to_string())?;
    let (yesterday, now) = (system_now() - TimeDelta::days(1), system_now());
    let due = shop.into_iter().flat_map(|shop| crowd(shop, &key, yesterday));
    let mut due = due.filter(|one| one.as_ref().is_ok_and(|one| one.due.is_some_and(|at| at <= now)));
    for _ in 0..INVOCATIONS {
        if shop.is_some() {
            let stored = due.next().ok_or("nobody falls due")??;
            let rows = [stored.profile].into_iter().chain(stored.others);
            engine.import(TABLE, rows).map_err(|e| e.to_string())?;
        }
        let answer = function.invoke(&json!({})).await?;
        if answer != Value::Bool(true) {
            return Err(format!("scan answered {answer}"));
        }
    }
    let store = engine.store();
    for shard in 0..store.shards() {
        if !store.due(table::LOOK, shard, system_now(), 1, None).await.map_err(|e| e.to_string())?.is_empty() {
            return Err("the scan left a customer who was due".to_owned());
        }
    }
    Ok(())
}

fn unpack(zip: &Path, to: &Path) -> Result<(), String> {
    let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", zip.display());
    let file = std::fs::File::open(zip).map_err(|e| failed(&e))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|e| failed(&e))?;
    archive.extract(to).map_err(|e| failed(&e))
}

/// Installs the peers into `target/peers` and bundles them. Returns the folder of the bundles.
fn peers(root: &Path) -> Result<PathBuf, String> {
    let (from, to) = (root.join("xtask/peers/functions"), root.join("target/peers"));
    std::fs::create_dir_all(&to).map_err(|e| format!("{}: {e}", to.display()))?;
    let stamp = to.join("installed.json");
    let wanted = std::fs::read_to_string(from.join("package.json")).map_err(|e| e.to_string())?;
    for file in ["package.json", "runtime.mjs", "intake.mjs", "scan.mjs", "send.mjs"] {
        std::fs::copy(from.join(file), to.join(file)).map_err(|e| format!("{file}: {e}"))?;
    }
    if !std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]).current_dir(&to);
        python::output(&mut npm)?;
        std::fs::write(&stamp, wanted).map_err(|e| e.to_string())?;
    }
    let mut esbuild = Command::new(to.join("node_modules/.bin/esbuild"));
    esbuild.args(["intake.mjs", "scan.mjs", "send.mjs", "--bundle", "--minify", "--platform=node", "--format=esm"]);
    // What of the SDK is written for `require` finds one.
    esbuild.arg(
        "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    );
    esbuild.args(["--outdir=built", "--out-extension:.js=.mjs", "--log-level=error"]).current_dir(&to);
    python::output(&mut esbuild)?;
    Ok(to.join("built"))
}

#[expect(clippy::cast_precision_loss, reason = "far below the size at which a float loses bytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}

fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}
