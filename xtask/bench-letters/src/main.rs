//! Composes every letter again and again, and prints the CPU time of its parts as one line of JSON; or writes what a peer needs
//! to compose the same. What it is held against is `xtask/peers/letters.mjs`.

use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use letters::samples::{self, Sample};
use letters::{Draft, Letter, Letters, RenderError};
use retention::Send;
use retention::customer::Coupon;
use retention::flow::Step;
use serde_json::{Value, json};
use shop::Tree;

/// Rounds before the measurement begins.
const WARM_UP: u32 = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let mut arguments = std::env::args().skip(1);
    let mut next =
        |name: &str| arguments.next().ok_or(format!("{name} is missing: TEMPLATES write OUT | time ROUNDS | once"));
    let tree = shop::read(&PathBuf::from(next("TEMPLATES")?))?;
    let letters = Letters::new(&tree);
    let sample = samples::all(&tree).swap_remove(0);
    let line = match next("MODE")?.as_str() {
        "write" => write(&tree, &letters, &sample, Path::new(&next("OUT")?))?,
        "once" => once(&tree, &letters, &sample, started)?,
        _ => time(&tree, &letters, &sample, next("ROUNDS")?.parse()?)?,
    };
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// A send of every step, with the person as the letter needs them.
fn sends(tree: &Tree, sample: &Sample) -> Result<Vec<(Sample, Send, Option<Coupon>)>, RenderError> {
    let steps = tree.shop.flows.iter().flat_map(|flow| flow.steps.iter().map(move |step| (flow, step)));
    steps.map(|(flow, step)| sample.ready(tree, flow, step)).collect()
}

/// Every letter once from the start of the process: reading, compiling, composing.
fn once(tree: &Tree, letters: &Letters, sample: &Sample, started: Instant) -> Result<Value, Box<dyn Error>> {
    let sends = sends(tree, sample)?;
    let (ready, send, coupon) = sends.first().ok_or("no letter")?;
    let letter = ready.compose_send(letters, send, coupon.as_ref())?;
    Ok(json!({ "cpu_ns": cpu_nanoseconds()?, "ns": started.elapsed().as_nanos(), "bytes": letter.html.len() }))
}

fn time(tree: &Tree, letters: &Letters, sample: &Sample, rounds: u32) -> Result<Value, Box<dyn Error>> {
    let sends = sends(tree, sample)?;
    let compose = || -> Result<usize, RenderError> {
        sends
            .iter()
            .map(|(ready, send, coupon)| Ok(ready.compose_send(letters, send, coupon.as_ref())?.html.len()))
            .sum()
    };
    let draft = || -> Result<usize, RenderError> {
        sends.iter().map(|(ready, send, coupon)| Ok(ready.draft_send(letters, send, coupon.as_ref())?.mjml.len())).sum()
    };
    for _ in 0..WARM_UP {
        black_box(compose()?);
    }
    let whole = spent(rounds, &compose)?;
    let handlebars = spent(rounds, &draft)?;
    let bytes = compose()?;
    let mut failed = None;
    let allocated = allocation_counter::measure(|| failed = compose().err());
    if let Some(error) = failed {
        return Err(error.into());
    }
    let letters = sends.len() as u64;
    Ok(json!({
        "letters": letters * u64::from(rounds),
        "cpu_ns": whole,
        "handlebars_cpu_ns": handlebars,
        "allocations": allocated.count_total / letters,
        "allocated_bytes": allocated.bytes_total / letters,
        "bytes": bytes as u64 / letters,
    }))
}

fn spent(rounds: u32, work: &impl Fn() -> Result<usize, RenderError>) -> Result<u64, Box<dyn Error>> {
    let before = cpu_nanoseconds()?;
    for _ in 0..rounds {
        black_box(work()?);
    }
    Ok(cpu_nanoseconds()? - before)
}

/// Every letter in every language: what a peer composes it from, and the letter itself.
fn write(tree: &Tree, letters: &Letters, sample: &Sample, out: &Path) -> Result<Value, Box<dyn Error>> {
    std::fs::create_dir_all(out)?;
    let mut index = Vec::new();
    for locale in tree.letters.words.keys() {
        let reader = sample.reading(locale);
        for flow in &tree.shop.flows {
            for step in &flow.steps {
                let (ready, send, coupon) = reader.ready(tree, flow, step)?;
                let letter = ready.compose_send(letters, &send, coupon.as_ref())?;
                let draft = ready.draft_send(letters, &send, coupon.as_ref())?;
                let name = format!("{}.{}.{locale}", flow.name, step.letter);
                put(out, &name, &letter, &draft)?;
                index.push(entry(&name, flow.name.as_str(), step, locale, &letter));
            }
        }
    }
    let line = json!({ "letters": index.len() });
    std::fs::write(out.join("index.json"), serde_json::to_string_pretty(&index)?)?;
    Ok(line)
}

fn put(out: &Path, name: &str, letter: &Letter, draft: &Draft) -> Result<(), Box<dyn Error>> {
    std::fs::write(out.join(format!("{name}.html")), &letter.html)?;
    std::fs::write(out.join(format!("{name}.txt")), &letter.text)?;
    std::fs::write(out.join(format!("{name}.json")), serde_json::to_string(&draft.context)?)?;
    Ok(())
}

fn entry(name: &str, flow: &str, step: &Step, locale: &str, letter: &Letter) -> Value {
    json!({
        "name": name,
        "flow": flow,
        "letter": step.letter,
        "locale": locale,
        "subject": letter.subject,
        "preheader": letter.preheader,
        "headers": letter.headers,
    })
}

/// The CPU time of this process so far (`/proc/self/schedstat`).
fn cpu_nanoseconds() -> Result<u64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/schedstat")?;
    Ok(stat.split(' ').next().ok_or("schedstat is empty")?.parse()?)
}
