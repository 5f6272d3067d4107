//! What the shop's own orders say about everyone: a dated snapshot, named in the reasons.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::ids::ProductKey;
use crate::order::Order;
use crate::time::Time;

/// A product is a consumable when at least this many customers bought it twice.
pub const REPEAT_CUSTOMERS: u32 = 5;
/// How many products and best sellers a snapshot keeps.
const MAX_PRODUCTS: usize = 1_000;
const MAX_BEST_SELLERS: usize = 12;

/// A snapshot of aggregates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Aggregates {
    /// The last day that it covers; none before the first computation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// The products that people buy again, with the median days between two purchases.
    #[serde(default)]
    pub repeats: BTreeMap<ProductKey, Repeat>,
    /// What sold best in the last 90 days, best first.
    #[serde(default)]
    pub best_sellers: Vec<BestSeller>,
}

/// How a product is bought again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// The median gap, in days.
    pub median_days: u32,
    /// How many customers bought it on two or more days.
    pub customers: u32,
}

/// A product that sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BestSeller {
    /// Which.
    pub product: ProductKey,
    /// Its title in the newest order.
    pub title: String,
    /// Its price in the newest order, in minor units of the shop's currency.
    pub unit_minor: i64,
    /// In how many orders.
    pub orders: u32,
}

/// Builds a snapshot from orders, fed person by person in any order. It holds numbers for each product and nothing for
/// each person, so that its size does not grow with the shop.
#[derive(Debug, Default)]
pub struct Tally {
    gaps: BTreeMap<ProductKey, Gaps>,
    sold: BTreeMap<ProductKey, (u32, Time, String, i64)>,
    until: Time,
}

/// The gaps between purchases of one product.
#[derive(Debug, Default)]
struct Gaps {
    customers: u32,
    /// How often each number of days lay between two.
    days: BTreeMap<i64, usize>,
}

impl Tally {
    /// A tally of what was known at `until`: later orders are left out.
    pub fn until(until: Time) -> Self {
        Self { until, ..Self::default() }
    }

    /// Counts all orders of one person.
    pub fn add<'o>(&mut self, orders: impl IntoIterator<Item = &'o Order>) {
        let mut days: BTreeMap<&ProductKey, BTreeSet<NaiveDate>> = BTreeMap::new();
        for order in orders.into_iter().filter(|order| order.counts() && order.placed_at <= self.until) {
            let recent = self.until - order.placed_at <= TimeDelta::days(90);
            for line in order.lines.iter().filter(|l| l.quantity > 0) {
                days.entry(&line.product).or_default().insert(order.placed_at.date_naive());
                if recent && line.unit_minor > 0 {
                    let sold = self.sold.entry(line.product.clone()).or_default();
                    sold.0 += 1;
                    if order.placed_at >= sold.1 {
                        (sold.1, sold.2, sold.3) = (order.placed_at, line.title.clone(), line.unit_minor);
                    }
                }
            }
        }
        for (product, days) in days.into_iter().filter(|(_, days)| days.len() > 1) {
            let gaps = self.gaps.entry(product.clone()).or_default();
            gaps.customers += 1;
            for (earlier, later) in days.iter().zip(days.iter().skip(1)) {
                *gaps.days.entry((*later - *earlier).num_days()).or_default() += 1;
            }
        }
    }

    /// The snapshot.
    pub fn finish(self) -> Aggregates {
        let mut repeats: Vec<(ProductKey, Repeat)> =
            self.gaps.into_iter().filter_map(|(product, gaps)| Some((product, gaps.repeat()?))).collect();
        repeats.sort_by(|a, b| b.1.customers.cmp(&a.1.customers).then_with(|| a.0.cmp(&b.0)));
        repeats.truncate(MAX_PRODUCTS);
        let mut best_sellers: Vec<BestSeller> = self
            .sold
            .into_iter()
            .map(|(product, (orders, _, title, unit_minor))| BestSeller { product, title, unit_minor, orders })
            .collect();
        best_sellers.sort_by(|a, b| b.orders.cmp(&a.orders).then_with(|| a.product.cmp(&b.product)));
        best_sellers.truncate(MAX_BEST_SELLERS);
        Aggregates { date: Some(self.until.date_naive()), repeats: repeats.into_iter().collect(), best_sellers }
    }
}

impl Gaps {
    /// What they come to, if enough people bought the product again.
    fn repeat(&self) -> Option<Repeat> {
        let middle = self.days.values().sum::<usize>() / 2;
        let mut counted = 0;
        let median = self.days.iter().find(|(_, count)| {
            counted += **count;
            counted > middle
        });
        let median_days = u32::try_from(*median?.0).ok()?;
        (self.customers >= REPEAT_CUSTOMERS).then_some(Repeat { median_days, customers: self.customers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::after_sale::AfterSales;
    use crate::ids::{OrderId, SourceName};
    use crate::money::{Currency, Money};
    use crate::order::{Line, Parts, Payment, Stamp};

    fn order(day: i64, products: &[&str]) -> Order {
        let at = Time::UNIX_EPOCH + TimeDelta::days(day);
        let line = |sku: &&str| Line {
            product: ProductKey::new(sku),
            title: (*sku).to_owned(),
            variant: None,
            quantity: 1,
            unit_minor: 500,
        };
        Order {
            id: OrderId::new(&SourceName::parse("shop").unwrap(), &day.to_string()),
            number: day.to_string(),
            placed_at: at,
            stamp: Stamp { at, rank: 0, hash: String::new() },
            payment: Payment::Paid,
            cancelled_at: None,
            test: false,
            total: Money { minor: 500, currency: Currency::parse("EUR").unwrap() },
            parts: Parts::default(),
            refunded_minor: 0,
            after: AfterSales::default(),
            cart: None,
            lines: products.iter().map(line).collect(),
            fulfilled_at: None,
            codes: Vec::new(),
            history: None,
        }
    }

    #[test]
    fn a_product_is_bought_again_when_five_people_did_and_the_median_is_over_all_gaps() {
        let mut tally = Tally::until(Time::UNIX_EPOCH + TimeDelta::days(1_000));
        for gap in [10, 20, 30, 40] {
            tally.add(&[order(0, &["TEA", "POT"]), order(gap, &["TEA"]), order(gap, &["TEA"])]);
        }
        assert!(tally.repeats("TEA").is_none(), "four people");
        tally.add(&[order(0, &["TEA"]), order(50, &["TEA"]), order(150, &["TEA"]), order(2_000, &["TEA"])]);
        assert_eq!(tally.repeats("TEA"), Some(Repeat { median_days: 40, customers: 5 }), "of 10 20 30 40 50 100");
        assert!(tally.repeats("POT").is_none());
        tally.add(&[order(950, &["POT"]), order(960, &["POT"])]);
        let best: Vec<String> = tally.finish().best_sellers.into_iter().map(|best| best.title).collect();
        assert_eq!(best, ["POT"], "what sold in the last 90 days");
    }

    impl Tally {
        fn repeats(&self, product: &str) -> Option<Repeat> {
            self.gaps.get(&ProductKey::new(product))?.repeat()
        }
    }
}
