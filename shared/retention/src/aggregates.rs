//! What the shop's own orders say about everyone: a dated snapshot, named in the reasons.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::ids::{CustomerId, ProductKey};
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

/// Builds a snapshot from orders, fed in any order.
#[derive(Debug, Default)]
pub struct Tally {
    days: BTreeMap<ProductKey, BTreeMap<CustomerId, BTreeSet<NaiveDate>>>,
    sold: BTreeMap<ProductKey, (u32, Time, String, i64)>,
    until: Time,
}

impl Tally {
    /// A tally of what was known at `until`: later orders are left out.
    pub fn until(until: Time) -> Self {
        Self { until, ..Self::default() }
    }

    /// Counts one order.
    pub fn add(&mut self, customer: &CustomerId, order: &Order) {
        if !order.counts() || order.placed_at > self.until {
            return;
        }
        let recent = self.until - order.placed_at <= TimeDelta::days(90);
        for line in order.lines.iter().filter(|l| l.quantity > 0) {
            let buyers = self.days.entry(line.product.clone()).or_default();
            buyers.entry(customer.clone()).or_default().insert(order.placed_at.date_naive());
            if recent && line.unit_minor > 0 {
                let sold = self.sold.entry(line.product.clone()).or_default();
                sold.0 += 1;
                if order.placed_at >= sold.1 {
                    (sold.1, sold.2, sold.3) = (order.placed_at, line.title.clone(), line.unit_minor);
                }
            }
        }
    }

    /// The snapshot.
    pub fn finish(self) -> Aggregates {
        let mut repeats: Vec<(ProductKey, Repeat)> =
            self.days.into_iter().filter_map(|(product, buyers)| Some((product, repeat(&buyers)?))).collect();
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

fn repeat(buyers: &BTreeMap<CustomerId, BTreeSet<NaiveDate>>) -> Option<Repeat> {
    let mut gaps = Vec::new();
    let mut customers = 0;
    for days in buyers.values().filter(|days| days.len() > 1) {
        customers += 1;
        let days: Vec<_> = days.iter().collect();
        gaps.extend(days.windows(2).map(|pair| (*pair[1] - *pair[0]).num_days()));
    }
    gaps.sort_unstable();
    let median_days = u32::try_from(*gaps.get(gaps.len() / 2)?).ok()?;
    (customers >= REPEAT_CUSTOMERS).then_some(Repeat { median_days, customers })
}
