//! `cargo xtask bench`: what the shop costs, measured here and now, and printed as one line of JSON for each figure.
//!
//! A figure with a `peer` was measured in the same run on the same machine, and `ratio` is ours divided by the peer's:
//! below 1 we need less. A figure with a `limit` fails the command when it is above it, after all are printed. What is
//! measured, how, and where a comparison is unfair stands at the head of each module.

mod asked;
mod crowd;
mod figure;
mod import;
mod intake;
mod letters;
mod orders;
mod pace;
mod recommend;
mod simulate;
mod size;
mod units;
mod walk;
mod webhooks;

use std::io::{self, Write as _};
use std::path::Path;

use figure::Figure;

/// What is measured.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Bench {
    /// Consumed capacity units of a webhook, a due customer, a letter, and of a scan of a small and a large shop.
    Units(units::Args),
    /// CPU of an order webhook through intake, against the same in Node.
    Intake(intake::Args),
    /// CPU and allocations of a letter, against Handlebars, MJML and juice in Node.
    Letters(letters::Args),
    /// How evenly two senders hand letters over at 14, 200 and 1,000 a second, over 20, 50 and 150 ms; and what the ledger
    /// costs.
    Pace(pace::Args),
    /// Durable order webhooks a second in a local run.
    Webhooks(webhooks::Args),
    /// Rows a second of `regulars import`, and its memory at 10,000 and at 50,000 rows.
    Import(import::Args),
    /// How often one of ten suggested products is in a person's next order, against what sells best.
    Recommend(recommend::Args),
    /// CPU, time and memory of living through the time of 100,000 people, and of real order histories.
    Simulate(simulate::Args),
    /// Each function's zip, memory after 1,000 invocations, and start to ready against the same in Node.
    Size(size::Args),
}

/// Measures, and prints what came of it.
pub(crate) async fn run(root: &Path, bench: &Bench) -> Result<(), String> {
    let figures = match bench {
        Bench::Units(args) => Box::pin(units::measure(root, args)).await?,
        Bench::Intake(args) => intake::measure(root, args)?,
        Bench::Letters(args) => letters::measure(root, args)?,
        Bench::Recommend(args) => recommend::measure(root, args)?,
        Bench::Pace(args) => Box::pin(pace::measure(root, args)).await?,
        Bench::Webhooks(args) => webhooks::measure(root, args).await?,
        Bench::Import(args) => import::measure(root, args).await?,
        Bench::Simulate(args) => simulate::measure(root, args)?,
        Bench::Size(args) => size::measure(root, args).await?,
    };
    let mut out = io::stdout().lock();
    for figure in &figures {
        let line = serde_json::to_string(&figure.line()).map_err(|e| e.to_string())?;
        writeln!(out, "{line}").map_err(|e| e.to_string())?;
    }
    let over: Vec<&str> = figures.iter().filter(|figure| figure.is_over()).map(Figure::name).collect();
    if over.is_empty() { Ok(()) } else { Err(format!("over their limit: {}", over.join(", "))) }
}

/// Tells whoever waits how far it is.
fn say(what: &str) {
    // A person who closed the terminal is not a reason to fail.
    let _ = writeln!(io::stderr(), "{what}");
}
