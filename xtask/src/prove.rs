//! `cargo xtask prove`: the promises of sending. Each ends in one line of JSON with its counts.

pub(crate) mod planted;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use proof::Verdict;
use proof::chaos::Chaos;
use proof::faults::Death;
use proof::fleet::Programs;
use proof::kill::{Calls, Life};
use proof::shop::Templates;
use serde_json::json;

use crate::{python, say};

/// What `prove seeds` is told.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Seeds {
    /// How many seeds
    #[arg(long = "seeds", default_value_t = 2_000)]
    count: u64,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Replays one seed twice, and says what was found
    #[arg(long, conflicts_with_all = ["count", "from"])]
    seed: Option<u64>,
}

impl Seeds {
    /// What is run on every change.
    pub(crate) const BOUNDED: Self = Self { count: 2_000, from: 1, seed: None };
}

/// Runs shops under faults, on all cores.
pub(crate) fn seeds(root: &Path, args: &Seeds) -> Result<(), String> {
    let templates = Templates::read(root)?;
    if let Some(seed) = args.seed {
        return replay(&templates, seed);
    }
    let begun = Instant::now();
    let seeds: Vec<u64> = (args.from..args.from.saturating_add(args.count)).collect();
    let sum =
        on_all_cores(&seeds, |seed| proof::seeds::run(&templates, *seed).map_err(|e| format!("seed {seed}: {e}")))?;
    report("seeds", &sum, &json!({ "seeds": args.count, "from": args.from, "seconds": begun.elapsed().as_secs() }))
}

/// What `prove kill` is told.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Kill {
    /// The workers are the functions' own binaries, each a process that gets a signal. Needs Debian's package `faketime`
    #[arg(long)]
    processes: bool,
    /// Of all deaths, only those at one call of each kind
    #[arg(long)]
    kinds: bool,
    /// Of the deaths at queries that ask one shard after the other, only those at the middle one
    #[arg(long, conflicts_with = "kinds")]
    one_shard: bool,
    /// Of all deaths, only one in so many
    #[arg(long, default_value_t = 1)]
    one_in: usize,
    /// Which of so many: with `--one-in 12`, the parts 1 to 12 are all deaths
    #[arg(long, default_value_t = 1)]
    part: usize,
    /// The cargo profile of the functions
    #[arg(long, default_value = "dev")]
    profile: String,
}

impl Kill {
    /// What is run on every change: every death, over both lives.
    pub(crate) fn bounded() -> Self {
        Self { processes: false, kinds: false, one_shard: false, one_in: 1, part: 1, profile: "dev".to_owned() }
    }

    fn calls(&self) -> Calls {
        match (self.kinds, self.one_shard) {
            (true, _) => Calls::OneOfEachKind,
            (false, true) => Calls::OneShard,
            (false, false) => Calls::Every,
        }
    }

    /// By the call and not by the place among all deaths: one run of processes makes a few calls more than another, and the parts
    /// are to be all deaths whichever of them was looked at.
    fn is_of_part(&self, (_, call, moment): Death) -> bool {
        (call + moment as usize) % self.one_in == self.part - 1
    }
}

/// Lets a worker die at every call that there is.
pub(crate) fn kill(root: &Path, args: &Kill) -> Result<(), String> {
    if !(1..=args.one_in).contains(&args.part) {
        return Err(format!("--part {}: there are the parts 1 to {} (--one-in)", args.part, args.one_in));
    }
    let templates = Templates::read(root)?;
    let programs = if args.processes { Some(programs(root, &args.profile)?) } else { None };
    let begun = Instant::now();
    let mut deaths: Vec<(Life, Death)> = Vec::new();
    for life in Life::ALL {
        let all = apart(|| proof::kill::deaths(&templates, programs.as_ref(), life, args.calls()))?;
        say(&format!("{life:?}: {} deaths", all.len()));
        deaths.extend(all.into_iter().filter(|death| args.is_of_part(*death)).map(|death| (life, death)));
    }
    let escaped = Mutex::new(Vec::new());
    let sum = on_all_cores(&deaths, |(life, death)| {
        let ran = proof::kill::run(&templates, programs.as_ref(), *life, *death);
        let ran = ran.map_err(|e| format!("{life:?}, {death:?}: {e}"))?;
        if ran.deaths == 0 {
            escaped.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{life:?}, {death:?}"));
        }
        Ok(ran)
    })?;
    let (points, seconds) = (deaths.len(), begun.elapsed().as_secs());
    for death in escaped.into_inner().unwrap_or_else(PoisonError::into_inner) {
        say(&format!("a death that did not come about: {death}"));
    }
    report("kill", &sum, &json!({ "kill_points": points, "processes": args.processes, "seconds": seconds }))?;
    // Of one life in virtual time each call comes again. Of processes, the last calls of a long life may not.
    let reached = sum.deaths * 100 >= deaths.len() as u64 * if args.processes { 95 } else { 100 };
    if reached { Ok(()) } else { Err(format!("only {} of {points} deaths came about", sum.deaths)) }
}

/// What `prove chaos` is told.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Storm {
    /// At least so many letters are to leave
    #[arg(long, default_value_t = 10_000)]
    letters: usize,
    /// So many processes work at once
    #[arg(long, default_value_t = 10)]
    workers: usize,
    /// What chance decides is drawn from this; by default from the machine's own chance, and printed
    #[arg(long)]
    seed: Option<u64>,
    /// The cargo profile of the functions
    #[arg(long, default_value = "dev")]
    profile: String,
}

