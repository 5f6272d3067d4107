//! `cargo xtask bench pace`: how evenly two senders, each a process of its own, hand letters over to a fake SES.
//!
//! At 14 and 200 letters a second the whole path is measured: keys of planned confirmations, read, gated, rendered, marked,
//! handed over, recorded, over a table and an SES that lie a round trip away (`testkit::SlowWire`). At 1,000 it is the line
//! of slots alone against the fake: one machine has no table that fast. SES throttles one request in a hundred. What counts
//! is when the fake read a request's first line. Attained is measured between the twentieth and the last twentieth but one
//! of all requests, so that starting and ending do not count; the fullest second is looked for in all of them.
//!
//! The cost of the ledger: the same two senders at 200 a second and 50 ms hand letters over without reading, rendering or
//! writing anything, right after. Processor time and units are those of the senders.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use cloud::Config;
use cloud::clock::system_now;
use cloud::queue::SendKey;
use cloud::rows::Item;
use retention::Shop;
use serde::Deserialize;
use testkit::engine::TABLE;
use testkit::fake_ses::{Manner, Quota};
use testkit::{Engine, FakeSes, SlowWire, life, people};
use tokio::runtime::Runtime;

use super::figure::Figure;
use super::say;
use crate::python;

const BENCH: &str = "pace";
/// How many processes send.
const SENDERS: usize = 2;
const RATES: [u32; 3] = [14, 200, 1_000];
const ROUND_TRIPS: [u64; 3] = [20, 50, 150];
/// In virtual time every way takes by chance up to so many milliseconds longer.
const JITTERS: [u32; 2] = [1, 20];
/// From this rate on the line alone is measured.
const LINE_ALONE: u32 = 1_000;
/// How long letters leave, in seconds: for several batches.
const fn seconds(rate: u32) -> usize {
    if rate < 100 { 30 } else { 15 }
}
/// Letters in a batch: as many as the template gives a rate like that.
const fn batch(rate: u32) -> usize {
    if rate < 100 { 40 } else { 600 }
}

/// What `bench pace` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The cargo profile of the senders
    #[arg(long, default_value = "deployed")]
    profile: String,
    /// Only in virtual time, on a machine that never falters
    #[arg(long)]
    virtual_only: bool,
    /// Only this rate, in letters a second
    #[arg(long)]
    rate: Option<u32>,
    /// Only this round trip, in milliseconds
    #[arg(long)]
    round_trip: Option<u64>,
}

/// A thread of its own for what measures: the moment at which a request is read does not wait for the table's work.
struct Apart(Option<Runtime>);

