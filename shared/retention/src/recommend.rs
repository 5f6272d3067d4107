//! What is suggested to a person: things that go with what they bought, that they do not have, and that are there.

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregates::Aggregates;
use crate::ids::ProductKey;
use crate::shop::Shop;

/// What is known of a person when something is suggested to them.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'q, 'a> {
    /// What it is to go with: of an order, or of everything they bought.
    pub with: &'q [&'q ProductKey],
    /// What they have already, and what the letter is about.
    pub had: &'q BTreeSet<&'q str>,
    /// What content.toml names for a product, the best first.
    pub accessories: &'q BTreeMap<&'q ProductKey, &'a [ProductKey]>,
}

/// What goes with it, the surest first and nothing twice: accessories that the shop names, else what others bought with it, else
/// what sells best of its category, else what sells best.
pub fn recommend<'a>(asked: Asked<'_, 'a>, shop: &'a Shop, aggregates: &'a Aggregates) -> Vec<&'a ProductKey> {
    let kinds: BTreeSet<&String> = asked.with.iter().filter_map(|product| shop.categories.get(*product)).collect();
    let of_a_kind = |product: &&ProductKey| shop.categories.get(*product).is_some_and(|kind| kinds.contains(kind));
    let sellers = || aggregates.best_sellers.iter().map(|seller| &seller.product);
    let named = asked.with.iter().filter_map(|product| asked.accessories.get(product)).copied().flatten();
    let all = named.chain(bought_with(asked.with, aggregates)).chain(sellers().filter(of_a_kind)).chain(sellers());
    let mut told: BTreeSet<&ProductKey> = asked.with.iter().copied().collect();
    all.filter(|product| {
        !asked.had.contains(product.as_str()) && !aggregates.sold_out.contains(*product) && told.insert(product)
    })
    .collect()
}

/// What others bought with these: first what goes with most of them, then what stands nearest to one.
fn bought_with<'a>(with: &[&ProductKey], aggregates: &'a Aggregates) -> Vec<&'a ProductKey> {
    let mut places: BTreeMap<&ProductKey, (u32, usize)> = BTreeMap::new();
    for companions in with.iter().filter_map(|product| aggregates.bought_with.get(*product)) {
        for (place, product) in companions.iter().enumerate() {
            let known = places.entry(product).or_insert((0, place));
            *known = (known.0 + 1, known.1.min(place));
        }
    }
    let mut ranked: Vec<(&ProductKey, (u32, usize))> = places.into_iter().collect();
    ranked.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.1.1.cmp(&b.1.1)).then_with(|| a.0.cmp(b.0)));
    ranked.into_iter().map(|(product, _)| product).collect()
}
