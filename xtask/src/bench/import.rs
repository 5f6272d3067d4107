//! `cargo xtask bench import`: how fast `regulars import` reads a shop's history, and how much memory it takes for it.
//!
//! Each run is the command itself, in a process of its own that says at its end how high its memory stood (`VmHWM`): the
//! file is read, every person found, every order folded into a profile and decided upon, all of it written in
//! transactions to the embedded engine in a new file, and the shop's aggregates are made anew. The binary is the one that
//! `cargo run` makes (the development profile: our code hardly optimised, the engine fully).
//!
//! The history has the shape of the CDNOW data: a row for each transaction with customer, date, units and amount, customer
//! after customer. Without `--file` it is invented, with as many customers and about as many rows as that data has.
//!
//! The peer is a floor that nobody reaches: the same rows as bare items, put with `BatchWriteItem`, 25 a request, eight
//! requests side by side, by the same SDK into the same engine. It finds nobody, keeps no profile, decides nothing, and
//! would write a row twice without noticing. In `rows_a_second` more is better, so a `ratio` below 1 is the part of the
//! floor's speed that is left.
//!
//! Memory must not depend on the length of the file: at 50,000 rows it may stand 15 % higher than at 10,000.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use chrono::{Days, NaiveDate};
use clap::Parser as _;
use cloud::rows::{self, Item};
use cloud::table::{PK, SK};
use serde::{Deserialize, Serialize};
use studio::cli::Cli;
use testkit::Engine;

use super::crowd::Dice;
use super::figure::Figure;
use super::say;
use crate::python::output;

const BENCH: &str = "import";
/// How many customers the CDNOW data has.
const CUSTOMERS: usize = 23_570;
/// The lengths at which memory is compared, and how much higher it may stand at the second.
const LENGTHS: [usize; 2] = [10_000, 50_000];
const MAX_GROWTH: f64 = 1.15;
/// How the columns of such a file become orders.
const MAPPING: [&str; 7] = [
    "email=customer-{customer}@example.com",
    "order_id={customer}-{date}",
    "placed_at=date",
    "quantity=units",
    "total=amount_usd",
    "currency=USD",
    "sku=CD",
];

/// What `bench import` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A CSV file with the columns `customer`, `date`, `units` and `amount_usd`, such as the CDNOW data [default: an invented one]
    #[arg(long)]
    file: Option<PathBuf>,
    /// Does one run, and says what it took: what the bench starts itself.
    #[arg(long, hide = true, requires = "file")]
    run: Option<Run>,
}

/// What one process does.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Run {
    /// The import, into a new shop.
    Import,
    /// The import, and the same once more; the second is measured.
    Again,
    /// The floor.
    Floor,
}

/// What one run took.
#[derive(Debug, Serialize, Deserialize)]
struct Took {
    seconds: f64,
    peak_kib: f64,
}

/// Measures it.
pub(super) async fn measure(root: &Path, args: &Args) -> Result<Vec<Figure>, String> {
    if let (Some(run), Some(file)) = (args.run, &args.file) {
        let took = once(root, run, file).await?;
        let line = serde_json::to_string(&took).map_err(|e| e.to_string())?;
        writeln!(std::io::stdout(), "{line}").map_err(|e| e.to_string())?;
        return Ok(Vec::new());
    }
    let to = root.join("target/bench");
    fs::create_dir_all(&to).map_err(|e| format!("{}: {e}", to.display()))?;
    let history = match &args.file {
        Some(file) => file.clone(),
        None => invented(&to.join("history.csv"), usize::MAX)?,
    };
    let text = fs::read_to_string(&history).map_err(|e| format!("{}: {e}", history.display()))?;
    let count = text.lines().count().saturating_sub(1);
    drop(text);
    let mut speed = Vec::new();
    for run in ["import", "again", "floor"] {
        let took = child(root, run, &history)?;
        speed.push(rows_a_second(count, &took));
        say(&format!("{run}: {count} rows in {:.1} s", took.seconds));
    }
    let mut peaks = Vec::new();
    for length in LENGTHS {
        let file = invented(&to.join(format!("history-{length}.csv")), length)?;
        let took = child(root, "import", &file)?;
        say(&format!("{length} rows: {:.1} MiB", took.peak_kib / 1024.0));
        peaks.push(took.peak_kib / 1024.0);
    }
    let peer = "BatchWriteItem of the bare rows, with nothing found, kept or decided";
    Ok(vec![
        Figure::new(BENCH, "history.rows_a_second", speed[0], "rows/s").against(peer, speed[2]),
        Figure::new(BENCH, "the_same_again.rows_a_second", speed[1], "rows/s"),
        Figure::new(BENCH, "memory.10k_rows", peaks[0], "MiB"),
        Figure::new(BENCH, "memory.50k_rows", peaks[1], "MiB"),
        Figure::new(BENCH, "memory.50k_over_10k", peaks[1] / peaks[0], "times").at_most(MAX_GROWTH),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "rows of a file are far below the count at which a float loses one")]
fn rows_a_second(rows: usize, took: &Took) -> f64 {
    rows as f64 / took.seconds
}

/// Does one run in a process of its own.
fn child(root: &Path, run: &str, file: &Path) -> Result<Took, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = Command::new(program);
    command.args(["bench", "import", "--run", run, "--file"]).arg(file);
    let said = output(command.current_dir(root).stderr(Stdio::inherit()))?;
    let said = String::from_utf8_lossy(&said);
    // The command says what it did; the last line is what it took.
    let line = said.lines().next_back().unwrap_or_default();
    serde_json::from_str(line).map_err(|e| format!("{run} of {}: {e}: {said}", file.display()))
}

