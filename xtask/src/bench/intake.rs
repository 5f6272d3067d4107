//! `cargo xtask bench intake`: the CPU of one order webhook, and of the same in Node, in one run.
//!
//! `xtask/bench-intake` is built with the release profile, as the function is, and takes one signed order in again and
//! again: the HMAC over the raw bytes, the body into an event, the event into a customer with five earlier orders, and
//! the decision over the shop's own flows. Reading and writing the table is left out, and so is what the Lambda runtime
//! does with the event around it. `xtask/peers/intake.mjs` does the same with Node's crypto and JSON; it checks and
//! decides less, which favours Node. Both must have read the same order.
//!
//! What is compared is time on a processor: of the one thread in Rust, and of the process in Node, whose garbage
//! collector and compiler have threads of their own. Both are warmed up before they are measured, so Node runs compiled
//! code. They take turns, and the median of the turns counts, since other work on the machine changes what a second on
//! a processor is worth. Where `valgrind` is installed, the instructions of one webhook are counted as well: the same
//! in every run, but with the plain code of SHA-256, since valgrind does not know the processor's own instructions.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cloud::clock::system_now;
use serde::Deserialize;
use serde_json::Value;

use super::figure::Figure;
use super::{orders, say};
use crate::python::output;

const BENCH: &str = "intake";
/// How often each takes its turn, and how many webhooks it takes in.
const TURNS: usize = 7;
const WEBHOOKS: u32 = 20_000;
/// The two lengths whose difference are the instructions of one webhook.
const COUNTED: [u32; 2] = [100, 300];

/// What `bench intake` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The body of an order webhook of Shopify [default: an invented one of 11 kB]
    #[arg(long)]
    body: Option<PathBuf>,
}

/// What one turn says of itself.
#[derive(Debug, Deserialize)]
struct Turn {
    webhooks: u32,
    cpu_ns: u64,
    /// What it read, to see that both read the same.
    read: Value,
    orders: u32,
}

/// Measures it.
pub(super) fn measure(root: &Path, args: &Args) -> Result<Vec<Figure>, String> {
    let program = build(root, "bench-intake")?;
    let to = root.join("target/bench");
    std::fs::create_dir_all(&to).map_err(|e| format!("{}: {e}", to.display()))?;
    let body = match &args.body {
        Some(file) => std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?,
        None => orders::body(1, 1, system_now())?,
    };
    let file = to.join("order.json");
    std::fs::write(&file, &body).map_err(|e| format!("{}: {e}", file.display()))?;
    let rust = |count: u32| {
        let mut command = Command::new(&program);
        command.arg(root.join("templates")).arg(&file).args([orders::SECRET, &count.to_string()]);
        command
    };
    let node = || {
        let mut command = Command::new("node");
        command.arg(root.join("xtask/peers/intake.mjs")).arg(&file).args([orders::SECRET, &WEBHOOKS.to_string()]);
        command
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for number in 1..=TURNS {
        let (mine, peer) = (turn(&mut rust(WEBHOOKS))?, turn(&mut node())?);
        if mine.read != peer.read || mine.orders != peer.orders {
            return Err(format!("both read the same body, and not the same: {mine:?}, {peer:?}"));
        }
        ours.push(mine.microseconds());
        theirs.push(peer.microseconds());
        say(&format!("turn {number} of {TURNS}: {:.2} and {:.2} µs", mine.microseconds(), peer.microseconds()));
    }
    let version = output(Command::new("node").arg("--version"))?;
    let peer = format!("Node {} with its own crypto and JSON", String::from_utf8_lossy(&version).trim());
    let mut figures = vec![
        Figure::new(BENCH, "order_webhook.cpu", median(&mut ours), "µs").against(peer, median(&mut theirs)),
        #[expect(clippy::cast_precision_loss, reason = "a body is far below the size at which a float loses bytes")]
        Figure::new(BENCH, "order_webhook.body", body.len() as f64, "bytes"),
    ];
    match instructions(rust) {
        Ok(count) => figures.push(Figure::new(BENCH, "order_webhook.instructions", count, "instructions")),
        Err(why) => say(&format!("the instructions are not counted: {why}")),
    }
    Ok(figures)
}

impl Turn {
    fn microseconds(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "seconds in nanoseconds fit")]
        let nanoseconds = self.cpu_ns as f64;
        nanoseconds / 1000.0 / f64::from(self.webhooks)
    }
}

fn turn(command: &mut Command) -> Result<Turn, String> {
    serde_json::from_slice(&output(command)?).map_err(|e| e.to_string())
}

/// Builds a program with the profile of the functions, and says where it is.
pub(super) fn build(root: &Path, package: &str) -> Result<PathBuf, String> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--package", package, "--message-format", "json-render-diagnostics"]);
    let messages = output(cargo.current_dir(root).stderr(Stdio::inherit()))?;
    let messages = String::from_utf8_lossy(&messages);
    let mut executables = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    executables.next_back().ok_or_else(|| "cargo built no program".to_owned())
}

/// The instructions of one webhook: what a longer run has more than a shorter one.
fn instructions(rust: impl Fn(u32) -> Command) -> Result<f64, String> {
    let mut counted = Vec::new();
    for count in COUNTED {
        let program = rust(count);
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        valgrind.arg(program.get_program()).args(program.get_args());
        let done = valgrind.output().map_err(|e| format!("valgrind: {e}"))?;
        let said = String::from_utf8_lossy(&done.stderr);
        let total = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse::<f64>().ok());
        counted.push(total.ok_or_else(|| format!("valgrind: {}", said.trim()))?);
    }
    // Both warm up, each by as many webhooks as it takes in.
    Ok((counted[1] - counted[0]) / f64::from(2 * (COUNTED[1] - COUNTED[0])))
}

/// The middle of an odd number of values.
pub(super) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
