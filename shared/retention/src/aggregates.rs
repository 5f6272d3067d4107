//! What the shop's own orders say about everyone: a dated snapshot, named in the reasons.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::co_purchase::Pairs;
use crate::ids::{ProductKey, hex};
use crate::money::Money;
use crate::order::Order;
use crate::rank::{self, Thirds};
use crate::shop::Shop;
use crate::time::Time;

/// A product is a consumable when at least this many customers bought it twice.
pub const REPEAT_CUSTOMERS: u32 = 5;
/// Thirds of fewer people than this say nothing.
const THIRDS_PEOPLE: usize = 30;
/// The hex digits of a revision.
const REVISION_HEX: usize = 16;
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
    /// What the buyers of a product bought beside it, the surest first.
    #[serde(default)]
    pub bought_with: BTreeMap<ProductKey, Vec<ProductKey>>,
    /// What else is suggested, as it was last sold.
    #[serde(default)]
    pub sold_last: BTreeMap<ProductKey, Sold>,
    /// What of all this was sold out on that day.
    #[serde(default)]
    pub sold_out: BTreeSet<ProductKey>,
    /// The median number of days between two orders of one person, where enough people came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_gap_days: Option<u32>,
    /// How the shop's customers fall into thirds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thirds: Option<Thirds>,
}

impl Aggregates {
    /// What of them moves occasions, as a short hash: two snapshots of the same revision decide alike. What sold best is only
    /// shown.
    pub fn revision(&self) -> String {
        let repeats: Vec<String> = self.repeats.iter().map(|(key, repeat)| format!("{key} {repeat:?}")).collect();
        let whole = format!("{repeats:?} {:?} {:?}", self.median_gap_days, self.thirds);
        hex(&Sha256::digest(whole), REVISION_HEX)
    }
}

/// A product as it was last sold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sold {
    /// Its title.
    pub title: String,
    /// Its price, in minor units of the shop's currency.
    pub unit_minor: i64,
}

impl Aggregates {
    /// Title and price of a product, as it was last sold.
    pub fn sold(&self, product: &ProductKey) -> Option<(&str, i64)> {
        let seller = self.best_sellers.iter().find(|seller| seller.product == *product);
        let sold = || self.sold_last.get(product).map(|sold| (sold.title.as_str(), sold.unit_minor));
        seller.map(|seller| (seller.title.as_str(), seller.unit_minor)).or_else(sold)
    }

    /// Every product that may be suggested.
    pub fn suggested(&self) -> BTreeSet<&ProductKey> {
        let sellers = self.best_sellers.iter().map(|seller| &seller.product);
        sellers.chain(self.bought_with.values().flatten()).collect()
    }
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
#[derive(Debug)]
pub struct Tally<'s> {
    shop: &'s Shop,
    until: Time,
    gaps: BTreeMap<ProductKey, Gaps>,
    sold: BTreeMap<ProductKey, (u32, Time, String, i64)>,
    pairs: Pairs,
    /// The gaps between the days on which one person bought anything.
    came_back: Gaps,
    recency_days: Counted<u32>,
    orders: Counted<u32>,
    /// To two digits.
    spent_minor: Counted<i64>,
}

/// How often each number came up.
#[derive(Debug, Default)]
struct Counted<N>(BTreeMap<N, usize>);

impl<N: Ord + Copy> Counted<N> {
    fn add(&mut self, number: N) {
        *self.0.entry(number).or_default() += 1;
    }

    /// The numbers at which the second and the last third begin.
    fn thirds(&self) -> Option<[N; 2]> {
        let all = self.0.values().sum::<usize>();
        let at = |nth: usize| {
            let mut counted = 0;
            let found = self.0.iter().find(|(_, count)| {
                counted += **count;
                counted > nth
            });
            found.map(|(number, _)| *number)
        };
        Some([at(all / 3)?, at(all * 2 / 3)?])
    }
}

/// A number to two digits, so that there are not as many numbers as people.
fn rounded(number: i64) -> i64 {
    let mut scale = 1;
    while number / scale >= 100 {
        scale *= 10;
    }
    number / scale * scale
}

/// The gaps between purchases of one product.
#[derive(Debug, Default)]
struct Gaps {
    customers: u32,
    /// How often each number of days lay between two.
    days: BTreeMap<i64, usize>,
}

