//! `cargo xtask prove mutations` and `prove fuzz`: nothing forged is believed, and nothing that is signed is without answer.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hostile::door;
use hostile::fuzz::session;
use hostile::mutations;
use retention::shop::SourceKind;
use serde_json::{Value, json};

/// The fewest forgeries that prove anything.
const FEWEST: u64 = 100_000;

/// Options of `prove mutations`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Mutations {
    /// A folder with more bodies: every *.json below its folders `shopify`, `woocommerce`, `ecwid`, `bigcommerce` and
    /// `standard`.
    #[arg(long)]
    samples: Option<PathBuf>,
}

/// Options of `prove fuzz`.
#[derive(Debug, clap::Args)]
pub(crate) struct Fuzz {
    /// How long each source is tried, in seconds.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// One source only: `shopify`, `woocommerce`, `ecwid`, `bigcommerce` or `standard`.
    #[arg(long)]
    source: Option<String>,
    /// The number of the first case, to go on where another run stopped or to repeat one.
    #[arg(long, default_value_t = 0)]
    first: u64,
}

/// Tries every forgery, and prints one line of JSON.
pub(crate) fn mutate(args: &Mutations) -> Result<(), String> {
    let begun = Instant::now();
    let mut more = Vec::new();
    if let Some(folder) = &args.samples {
        for kind in SourceKind::ALL {
            let below = folder.join(kind.name());
            let bodies = if below.is_dir() { bodies(&below)? } else { Vec::new() };
            more.extend(bodies.into_iter().map(|body| (kind, body)));
        }
        if more.is_empty() {
            return Err(format!("{}: no *.json below a folder named as a kind of source", folder.display()));
        }
    }
    let tally = mutations::run(&more)?;
    let passed = tally.accepted == 0 && tally.mutations >= FEWEST;
    let mut line = json!({ "proof": "mutations", "passed": passed, "seconds": begun.elapsed().as_secs_f32() });
    put(&mut line, serde_json::to_value(&tally))?;
    writeln!(io::stdout(), "{line}").map_err(|e| e.to_string())?;
    if passed { Ok(()) } else { Err(format!("{} of {} forgeries were believed", tally.accepted, tally.mutations)) }
}

/// Tries bodies that nobody has thought of, and prints one line of JSON for each source.
pub(crate) fn fuzz(args: &Fuzz) -> Result<(), String> {
    let kinds = match &args.source {
        None => SourceKind::ALL.to_vec(),
        Some(name) => vec![door::kind(name).ok_or_else(|| format!("no kind of source is named {name}"))?],
    };
    let mut failed = Vec::new();
    for kind in kinds {
        let report = session::run(kind, args.first, Duration::from_secs(args.seconds))?;
        let (source, passed) = (kind.name(), report.mistake.is_none());
        let mut line = json!({ "proof": "fuzz", "source": source, "passed": passed });
        put(&mut line, serde_json::to_value(&report))?;
        writeln!(io::stdout(), "{line}").map_err(|e| e.to_string())?;
        if !passed {
            failed.push(source);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("without a proper answer: {}", failed.join(", "))) }
}

/// Every *.json of a folder and of those below it, in the order of their names.
fn bodies(folder: &Path) -> Result<Vec<Vec<u8>>, String> {
    let failed = |e: io::Error| format!("{}: {e}", folder.display());
    let entries: Result<Vec<PathBuf>, io::Error> =
        fs::read_dir(folder).map_err(failed)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = entries.map_err(failed)?;
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(bodies(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?);
        }
    }
    Ok(found)
}

/// Adds the fields of an object to a line.
fn put(line: &mut Value, fields: serde_json::Result<Value>) -> Result<(), String> {
    if let (Value::Object(line), Value::Object(fields)) = (line, fields.map_err(|e| e.to_string())?) {
        line.extend(fields);
    }
    Ok(())
}
