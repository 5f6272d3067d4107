//! `cargo xtask check`: what CI runs, and nothing that a laptop cannot.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::{dynamodb_local, hostile_deliveries, infra_lint, letters_judged, prove, say};

/// The seeds that are run twice.
const REPLAYED: [u64; 3] = [1, 22, 333];

/// Options of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Leaves out the tests, for those who have just run them.
    #[arg(long)]
    no_tests: bool,
    /// Leaves out what takes long or more than Rust and Python: every death of a worker, the storm (faketime), the simulated
    /// shops, the letters as others judge them (Java, npm, Chromium, `SpamAssassin`), the store on DynamoDB Local (Java, npm)
    /// and the licences (cargo-deny).
    #[arg(long)]
    quick: bool,
}

/// Runs every check, and stops at the first that fails.
pub(crate) fn run(root: &Path, args: &Args) -> Result<(), String> {
    let cargo = |name: &str, arguments: &[&str]| step(root, name, "cargo", arguments, &[]);
    cargo("formatting", &["fmt", "--all", "--check"])?;
    cargo("lints", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])?;
    if !args.no_tests {
        cargo("tests", &["test", "--workspace", "--quiet"])?;
    }
    let strict = [("RUSTDOCFLAGS", "--deny warnings")];
    step(root, "documentation", "cargo", &["doc", "--workspace", "--no-deps", "--quiet"], &strict)?;
    let begun = Instant::now();
    hostile_deliveries::mutate(&hostile_deliveries::Mutations::default())?;
    say(&format!("forged deliveries: none believed ({} s)", begun.elapsed().as_secs()));
    let begun = Instant::now();
    let said = infra_lint::run(root)?;
    say(&format!("the stack: {said} ({} s)", begun.elapsed().as_secs()));
    if args.quick {
        return Ok(());
    }
    prove::kill(root, &prove::Kill::bounded())?;
    prove::chaos(root, &prove::Storm::bounded())?;
    prove::seeds(root, &prove::Seeds::BOUNDED)?;
    prove::replays(root, &REPLAYED)?;
    letters_judged::run(root)?;
    let begun = Instant::now();
    dynamodb_local::test_store(root)?;
    say(&format!("the store on DynamoDB Local: good ({} s)", begun.elapsed().as_secs()));
    cargo("licences", &["deny", "--log-level", "error", "check", "licenses", "bans", "sources"])
        .map_err(|e| format!("{e}; where cargo-deny is missing: cargo install cargo-deny --locked"))
}

fn step(
    root: &Path,
    name: &str,
    program: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<(), String> {
    let begun = Instant::now();
    let status = Command::new(program).args(arguments).envs(environment.iter().copied()).current_dir(root).status();
    let status = status.map_err(|e| format!("{name}: {program} cannot be run: {e}"))?;
    if !status.success() {
        return Err(format!("{name}: `{program} {}` failed", arguments.join(" ")));
    }
    say(&format!("{name}: good ({} s)", begun.elapsed().as_secs()));
    Ok(())
}