impl Apart {
    fn new() -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Ok(Self(Some(runtime.map_err(|e| e.to_string())?)))
    }

    /// Starts something there, with whatever it spawns.
    async fn on<T: Send + 'static>(&self, starts: impl Future<Output = T> + Send + 'static) -> Result<T, String> {
        let runtime = self.0.as_ref().ok_or("the thread has ended")?;
        runtime.spawn(starts).await.map_err(|e| e.to_string())
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The keys that no sender has yet.
type Queue = Arc<Mutex<VecDeque<String>>>;

/// What one sender says of itself.
#[derive(Debug, Deserialize)]
struct Sent {
    failed: usize,
    cpu_seconds: f64,
    read_units: f64,
    write_units: f64,
}

/// What came of one run.
struct Run {
    /// When each request began, in microseconds since 1970.
    starts: Vec<i64>,
    senders: Vec<Sent>,
}

/// Measures all of it.
pub(super) async fn measure(root: &Path, args: &Args) -> Result<Vec<Figure>, String> {
    let program = if args.virtual_only { PathBuf::new() } else { build(root, &args.profile)? };
    let tree = shop::read(&root.join("templates")).map_err(|mistakes| mistakes.to_string())?;
    let letters = |rate: &u32| seconds(*rate) * *rate as usize;
    let rates = RATES.iter().filter(|_| !args.virtual_only);
    let most = rates.filter(|rate| **rate < LINE_ALONE).map(letters).max().unwrap_or_default();
    say(&format!("{most} orders are confirmed"));
    let (rows, keys) = planned(&tree.shop, most).await?;
    let mut figures = Vec::new();
    let apart = Apart::new()?;
    for rate in RATES.into_iter().filter(|rate| args.rate.is_none_or(|only| *rate == only)) {
        for millis in ROUND_TRIPS.into_iter().filter(|millis| args.round_trip.is_none_or(|only| *millis == only)) {
            if rate < LINE_ALONE {
                for jitter in JITTERS {
                    figures.extend(by_its_rules(root, (rate, millis), jitter)?);
                }
            }
            if args.virtual_only {
                continue;
            }
            let keys = (rate < LINE_ALONE).then(|| &keys[..letters(&rate)]);
            let run = run(root, &program, &apart, (rate, millis), &rows, keys).await?;
            let name = |what: &str| format!("{rate}_a_second.{millis}_ms.{what}");
            let attained = run.attained() / f64::from(rate);
            figures.push(Figure::new(BENCH, name("attained"), attained, "of the rate").at_least(0.95).at_most(1.0));
            let fullest = Figure::new(BENCH, name("fullest_second"), run.fullest_second(), "letters");
            figures.push(fullest.at_most(f64::from(rate)));
            if (rate, millis) == (200, 50) {
                let alone = self::run(root, &program, &apart, (rate, millis), &rows, None).await?;
                let ratio = run.attained() / alone.attained();
                figures.push(Figure::new(BENCH, name("with_ledger"), ratio, "of the pace without one").at_least(0.9));
                figures.extend(run.costs(&name("letter")));
                figures.extend(alone.costs(&name("letter_without_ledger")));
            }
        }
    }
    Ok(figures)
}

/// The whole path in virtual time: what the line's own rules give away, and no machine.
fn by_its_rules(root: &Path, (rate, millis): (u32, u64), jitter: u32) -> Result<[Figure; 2], String> {
    let line = proof::pace::Line {
        rate,
        round_trip: millis,
        jitter,
        letters: seconds(rate) * rate as usize,
        batch: batch(rate),
    };
    let lives = || proof::pace::run(&proof::shop::Templates::read(root)?, line);
    let starts = std::thread::scope(|scope| scope.spawn(lives).join()).map_err(|_| "it panicked".to_owned())??;
    let run = Run { starts, senders: Vec::new() };
    let name = |what: &str| format!("{rate}_a_second.{millis}_ms.virtual.up_to_{jitter}_ms_late.{what}");
    let attained = Figure::new(BENCH, name("attained"), run.attained() / f64::from(rate), "of the rate");
    let fullest = Figure::new(BENCH, name("fullest_second"), run.fullest_second(), "letters");
    Ok([attained.at_least(0.95).at_most(1.0), fullest.at_most(f64::from(rate))])
}

impl Run {
    /// Requests a second, between the first and the last twentieth.
    fn attained(&self) -> f64 {
        let edge = self.starts.len() / 20;
        let inner = &self.starts[edge..self.starts.len() - edge];
        let (Some(first), Some(last)) = (inner.first(), inner.last()) else { return f64::NAN };
        count(inner.len() - 1) * 1_000_000.0 / to_float(last - first)
    }

    /// The most requests that began within any second.
    fn fullest_second(&self) -> f64 {
        let within = |(n, from): (usize, &i64)| self.starts[n..].partition_point(|at| *at < from + 1_000_000);
        count(self.starts.iter().enumerate().map(within).max().unwrap_or_default())
    }

    /// What a letter cost its sender.
    fn costs(&self, name: &str) -> Vec<Figure> {
        let each = |of: fn(&Sent) -> f64| self.senders.iter().map(of).sum::<f64>() / count(self.starts.len());
        vec![
            Figure::new(BENCH, format!("{name}.cpu"), each(|sent| sent.cpu_seconds) * 1_000.0, "ms"),
            Figure::new(BENCH, format!("{name}.read"), each(|sent| sent.read_units), "read units"),
            Figure::new(BENCH, format!("{name}.write"), each(|sent| sent.write_units), "write units"),
        ]
    }
}

/// Two senders work through the keys; without keys they hand over as many letters as there would be.
async fn run(
    root: &Path,
    program: &Path,
    apart: &Apart,
    (rate, millis): (u32, u64),
    rows: &[Item],
    keys: Option<&[String]>,
) -> Result<Run, String> {
    let what = if keys.is_some() { "the whole path" } else { "the line alone" };
    say(&format!("{rate} letters a second, {millis} ms, {what}"));
    let failed = |e: std::io::Error| e.to_string();
    let engine = Engine::in_memory().await.map_err(|e| e.to_string())?;
    engine.import(TABLE, rows.iter().cloned()).map_err(|e| e.to_string())?;
    let manner =
        Manner { keeps_connections: true, throttles_one_in: Some(100), keeps_letters: false, ..Manner::default() };
    let ses = apart.on(FakeSes::start_with(manner)).await?.map_err(failed)?;
    ses.may_send(Quota { per_second: f64::from(rate), per_day: -1.0, sent: 0.0 });
    let round_trip = Duration::from_millis(millis);
    let table = SlowWire::to(engine.address(), round_trip).await.map_err(failed)?;
    let mail = apart.on(SlowWire::to(ses.address(), round_trip)).await?.map_err(failed)?;
    let letters = seconds(rate) * rate as usize;
    let queue: Option<Queue> = keys.map(|keys| Arc::new(Mutex::new(keys.to_vec().into())));
    let mut senders = Vec::new();
    for number in 0..SENDERS {
        let mut command = sender(root, program, &table.url(), &mail.url());
        let queue = queue.clone();
        if queue.is_some() {
            command.args(["ledger", "templates"]);
        } else {
            command.args(["bare", "templates", &(letters / SENDERS).to_string()]);
        }
        // Lambda's pollers hand out batches one after the other: each next sender begins in the middle of a batch.
        let later = Duration::from_secs_f64(count(number * batch(rate) / 2) / f64::from(rate));
        senders.push(tokio::task::spawn_blocking(move || output_of(command, queue.as_ref(), later, batch(rate))));
    }
    let mut sent = Vec::new();
    for sender in senders {
        let said = sender.await.map_err(|e| e.to_string())??;
        let one: Sent = serde_json::from_str(&said).map_err(|e| format!("{said}: {e}"))?;
        if keys.is_some() && one.failed > 0 {
            return Err(format!("{} messages came again", one.failed));
        }
        sent.push(one);
    }
    let mut starts: Vec<i64> = ses.log().iter().map(|asked| asked.at).collect();
    starts.sort_unstable();
    if starts.len() < letters * 9 / 10 {
        return Err(format!("{} of {letters} letters asked SES", starts.len()));
    }
    Ok(Run { starts, senders: sent })
}

fn sender(root: &Path, program: &Path, table: &str, mail: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().current_dir(root).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.envs([
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL_DYNAMODB", table),
        ("AWS_ENDPOINT_URL_SESV2", mail),
        ("REGULARS_TABLE", TABLE),
        ("REGULARS_CONFIGURATION_SET", "bench"),
        ("REGULARS_BENCH_HASH_KEY", testkit::engine::LOCAL_HASH_KEY),
    ]);
    command.envs(Config::find("PATH").map(|path| ("PATH", path)));
    command
}

/// Hands batches to a sender as long as there are any, the first a little later, and each when it is done with the one before, as
/// SQS does. What it says last.
fn output_of(mut command: Command, queue: Option<&Queue>, later: Duration, size: usize) -> Result<String, String> {
    let failed = |e: std::io::Error| format!("a sender: {e}");
    let mut child = command.spawn().map_err(failed)?;
    let (mut input, output) = (child.stdin.take(), child.stdout.take().ok_or("a sender that says nothing")?);
    if queue.is_some() {
        std::thread::sleep(later);
    }
    let next = || {
        let mut queue = queue?.lock().unwrap_or_else(PoisonError::into_inner);
        let count = size.min(queue.len());
        let batch: Vec<String> = queue.drain(..count).collect();
        (!batch.is_empty()).then(|| batch.join("\t"))
    };
    let mut last = String::new();
    let mut lines = BufReader::new(output).lines();
    loop {
        match (next(), input.as_mut()) {
            (Some(batch), Some(input)) => writeln!(input, "{batch}").map_err(failed)?,
            // There are no more: the end of its input tells it.
            _ => input = None,
        }
        let Some(line) = lines.next() else { break };
        last = line.map_err(failed)?;
    }
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(last) } else { Err(format!("a sender ended with {status}")) }
}

