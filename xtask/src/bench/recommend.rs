//! `cargo xtask bench recommend`: how often one of ten suggested products is in a person's next order.
//!
//! The history is cut at a day. What was ordered before it makes the aggregates, as the daily run does. Everybody who ordered
//! before it and after it is then asked once: ten products by `retention::recommend` over all that they had bought, and ten of
//! what sells best, both without what they have already. A hit is one of the ten in the first order after the cut. Invented
//! people come first: each has one planted product of a hundred, and a quarter of them buys its companion next.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cloud::store::History;
use retention::aggregates::{Aggregates, Tally};
use retention::ids::ProductKey;
use retention::order::Order;
use retention::recommend::{Asked, recommend};
use retention::{Shop, Time};

use super::figure::Figure;
use super::{crowd, say, simulate};

const BENCH: &str = "recommend";
/// So many are suggested.
const SUGGESTED: usize = 10;
/// How many people are invented.
const PEOPLE: usize = 10_000;
/// The part of the data's time before the cut, in percent.
const BEFORE: i32 = 75;

/// What `bench recommend` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The Online Retail data or a sample of it, as for `bench simulate`
    #[arg(long)]
    retail: Option<PathBuf>,
}

/// One person's orders on both sides of the cut.
struct Person {
    before: Vec<Order>,
    next: Option<Order>,
}

/// Measures it.
pub(super) fn measure(root: &Path, args: &Args) -> Result<Vec<Figure>, String> {
    let shop = shop::read(&root.join("templates")).map_err(|mistakes| mistakes.to_string())?.shop;
    let cut = simulate::day("2026-06-01")?;
    let mut figures = hits("planted", &shop, &crowd::with_companions(PEOPLE, cut), cut)?;
    if let Some(file) = &args.retail {
        let [from, to] = [simulate::day(simulate::RETAIL[0])?, simulate::day(simulate::RETAIL[1])?];
        let cut = from + (to - from) / 100 * BEFORE;
        let people: Vec<Vec<Order>> =
            simulate::retail(file, &shop)?.into_iter().map(|History { orders, .. }| orders).collect();
        figures.extend(hits("retail", &shop, &people, cut)?);
    }
    Ok(figures)
}

fn hits(name: &str, shop: &Shop, people: &[Vec<Order>], cut: Time) -> Result<Vec<Figure>, String> {
    let people: Vec<Person> = people.iter().map(|orders| cut_at(orders, cut)).collect();
    let mut tally = Tally::until(shop, cut);
    for person in &people {
        tally.add(&person.before);
    }
    let aggregates = tally.finish();
    let asked: Vec<(&Person, &Order)> = people
        .iter()
        .filter(|person| !person.before.is_empty())
        .filter_map(|person| Some((person, person.next.as_ref()?)))
        .collect();
    if asked.is_empty() {
        return Err(format!("{name}: nobody ordered before {cut} and after it"));
    }
    let (mut ours, mut theirs) = (0, 0);
    for (person, next) in &asked {
        let bought: Vec<&ProductKey> = products(&person.before).into_iter().collect();
        let in_next: BTreeSet<&ProductKey> = products(std::slice::from_ref(*next)).into_iter().collect();
        let hit =
            |with: &[&ProductKey]| suggested(with, &bought, shop, &aggregates).iter().any(|p| in_next.contains(p));
        ours += u32::from(hit(&bought));
        theirs += u32::from(hit(&[]));
    }
    let count = asked.len();
    let rate = |hits: u32| f64::from(hits) / f64::from(u32::try_from(count).unwrap_or(u32::MAX).max(1));
    say(&format!(
        "{name}: {count} people, {} products with companions, {ours} and {theirs} hits",
        aggregates.bought_with.len()
    ));
    Ok(vec![
        Figure::new(BENCH, format!("{name}: hit rate at {SUGGESTED}"), rate(ours), "part")
            .against("best sellers", rate(theirs)),
    ])
}

fn suggested<'a>(
    with: &[&ProductKey],
    had: &[&ProductKey],
    shop: &'a Shop,
    aggregates: &'a Aggregates,
) -> Vec<&'a ProductKey> {
    let had: BTreeSet<&str> = had.iter().map(|product| product.as_str()).collect();
    let asked = Asked { with, had: &had, accessories: &BTreeMap::new() };
    recommend(asked, shop, aggregates).into_iter().take(SUGGESTED).collect()
}

fn cut_at(orders: &[Order], cut: Time) -> Person {
    let counted = || orders.iter().filter(|order| order.counts());
    let before = counted().filter(|order| order.placed_at <= cut).cloned().collect();
    let next = counted().filter(|order| order.placed_at > cut).min_by_key(|order| order.placed_at).cloned();
    Person { before, next }
}

fn products(orders: &[Order]) -> BTreeSet<&ProductKey> {
    orders.iter().flat_map(|order| &order.lines).filter(|line| line.quantity > 0).map(|line| &line.product).collect()
}
