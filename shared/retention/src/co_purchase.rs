//! What people buy beside a product: pairs of products that the same person bought, more often than chance would have it.
//!
//! Item-to-item co-occurrence, held against chance by the log-likelihood ratio (Dunning, "Accurate Methods for the Statistics of
//! Surprise and Coincidence", 1993): unlike a plain count it does not pair everything with what sells best, and unlike lift it
//! is not taken in by two people.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::ProductKey;

/// A pair says something from so many people on.
const MIN_PEOPLE: u32 = 3;
/// And from this ratio on: chance makes such a pair once in a thousand (chi squared, one degree of freedom).
const MIN_RATIO: f64 = 10.83;
/// So many pairs are counted at once. Beyond it those that came up least are forgotten: of a shop of any size the frequent ones
/// are found (lossy counting, Manku and Motwani 2002).
const MAX_PAIRS: usize = 200_000;
/// So many products of one person are paired: the pairs grow with their square.
const MAX_OF_A_PERSON: usize = 60;
/// How many companions of a product are kept, and of how many products.
const MAX_COMPANIONS: usize = 6;
const MAX_PRODUCTS: usize = 500;

/// Counts who bought what with what, person by person.
#[derive(Debug, Default)]
pub struct Pairs {
    people: u32,
    bought: BTreeMap<ProductKey, u32>,
    /// How many people bought both, and how often the pair may have been forgotten before.
    together: BTreeMap<(ProductKey, ProductKey), (u32, u32)>,
    forgotten: u32,
}

impl Pairs {
    /// Counts one person, by what they bought.
    pub fn add<'p>(&mut self, products: impl IntoIterator<Item = &'p ProductKey>) {
        let products: BTreeSet<&ProductKey> = products.into_iter().collect();
        if products.is_empty() {
            return;
        }
        self.people += 1;
        for product in &products {
            *self.bought.entry((*product).clone()).or_default() += 1;
        }
        let few: Vec<&ProductKey> = products.into_iter().take(MAX_OF_A_PERSON).collect();
        for (index, one) in few.iter().enumerate() {
            for other in &few[index + 1..] {
                let pair = ((*one).clone(), (*other).clone());
                self.together.entry(pair).or_insert((0, self.forgotten)).0 += 1;
            }
        }
        while self.together.len() > MAX_PAIRS {
            self.forgotten += 1;
            let floor = self.forgotten;
            self.together.retain(|_, (people, before)| *people + *before > floor);
        }
    }

    /// For each product what else its buyers bought, the surest first.
    pub fn finish(self) -> BTreeMap<ProductKey, Vec<ProductKey>> {
        let mut companions: BTreeMap<ProductKey, Vec<(f64, ProductKey)>> = BTreeMap::new();
        for ((one, other), (both, _)) in &self.together {
            let count = |product: &ProductKey| self.bought.get(product).copied().unwrap_or_default();
            let ratio = ratio(*both, count(one), count(other), self.people);
            if *both >= MIN_PEOPLE && ratio >= MIN_RATIO {
                companions.entry(one.clone()).or_default().push((ratio, other.clone()));
                companions.entry(other.clone()).or_default().push((ratio, one.clone()));
            }
        }
        let mut kept: Vec<(u32, ProductKey, Vec<ProductKey>)> = companions
            .into_iter()
            .map(|(product, mut others)| {
                others.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
                let best = others.into_iter().take(MAX_COMPANIONS).map(|(_, other)| other).collect();
                (self.bought.get(&product).copied().unwrap_or_default(), product, best)
            })
            .collect();
        // Where there are too many, those that most people bought say most.
        kept.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        kept.into_iter().take(MAX_PRODUCTS).map(|(_, product, best)| (product, best)).collect()
    }
}

/// The log-likelihood ratio of two things that `both` people of `people` bought, `one` and `other` each; nothing where they go
/// together less often than chance would have it.
fn ratio(both: u32, one: u32, other: u32, people: u32) -> f64 {
    let (both, one, other, people) = (f64::from(both), f64::from(one), f64::from(other), f64::from(people));
    if both * people <= one * other {
        return 0.0;
    }
    let neither = people - one - other + both;
    let cells = [both, one - both, other - both, neither];
    let term = |count: f64| if count > 0.0 { count * count.ln() } else { 0.0 };
    let sum = |counts: &[f64]| counts.iter().copied().map(term).sum::<f64>();
    // Twice the mutual information, in counts: G squared.
    let rows = [one, people - one];
    let columns = [other, people - other];
    2.0 * (sum(&cells) + term(people) - sum(&rows) - sum(&columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> ProductKey {
        ProductKey::new(name)
    }

    /// A thousand people who each buy three of forty products by chance; a tenth of them the planted pair beside that.
    fn planted() -> BTreeMap<ProductKey, Vec<ProductKey>> {
        let mut pairs = Pairs::default();
        let mut state = 7_u64;
        let mut dice = |sides: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % sides
        };
        for person in 0..1_000 {
            let mut bought: Vec<ProductKey> = (0..3).map(|_| key(&format!("P{}", dice(40)))).collect();
            // Everybody buys the best seller.
            bought.push(key("BEST"));
            if person % 10 == 0 {
                bought.extend([key("POT"), key("COSY")]);
            }
            pairs.add(&bought);
        }
        pairs.finish()
    }

    #[test]
    fn a_planted_pair_is_found_and_what_everybody_buys_is_paired_with_nothing() {
        let found = planted();
        assert_eq!(found[&key("POT")][0], key("COSY"));
        assert_eq!(found[&key("COSY")][0], key("POT"));
        assert!(!found.contains_key(&key("BEST")), "it goes with everything, so it says nothing");
        let by_chance =
            found.values().flatten().filter(|other| other.as_str().starts_with('P') && other.as_str() != "POT");
        assert!(
            by_chance.count() <= 4,
            "780 pairs by chance, one in a thousand of them and each told twice: {found:?}"
        );
    }

    #[test]
    fn two_people_say_nothing() {
        let mut pairs = Pairs::default();
        for person in 0..100 {
            let own = key(&format!("OWN{person}"));
            pairs.add(if person < 2 { vec![key("A"), key("B")] } else { vec![own] }.iter());
        }
        assert!(pairs.finish().is_empty());
    }

    #[test]
    fn the_ratio_is_that_of_the_paper() {
        // Dunning's table 3: "the swiss", 110 together, 2,442 and 111 apart, 29,114 neither.
        let (both, one, other) = (110, 110 + 2_442, 110 + 111);
        assert!((ratio(both, one, other, 110 + 2_442 + 111 + 29_114) - 270.72).abs() < 0.01);
        assert!(ratio(1, 50, 50, 100).abs() < f64::EPSILON);
    }
}