impl<'s> Tally<'s> {
    /// A tally of what was known at `until`: later orders are left out.
    pub fn until(shop: &'s Shop, until: Time) -> Self {
        Self {
            shop,
            until,
            gaps: BTreeMap::new(),
            sold: BTreeMap::new(),
            pairs: Pairs::default(),
            came_back: Gaps::default(),
            recency_days: Counted::default(),
            orders: Counted::default(),
            spent_minor: Counted::default(),
        }
    }

    /// Counts all orders of one person.
    pub fn add<'o>(&mut self, orders: impl IntoIterator<Item = &'o Order>) {
        let mut days: BTreeMap<&ProductKey, BTreeSet<NaiveDate>> = BTreeMap::new();
        let (mut any, mut orders_count, mut spent) = (BTreeSet::new(), 0_u32, 0_i64);
        for order in orders.into_iter().filter(|order| order.counts() && order.placed_at <= self.until) {
            any.insert(order.placed_at.date_naive());
            orders_count += 1;
            let net = Money { minor: order.net_minor(), currency: order.currency() };
            spent = spent.saturating_add(rank::worth(net, self.shop).unwrap_or(0));
            let recent = self.until - order.placed_at <= TimeDelta::days(90);
            for line in order.lines.iter().filter(|l| l.quantity > 0) {
                days.entry(&line.product).or_default().insert(order.placed_at.date_naive());
                if line.unit_minor > 0 {
                    let sold = self.sold.entry(line.product.clone()).or_default();
                    sold.0 += u32::from(recent);
                    if order.placed_at >= sold.1 {
                        (sold.1, sold.2, sold.3) = (order.placed_at, line.title.clone(), line.unit_minor);
                    }
                }
            }
        }
        self.pairs.add(days.keys().copied());
        for (product, days) in days.into_iter().filter(|(_, days)| days.len() > 1) {
            self.gaps.entry(product.clone()).or_default().add(&days);
        }
        let Some(last) = any.last() else { return };
        self.recency_days.add(u32::try_from((self.until.date_naive() - *last).num_days()).unwrap_or(0));
        self.orders.add(orders_count);
        self.spent_minor.add(rounded(spent.max(0)));
        if any.len() > 1 {
            self.came_back.add(&any);
        }
    }

    /// The snapshot.
    pub fn finish(self) -> Aggregates {
        let mut repeats: Vec<(ProductKey, Repeat)> =
            self.gaps.into_iter().filter_map(|(product, gaps)| Some((product, gaps.repeat()?))).collect();
        repeats.sort_by(|a, b| b.1.customers.cmp(&a.1.customers).then_with(|| a.0.cmp(&b.0)));
        repeats.truncate(MAX_PRODUCTS);
        let bought_with = self.pairs.finish();
        let sold_last = bought_with.values().flatten().filter_map(|product| {
            let (_, _, title, unit_minor) = self.sold.get(product)?;
            Some((product.clone(), Sold { title: title.clone(), unit_minor: *unit_minor }))
        });
        let sold_last = sold_last.collect();
        let mut best_sellers: Vec<BestSeller> = self
            .sold
            .into_iter()
            .filter(|(_, (orders, ..))| *orders > 0)
            .map(|(product, (orders, _, title, unit_minor))| BestSeller { product, title, unit_minor, orders })
            .collect();
        best_sellers.sort_by(|a, b| b.orders.cmp(&a.orders).then_with(|| a.product.cmp(&b.product)));
        best_sellers.truncate(MAX_BEST_SELLERS);
        let people = self.orders.0.values().sum::<usize>();
        let thirds = || {
            let (recency_days, orders) = (self.recency_days.thirds()?, self.orders.thirds()?);
            Some(Thirds { recency_days, orders, spent_minor: self.spent_minor.thirds()? })
        };
        Aggregates {
            date: Some(self.until.date_naive()),
            repeats: repeats.into_iter().collect(),
            best_sellers,
            bought_with,
            sold_last,
            sold_out: BTreeSet::new(),
            median_gap_days: self.came_back.repeat().map(|repeat| repeat.median_days),
            thirds: (people >= THIRDS_PEOPLE).then(thirds).flatten(),
        }
    }
}

impl Gaps {
    /// Counts one person, who bought on these days.
    fn add(&mut self, days: &BTreeSet<NaiveDate>) {
        self.customers += 1;
        for (earlier, later) in days.iter().zip(days.iter().skip(1)) {
            *self.days.entry((*later - *earlier).num_days()).or_default() += 1;
        }
    }

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
