//! `cargo xtask bench letters`: the CPU of one letter, warm and from the start of a process, its parts, its allocations; and the
//! same with handlebars, mjml and juice in Node, in one run.
//!
//! `xtask/bench-letters` is built with the release profile, as the function is, and composes all letters again and again for one
//! sample customer: view, texts, Handlebars, links, MJML, text part. `xtask/peers/letters.mjs` is given the fields of each letter
//! ready made; it makes no view, renders no text, checks no link and makes no text part, which favours Node. CPU is that of the
//! whole process of Node, whose garbage collector and compiler have threads of their own, and of the one thread in Rust.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::figure::Figure;
use super::intake::{build, median};
use super::say;
use crate::python::output;

const BENCH: &str = "letters";
/// How often each takes its turn.
const TURNS: usize = 5;
/// How often all letters are composed in a turn.
const ROUNDS: [&str; 2] = ["40", "4"];
/// What Node needs, as npm has it.
const PACKAGES: [&str; 3] = ["handlebars@4.7.8", "mjml@4.15.3", "juice@11.0.1"];
/// The goals: the whole letter, warm and from the start of the process, as a part of the peer's CPU.
const WARM: f64 = 0.05;
const COLD: f64 = 0.02;

/// What `bench letters` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// What one turn says of itself.
#[derive(Debug, Deserialize)]
struct Turn {
    letters: u32,
    cpu_ns: f64,
    handlebars_cpu_ns: f64,
    bytes: u32,
    #[serde(default)]
    allocations: u32,
    #[serde(default)]
    allocated_bytes: u32,
}

/// What the first letter of a process costs.
#[derive(Debug, Deserialize)]
struct First {
    cpu_ns: f64,
}

/// Measures it.
pub(super) fn measure(root: &Path, _: &Args) -> Result<Vec<Figure>, String> {
    let program = build(root, "bench-letters")?;
    let (templates, made) = (root.join("templates"), root.join("target/bench/letters"));
    let mut write = Command::new(&program);
    output(write.arg(&templates).arg("write").arg(&made))?;
    let modules = modules(root)?;
    let ours = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.arg(&templates).args(arguments);
        command
    };
    let node = |rounds: &str| {
        let mut command = Command::new("node");
        command.arg(root.join("xtask/peers/letters.mjs")).args([&templates, &made, &modules]).arg(rounds);
        command
    };
    let (mut warm, mut cold) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    let (mut handlebars, mut last) = ([Vec::new(), Vec::new()], None);
    for number in 1..=TURNS {
        let turns: [Turn; 2] = [read(&mut ours(&["time", ROUNDS[0]]))?, read(&mut node(ROUNDS[1]))?];
        let firsts: [First; 2] = [read(&mut ours(&["once"]))?, read(&mut node("0"))?];
        for (side, turn) in turns.iter().enumerate() {
            warm[side].push(turn.cpu_ns / 1_000.0 / f64::from(turn.letters));
            handlebars[side].push(turn.handlebars_cpu_ns / 1_000.0 / f64::from(turn.letters));
            cold[side].push(firsts[side].cpu_ns / 1_000.0);
        }
        say(&format!(
            "turn {number} of {TURNS}: {:.0} and {:.0} µs a letter",
            warm[0][number - 1],
            warm[1][number - 1]
        ));
        last = turns.into_iter().next();
    }
    let last = last.ok_or("no turn")?;
    let version = output(Command::new("node").arg("--version"))?;
    let peer = format!("Node {}, {}", String::from_utf8_lossy(&version).trim(), PACKAGES.join(", "));
    let ratio = |pair: &mut [Vec<f64>; 2]| median(&mut pair[0]) / median(&mut pair[1]);
    let (warm_ratio, cold_ratio) = (ratio(&mut warm), ratio(&mut cold));
    let mjml = median(&mut warm[0]) - median(&mut handlebars[0]);
    Ok(vec![
        Figure::new(BENCH, "letter.cpu", median(&mut warm[0]), "µs").against(peer.clone(), median(&mut warm[1])),
        Figure::new(BENCH, "letter.cpu of the peer's", warm_ratio, "part").at_most(WARM),
        Figure::new(BENCH, "letter.handlebars, with view, texts and links", median(&mut handlebars[0]), "µs")
            .against(peer.clone(), median(&mut handlebars[1])),
        Figure::new(BENCH, "letter.mjml, with the text part", mjml, "µs"),
        Figure::new(BENCH, "letter.first of a process", median(&mut cold[0]), "µs").against(peer, median(&mut cold[1])),
        Figure::new(BENCH, "letter.first of the peer's", cold_ratio, "part").at_most(COLD),
        Figure::new(BENCH, "letter.allocations", f64::from(last.allocations), "allocations"),
        Figure::new(BENCH, "letter.allocated", f64::from(last.allocated_bytes), "bytes"),
        Figure::new(BENCH, "letter.html", f64::from(last.bytes), "bytes"),
    ])
}

fn read<T: for<'d> Deserialize<'d>>(command: &mut Command) -> Result<T, String> {
    serde_json::from_slice(&output(command)?).map_err(|e| e.to_string())
}

/// The peer's packages, installed once.
fn modules(root: &Path) -> Result<PathBuf, String> {
    let to = root.join("target/bench/letters-peer");
    let stamp = to.join("installed.txt");
    let wanted = PACKAGES.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(to);
    }
    let failed = |e: std::io::Error| format!("{}: {e}", to.display());
    std::fs::create_dir_all(&to).map_err(failed)?;
    std::fs::write(to.join("package.json"), "{\"private\":true}").map_err(failed)?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]).args(PACKAGES);
    output(npm.current_dir(&to))?;
    std::fs::write(&stamp, wanted).map_err(failed)?;
    Ok(to)
}
