//! Runs the proof without the rest of the workspace: `cargo run -p model --example prove -- [--bounded]`.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::process::ExitCode;

use model::proof::{Options, prove};

fn main() -> ExitCode {
    let bounded = std::env::args().any(|argument| argument == "--bounded");
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let report = prove(&Options { bounded, threads }, &|line| {
        let _ = writeln!(std::io::stderr(), "{line}");
    });
    let line = serde_json::to_string(&report).unwrap_or_default();
    let written = writeln!(std::io::stdout(), "{line}");
    if report.holds() && written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
