//! All that a contributor or CI runs.

mod bench;
mod check;
mod deployed;
mod dynamodb_local;
mod hostile_deliveries;
mod infra_lint;
mod letters_judged;
mod npm;
mod package;
mod protocol_model;
mod prove;
mod python;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Everything that is checked: formatting, lints, tests, documentation, licences, the stack.
    Check(check::Args),
    /// Checks templates/ and makes the functions' zips.
    Package(package::Args),
    /// Measures, one line of JSON for each figure; fails where a figure is over its limit.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Proves a promise.
    #[command(subcommand)]
    Prove(Proof),
}

#[derive(Debug, Subcommand)]
enum Proof {
    /// The stack, deployed to an emulator with the real binaries: a signed order, the scheduler, the letter.
    Deployed,
    /// Thousands of letters by the functions' own binaries, while calls are lost, answers are lost, processes are killed.
    Chaos(prove::Storm),
    /// A worker dies at every call that any of them makes, before it, after it and after its answer: nothing lost, nothing
    /// twice.
    Kill(prove::Kill),
    /// Nine bugs, planted into a copy of the sources one at a time: each is caught.
    Planted(prove::planted::Args),
    /// The protocol of sending, simulated under every fault, seed by seed: nothing lost, nothing twice.
    Seeds(prove::Seeds),
    /// Every letter in every language, judged by the Nu validator, axe-core, `SpamAssassin` and the limits of Gmail and Outlook.
    /// Needs Java, npm, chromium and spamassassin.
    Letters,
    /// The store: its tests against AWS's own DynamoDB Local. Needs Java 17 and npm.
    Store,
    /// The protocol of a letter as a state machine: with all rules nothing is broken, without one each failure comes back.
    Model(protocol_model::Args),
    /// Signed deliveries with one thing changed, a bit at a time: none is believed.
    Mutations(hostile_deliveries::Mutations),
    /// Signed deliveries of bodies that nobody has thought of: each has an answer.
    Fuzz(hostile_deliveries::Fuzz),
}

#[tokio::main]
async fn main() -> ExitCode {
    let root = root();
    let done = match Cli::parse().task {
        Task::Check(args) => check::run(&root, &args),
        Task::Package(args) => package::run(&root, &args),
        Task::Bench(bench) => bench::run(&root, &bench).await,
        Task::Prove(Proof::Deployed) => deployed::run(&root).await,
        Task::Prove(Proof::Planted(args)) => prove::planted::run(&root, &args),
        Task::Prove(Proof::Chaos(args)) => prove::chaos(&root, &args),
        Task::Prove(Proof::Kill(args)) => prove::kill(&root, &args),
        Task::Prove(Proof::Seeds(args)) => prove::seeds(&root, &args),
        Task::Prove(Proof::Letters) => letters_judged::run(&root),
        Task::Prove(Proof::Store) => dynamodb_local::test_store(&root),
        Task::Prove(Proof::Model(args)) => protocol_model::run(&args),
        Task::Prove(Proof::Mutations(args)) => hostile_deliveries::mutate(&args),
        Task::Prove(Proof::Fuzz(args)) => hostile_deliveries::fuzz(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where even this cannot be written, the exit code says it.
            let _ = writeln!(std::io::stderr(), "xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Says a line on standard output.
fn say(line: &str) {
    // Nobody may be listening; the exit code says what came of it.
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}
