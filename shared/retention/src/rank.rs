//! Where a person stands among the shop's customers: tiers of net spend, thirds of recency, frequency and spend.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::bought::RecentOrder;
use crate::customer::Customer;
use crate::money::Money;
use crate::shop::{Shop, TIER_WINDOW, Tier};
use crate::time::{Time, later};

/// How the shop's customers fall into thirds: two bounds of each, by the orders up to the day of the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thirds {
    /// Days since the last order: up to the first bound is the best third.
    pub recency_days: [u32; 2],
    /// Orders that count: from the second bound on is the best third.
    pub orders: [u32; 2],
    /// Net spend in minor units of the shop's currency: from the second bound on is the best third.
    pub spent_minor: [i64; 2],
}

/// Recency, frequency and net spend of one person: 3 is the best third, 1 the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rfm {
    /// Recency.
    pub recency: u8,
    /// Frequency.
    pub frequency: u8,
    /// Net spend.
    pub spend: u8,
}

impl Rfm {
    /// Whether somebody who was worth much has not been seen for long.
    pub fn is_at_risk(self) -> bool {
        self.recency == 1 && self.is_valuable()
    }

    fn is_valuable(self) -> bool {
        self.frequency == 3 || self.spend == 3
    }
}

/// What money is worth in the shop's currency, in its minor units; nothing without a rate.
pub fn worth(money: Money, shop: &Shop) -> Option<i64> {
    if money.currency == shop.currency {
        return Some(money.minor);
    }
    let rate = i128::from(*shop.rates.get(&money.currency)?);
    let digits = |currency: crate::money::Currency| 10_i128.pow(currency.decimals());
    // Of the other currency's minor units to units, by the rate in millionths, to minor units of the shop's.
    let minor = i128::from(money.minor) * rate * digits(shop.currency) / (digits(money.currency) * 1_000_000);
    i64::try_from(minor).ok()
}

/// Net spend of all time in minor units of the shop's currency, as far as there are rates.
pub fn spent(customer: &Customer, shop: &Shop) -> i64 {
    customer.spent.iter().filter_map(|sum| worth(*sum, shop)).fold(0, i64::saturating_add)
}

/// Net spend of the window of tiers that ends at `end`, by the orders that the profile holds.
pub fn spent_recently(customer: &Customer, shop: &Shop, end: Time) -> i64 {
    let begins = later(end, -TIER_WINDOW);
    let within = customer.orders.iter().filter(|order| order.at > begins && order.at <= end);
    within.filter_map(|order| net(order, shop)).fold(0, i64::saturating_add)
}

fn net(order: &RecentOrder, shop: &Shop) -> Option<i64> {
    worth(order.net?, shop)
}

/// The tier that a person has at `now`, and the order by which they reached it.
pub fn tier<'s, 'c>(customer: &'c Customer, shop: &'s Shop, now: Time) -> Option<(&'s Tier, &'c RecentOrder)> {
    let spent = spent_recently(customer, shop, now);
    let tier = shop.tiers.iter().rev().find(|tier| spent >= tier.from_minor)?;
    // From the newest order back, as long as the tier held.
    let orders = customer.orders.iter().filter(|order| order.counts && order.at <= now);
    let held = orders.take_while(|order| spent_recently(customer, shop, order.at) >= tier.from_minor);
    Some((tier, held.last()?))
}

/// The next tier above the person's, and what is missing to it in minor units of the shop's currency.
pub fn next_tier<'s>(customer: &Customer, shop: &'s Shop, now: Time) -> Option<(&'s Tier, i64)> {
    let spent = spent_recently(customer, shop, now);
    let next = shop.tiers.iter().find(|tier| spent < tier.from_minor)?;
    Some((next, next.from_minor - spent))
}

/// Where a person is among the shop's customers; nothing before the first order that counts.
pub fn rfm(customer: &Customer, shop: &Shop, thirds: &Thirds, now: Time) -> Option<Rfm> {
    let last = customer.last_order()?;
    let days = (now.date_naive() - last.at.date_naive()).num_days();
    let third = |below: bool, middle: bool| if below { 3 } else { 1 + u8::from(middle) };
    let [near, far] = thirds.recency_days.map(i64::from);
    let spent = spent(customer, shop);
    Some(Rfm {
        recency: third(days <= near, days <= far),
        frequency: third(customer.order_count >= thirds.orders[1], customer.order_count >= thirds.orders[0]),
        spend: third(spent >= thirds.spent_minor[1], spent >= thirds.spent_minor[0]),
    })
}

/// How long after the last order somebody who is worth much falls into the worst third of recency.
pub fn falls_behind_after(customer: &Customer, shop: &Shop, thirds: &Thirds) -> Option<TimeDelta> {
    let last = customer.last_order()?;
    let valuable = rfm(customer, shop, thirds, last.at)?.is_valuable();
    valuable.then(|| TimeDelta::days(i64::from(thirds.recency_days[1]) + 1))
}