async fn once(root: &Path, run: Run, file: &Path) -> Result<Took, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let begun = match run {
        Run::Import => Instant::now(),
        Run::Again => {
            import(root, folder.path(), file).await?;
            Instant::now()
        }
        Run::Floor => {
            let begun = Instant::now();
            floor(&folder.path().join("table.sqlite"), file).await?;
            return Ok(Took { seconds: begun.elapsed().as_secs_f64(), peak_kib: peak()? });
        }
    };
    import(root, folder.path(), file).await?;
    Ok(Took { seconds: begun.elapsed().as_secs_f64(), peak_kib: peak()? })
}

/// Runs the command.
async fn import(root: &Path, data: &Path, file: &Path) -> Result<(), String> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut words = vec!["regulars".to_owned(), "import".to_owned(), text(file)];
    words.extend(["--data".to_owned(), text(data), "--templates".to_owned(), text(&root.join("templates"))]);
    for pair in MAPPING {
        let option = if pair.starts_with("currency") || pair.starts_with("sku") { "--set" } else { "--column" };
        words.extend([option.to_owned(), pair.to_owned()]);
    }
    let cli = Cli::try_parse_from(words).map_err(|e| e.to_string())?;
    Box::pin(studio::commands::run(cli)).await.map_err(|e| e.to_string())
}

/// Puts the rows as they are.
async fn floor(database: &Path, file: &Path) -> Result<(), String> {
    let engine = Engine::on_file(database).await.map_err(|e| e.to_string())?;
    let mut csv = csv::Reader::from_path(file).map_err(|e| e.to_string())?;
    let names = csv.headers().map_err(|e| e.to_string())?.clone();
    let items = csv.records().enumerate().map_while(|(number, record)| {
        let record = record.ok()?;
        let cells = names.iter().zip(record.iter());
        let mut item: Item = cells.map(|(name, cell)| (name.to_owned(), rows::text(cell))).collect();
        item.insert(PK.to_owned(), rows::text(&format!("C#{}", record.get(0).unwrap_or_default())));
        item.insert(SK.to_owned(), rows::text(&format!("order#{number}")));
        Some(item)
    });
    engine.put_in_batches(items).await.map_err(|e| e.to_string())
}

/// How high this process's memory stood, in KiB.
pub(super) fn peak() -> Result<f64, String> {
    let status = fs::read_to_string("/proc/self/status").map_err(|e| format!("/proc/self/status: {e}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    line.trim().trim_end_matches("kB").trim().parse().map_err(|e| format!("VmHWM: {e}"))
}

/// Writes an invented history of the CDNOW data's shape: most people buy once or twice, a few very often. Always the same
/// one, and at most `rows` of it.
fn invented(file: &Path, rows: usize) -> Result<PathBuf, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", file.display());
    let first = NaiveDate::from_ymd_opt(1997, 1, 1).ok_or("a day")?;
    let mut out = BufWriter::new(File::create(file).map_err(failed)?);
    writeln!(out, "customer,date,units,amount_usd").map_err(failed)?;
    let mut left = rows;
    let customers = if rows == usize::MAX { CUSTOMERS } else { usize::MAX };
    for customer in 1..=customers {
        if left == 0 {
            break;
        }
        let mut dice = Dice::new(customer as u64);
        let mut day = dice.below(90);
        loop {
            let (units, cents) = (1 + dice.below(4), 599 + dice.below(3_000));
            let date = first + Days::new(day.unsigned_abs());
            let (whole, part) = (units * cents / 100, units * cents % 100);
            writeln!(out, "{customer},{date},{units},{whole}.{part:02}").map_err(failed)?;
            left -= 1;
            day += 1 + dice.below(120);
            if left == 0 || dice.below(3) == 0 || day > 545 {
                break;
            }
        }
    }
    out.flush().map_err(failed)?;
    Ok(file.to_owned())
}
