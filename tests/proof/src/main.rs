//! `proof seeds N [until-found]`: the seeds from 1 on, one after the other, for a copy of the sources with a bug in it.
//! Ends with 1 where something was found.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use proof::Verdict;
use proof::shop::Templates;

fn main() -> ExitCode {
    match run() {
        Ok(verdict) if verdict.is_good() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            // Where even this cannot be written, the exit code says it.
            let _ = writeln!(std::io::stderr(), "proof: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<Verdict, String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seeds: u64 = match arguments.as_slice() {
        [what, count, ..] if what == "seeds" => count.parse().map_err(|e| format!("{count}: {e}"))?,
        _ => return Err("usage: proof seeds N [until-found]".to_owned()),
    };
    let until_found = arguments.get(2).is_some_and(|word| word == "until-found");
    let templates = Templates::read(Path::new("."))?;
    let mut sum = Verdict::default();
    for seed in 1..=seeds {
        sum.add(&proof::seeds::run(&templates, seed)?);
        if until_found && !sum.is_good() {
            break;
        }
    }
    let mut out = std::io::stdout().lock();
    for finding in &sum.findings {
        writeln!(out, "{finding}").map_err(|e| e.to_string())?;
    }
    Ok(sum)
}