impl Storm {
    /// What is run on every change: the same faults each time.
    pub(crate) fn bounded() -> Self {
        Self { letters: 500, workers: 10, seed: Some(2), profile: "dev".to_owned() }
    }
}

/// Thousands of letters under every fault, by the functions' own binaries.
pub(crate) fn chaos(root: &Path, args: &Storm) -> Result<(), String> {
    let templates = Templates::read(root)?;
    let programs = programs(root, &args.profile)?;
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    say(&format!("chaos of {} letters and {} workers: seed {seed}", args.letters, args.workers));
    let begun = Instant::now();
    let chaos = Chaos { letters: args.letters, workers: args.workers, seed };
    let verdict = apart(|| proof::chaos::run(&templates, &programs, chaos, say))?;
    if !verdict.is_good() {
        let place = root.join("target/prove").join(format!("chaos-{seed}.txt"));
        let story = [verdict.history.join("\n"), verdict.logs.clone()].join("\n\n");
        fs::create_dir_all(root.join("target/prove"))
            .and_then(|()| fs::write(&place, story))
            .map_err(|e| e.to_string())?;
        say(&format!("what happened to each letter, and what the processes wrote, is in {}", place.display()));
    }
    report("chaos", &verdict, &json!({ "seed": seed, "workers": args.workers, "seconds": begun.elapsed().as_secs() }))?;
    let enough = verdict.letters >= args.letters as u64;
    if enough { Ok(()) } else { Err(format!("only {} letters of {} left", verdict.letters, args.letters)) }
}

/// Builds the functions.
fn programs(root: &Path, profile: &str) -> Result<Programs, String> {
    say(&format!("the functions are built with the profile {profile}"));
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--workspace", "--bins", "--profile", profile, "--quiet"]).current_dir(root);
    python::output(&mut cargo)?;
    Programs::find(&root.join("target").join(if profile == "dev" { "debug" } else { profile }))
}

/// On a thread of its own: this one has a runtime already.
fn apart<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    std::thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|_| Err("it panicked".to_owned()))
}

/// Does all of it, side by side, and adds up what came of it.
fn on_all_cores<T: std::marker::Sync>(
    all: &[T],
    one: impl Fn(&T) -> Result<Verdict, String> + std::marker::Sync,
) -> Result<Verdict, String> {
    let next = AtomicUsize::new(0);
    let sum: Mutex<Result<Verdict, String>> = Mutex::new(Ok(Verdict::default()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(item) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let verdict = one(item);
                    let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                    match (sum.as_mut(), verdict) {
                        (Ok(sum), Ok(verdict)) => sum.add(&verdict),
                        (Ok(_), Err(error)) => *sum = Err(error),
                        (Err(_), _) => break,
                    }
                }
            });
        }
    });
    sum.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Runs seeds twice: each must be the same run, call by call.
pub(crate) fn replays(root: &Path, seeds: &[u64]) -> Result<(), String> {
    let templates = Templates::read(root)?;
    let begun = Instant::now();
    for seed in seeds {
        twice(&templates, *seed)?;
    }
    say(&json!({ "proof": "replays", "seeds": seeds, "seconds": begun.elapsed().as_secs() }).to_string());
    Ok(())
}

fn twice(templates: &Templates, seed: u64) -> Result<Verdict, String> {
    let (first, second) = apart(|| Ok((proof::seeds::run(templates, seed)?, proof::seeds::run(templates, seed)?)))?;
    if first.trace == second.trace { Ok(first) } else { Err(format!("seed {seed} is not the same run twice")) }
}

fn replay(templates: &Templates, seed: u64) -> Result<(), String> {
    let first = twice(templates, seed)?;
    for line in &first.history {
        say(line);
    }
    report("seeds", &first, &json!({ "seed": seed, "trace": format!("{:016x}", first.trace) }))
}

/// Prints what was found for people, then one line of counts.
fn report(proof: &str, verdict: &Verdict, of: &serde_json::Value) -> Result<(), String> {
    for finding in verdict.findings.iter().take(40) {
        say(finding);
    }
    let mut line = serde_json::to_value(verdict).map_err(|e| e.to_string())?;
    if let (Some(line), Some(of)) = (line.as_object_mut(), of.as_object()) {
        line.remove("findings");
        line.remove("trace");
        line.insert("proof".to_owned(), json!(proof));
        line.extend(of.clone());
    }
    say(&line.to_string());
    if verdict.is_good() { Ok(()) } else { Err(format!("{} findings", verdict.findings.len())) }
}

#[cfg(test)]
mod tests {
    use proof::faults::Moment;
    use proof::workers::Function;

    use super::*;

    #[test]
    fn every_death_is_of_exactly_one_part() {
        for (call, moment) in (1..=40).flat_map(|call| Moment::ALL.map(|moment| (call, moment))) {
            let is_of = |part| Kill { one_in: 12, part, ..Kill::bounded() }.is_of_part((Function::Scan, call, moment));
            assert_eq!((1..=12).filter(|part| is_of(*part)).count(), 1, "call {call}, {moment:?}");
        }
    }
}
