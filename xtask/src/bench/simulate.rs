//! `cargo xtask bench simulate`: how long it takes to live through a shop's time, and how much memory.
//!
//! Three shops: 100,000 invented people over a year, with up to eight orders each; with `--cdnow` the CDNOW history of 1997
//! and 1998, with `--retail` a sample of an online shop's rows. All flows that ship are on. Every event is recorded, every
//! look decided and every send asked at the gate by the rules of the deployed functions; nothing is read or written.
//!
//! CPU is that of this process as the kernel counts it, divided by the people and the years: what a person costs in a year.
//! The build profile is the bench's own: the rules optimised, as the command `regulars` has them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::TimeDelta;
use cloud::alias::HashKey;
use cloud::store::History;
use retention::event::{Entity, Event};
use retention::ids::CustomerId;
use retention::record::{Recorded, record};
use retention::{Customer, Shop, Time};
use studio::import::{self, Columns, Options};
use studio::simulate::{Question, simulate};
use testkit::engine::hash_key;

use super::crowd;
use super::figure::Figure;
use super::say;

const BENCH: &str = "simulate";
/// How many people are invented.
const PEOPLE: usize = 100_000;
/// The goals: CPU of a person's year, and a year of all of them on two cores.
const PERSON_YEAR_MICROS: f64 = 100.0;
const YEAR_SECONDS: f64 = 15.0;

/// What `bench simulate` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The CDNOW data: a CSV file with the columns `customer`, `date`, `units` and `amount_usd`
    #[arg(long)]
    cdnow: Option<PathBuf>,
    /// A sample of the Online Retail data: `CustomerID`, `InvoiceNo`, `InvoiceDate`, `StockCode`, `Description`, `Quantity`,
    /// `UnitPrice`
    #[arg(long)]
    retail: Option<PathBuf>,
    /// How many people are invented
    #[arg(long, default_value_t = PEOPLE)]
    people: usize,
}

/// Measures it.
pub(super) fn measure(root: &Path, args: &Args) -> Result<Vec<Figure>, String> {
    let tree = shop::read(&root.join("templates")).map_err(|mistakes| mistakes.to_string())?;
    let mut shop = tree.shop;
    for flow in &mut shop.flows {
        flow.enabled = true;
    }
    let mut figures = Vec::new();
    if let Some(file) = &args.cdnow {
        let columns = [
            "email=customer-{customer}@example.com",
            "order_id={customer}-{date}",
            "placed_at=date",
            "quantity=units",
            "total=amount_usd",
        ];
        let from = day("1997-01-01")?;
        let people = history(file, &shop, &columns, &["currency=USD", "sku=CD"], from)?;
        figures.extend(lived("cdnow", &shop, &people, from, day("1998-07-01")?)?);
    }
    if let Some(file) = &args.retail {
        let people = retail(file, &shop)?;
        figures.extend(lived("retail", &shop, &people, day(RETAIL[0])?, day(RETAIL[1])?)?);
    }
    let to = day("2026-11-01")?;
    let from = to - TimeDelta::days(365);
    let key = hash_key();
    let people: Vec<History> = (0..args.people).map(|number| invented(number, &key, from, to)).collect();
    let invented = lived("invented", &shop, &people, from, to)?;
    figures.extend(invented);
    Ok(figures)
}

/// The first and the last day of the Online Retail data.
pub(super) const RETAIL: [&str; 2] = ["2010-12-01", "2011-12-09"];

/// The people of the Online Retail data.
pub(super) fn retail(file: &Path, shop: &Shop) -> Result<Vec<History>, String> {
    let columns = [
        "email=customer-{CustomerID}@example.com",
        "order_id=InvoiceNo",
        "placed_at=InvoiceDate",
        "sku=StockCode",
        "title=Description",
        "quantity=Quantity",
        "unit_price=UnitPrice",
    ];
    history(file, shop, &columns, &["currency=GBP"], day(RETAIL[0])?)
}

pub(super) fn day(text: &str) -> Result<Time, String> {
    format!("{text}T00:00:00Z").parse().map_err(|e| format!("{text}: {e}"))
}

/// The people of a file, who all agreed to letters.
fn history(
    file: &Path,
    shop: &Shop,
    columns: &[&str],
    constants: &[&str],
    as_of: Time,
) -> Result<Vec<History>, String> {
    let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let options = Options {
        columns: Columns::parse(&texts(columns), &texts(constants), false).map_err(|e| e.to_string())?,
        source: None,
        consent: Some("bench".to_owned()),
        as_of,
        zone: shop.zone,
        currency: shop.currency,
    };
    let open = File::open(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let (people, report) = import::histories(open, shop, &options).map_err(|e| e.to_string())?;
    say(&format!("{}: {} rows, {} people, {} bad rows", file.display(), report.rows, people.len(), report.bad_rows));
    Ok(people)
}

/// One invented person of whom orders are spread over the years before `to`.
fn invented(number: usize, key: &HashKey, from: Time, to: Time) -> History {
    let events: Vec<Event> = crowd::events(number, to);
    let alias = events.first().and_then(|event| event.aliases().first().cloned());
    let id = CustomerId::derive(&alias.map(|alias| key.alias(&alias)).unwrap_or_default(), from);
    let mut customer = Customer::new(id, from);
    let (mut orders, mut proofs) = (Vec::new(), Vec::new());
    for mut event in events {
        if let Entity::Order(order) = &mut event.entity {
            order.history = (order.placed_at <= from).then_some(from);
        }
        if let Recorded::Changed(change) = record(&customer, None, &event) {
            customer = change.customer;
            orders.extend(change.order);
            proofs.extend(change.proofs);
        }
    }
    History { customer, orders, carts: Vec::new(), proofs, sends: Vec::new() }
}

fn lived(name: &str, shop: &Shop, people: &[History], from: Time, to: Time) -> Result<Vec<Figure>, String> {
    let question = Question { from, to, threshold: 3 };
    let (clock, cpu) = (Instant::now(), cpu_seconds()?);
    let (simulation, letters) = simulate(people, shop, question);
    let (clock, cpu) = (clock.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    say(&format!("{name}: {} people, {} letters in {clock:.1} s", simulation.people, letters.len()));
    #[expect(
        clippy::cast_precision_loss,
        reason = "people and days are far below the count at which a float loses one"
    )]
    let person_years = people.len() as f64 * (to - from).num_days() as f64 / 365.0;
    let figure = |what: &str, value, unit: &str| Figure::new(BENCH, format!("{name}.{what}"), value, unit);
    let all = figure("seconds", clock, "s");
    let one = figure("person_year", cpu * 1e6 / person_years, "µs CPU");
    let goals = name == "invented" && people.len() == PEOPLE;
    Ok(vec![
        if goals { all.at_most(YEAR_SECONDS) } else { all },
        if goals { one.at_most(PERSON_YEAR_MICROS) } else { one },
        figure("peak", peak_mebibytes()?, "MiB"),
    ])
}

/// What this process has used of CPUs.
fn cpu_seconds() -> Result<f64, String> {
    const TICKS: f64 = 100.0;
    let text = fs::read_to_string("/proc/self/stat").map_err(|e| format!("/proc/self/stat: {e}"))?;
    // Behind the name, which may hold anything, come the state and then numbers: the 12th and 13th are user and system time.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    Ok((ticks(11).ok_or("no user time")? + ticks(12).ok_or("no system time")?) / TICKS)
}

fn peak_mebibytes() -> Result<f64, String> {
    super::import::peak().map(|kib| kib / 1024.0)
}