/// So many confirmations that wait to leave: the rows of their table, and their keys as messages.
async fn planned(shop: &Shop, count: usize) -> Result<(Vec<Item>, Vec<String>), String> {
    let engine = Engine::in_memory().await.map_err(|e| e.to_string())?;
    let (store, now) = (engine.store(), system_now() - TimeDelta::minutes(1));
    let mut keys = Vec::with_capacity(count);
    for n in 0..count {
        let order = people::order(&n.to_string(), now, &[("POT-STONE", 1)]);
        let decision = life::arrives(&store, shop, &people::ordered(&people::person(n), &order), now).await;
        let send = decision.sends.first().ok_or("an order without a confirmation")?;
        keys.push(SendKey::new(send.send.customer.clone(), send.send.id.clone()).body());
    }
    let mut rows = Vec::new();
    let mut behind = None;
    loop {
        let page = engine.client().scan().table_name(TABLE).set_exclusive_start_key(behind).send().await;
        let page = page.map_err(|e| format!("{e:?}"))?;
        rows.extend(page.items.unwrap_or_default());
        behind = page.last_evaluated_key;
        if behind.is_none() {
            return Ok((rows, keys));
        }
    }
}

fn build(root: &Path, profile: &str) -> Result<PathBuf, String> {
    say(&format!("a sender is built with the profile {profile}"));
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--package", "bench-pace", "--profile", profile, "--quiet"]).current_dir(root);
    python::output(&mut cargo)?;
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(root.join("target").join(folder).join("bench-pace"))
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::NAN, f64::from)
}

#[expect(clippy::cast_precision_loss, reason = "a span of seconds in microseconds")]
fn to_float(micros: i64) -> f64 {
    micros as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_second_begins_at_a_request_and_does_not_hold_its_end() {
        let of = |starts: &[i64]| Run { starts: starts.to_vec(), senders: Vec::new() }.fullest_second();
        assert!((of(&[0, 500_000, 999_999, 1_000_000]) - 3.0).abs() < f64::EPSILON);
        assert!((of(&[0, 1_000_000, 1_000_001, 1_999_999]) - 3.0).abs() < f64::EPSILON);
    }
}
