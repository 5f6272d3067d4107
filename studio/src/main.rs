//! The command `regulars`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use studio::cli::Cli;
use studio::commands;

#[tokio::main]
async fn main() -> ExitCode {
    match Box::pin(commands::run(Cli::parse())).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where even this cannot be written, the exit code says it.
            let _ = writeln!(std::io::stderr(), "regulars: {failure}");
            ExitCode::FAILURE
        }
    }
}
