//! `cargo xtask prove model`: the protocol of a letter, walked through exhaustively.

use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::thread;
use std::time::Instant;

use model::proof::{Options, prove};
use serde_json::{Value, json};

/// Options of `prove model`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only what every run of the tests walks through: under a minute on two cores.
    #[arg(long)]
    bounded: bool,
    /// How many scenarios are walked through side by side; else as many as there are cores. In the full run each takes
    /// up to four gigabytes.
    #[arg(long)]
    threads: Option<NonZeroUsize>,
}

/// Walks through every scenario, tells people of each on stderr, and prints one line of JSON.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let begun = Instant::now();
    let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let options = Options { bounded: args.bounded, threads: args.threads.unwrap_or_else(cores) };
    let report = prove(&options, &|line| {
        // Nobody may be listening; the line of JSON says what came of it.
        let _ = writeln!(io::stderr(), "{line}");
    });
    let passed = report.holds();
    let mut line = json!({ "proof": "model", "passed": passed, "seconds": begun.elapsed().as_secs_f32() });
    if let (Value::Object(line), Value::Object(fields)) =
        (&mut line, serde_json::to_value(&report).map_err(|e| e.to_string())?)
    {
        line.extend(fields);
    }
    writeln!(io::stdout(), "{line}").map_err(|e| e.to_string())?;
    if passed { Ok(()) } else { Err("the model does not hold: see above".to_owned()) }
}
