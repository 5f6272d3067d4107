//! What a profile keeps of orders: each in short, the news of them, and the products that were bought.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::flow::Status;
use crate::ids::{OrderId, ProductKey};
use crate::money::Money;
use crate::time::{Time, later, millis, millis_option};

/// An order in the profile: what triggers, exits and gaps need of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentOrder {
    /// Which.
    pub id: OrderId,
    /// When it was placed.
    #[serde(with = "millis")]
    pub at: Time,
    /// Whether it counts; exits look at the others too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts: bool,
    /// Whether money went back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refunded: bool,
    /// What it adds to net spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net: Option<Money>,
    /// When its first parcel left.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub shipped_at: Option<Time>,
    /// When all of it had left.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub fulfilled_at: Option<Time>,
    /// When its last parcel was handed over.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Time>,
    /// The moment of the import that brought it.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub history: Option<Time>,
}

/// Something that happened to an order, and that a letter may tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// To which order.
    pub order: OrderId,
    /// What.
    pub status: Status,
    /// To which parcel, refund or return of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// When.
    #[serde(with = "millis")]
    pub at: Time,
    /// The moment of the import that brought the order.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub history: Option<Time>,
}

/// A product that the person bought, for replenishment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    /// Which.
    pub product: ProductKey,
    /// In how many orders.
    pub orders: u32,
    /// How many in all, returns taken off.
    pub units: i64,
    /// The first purchase.
    #[serde(with = "millis")]
    pub first_at: Time,
    /// The last two purchases, newest first: the second stands in when the first is cancelled.
    pub last: Vec<Purchase>,
}

/// One purchase of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// In which order.
    pub order: OrderId,
    /// When it was placed.
    #[serde(with = "millis")]
    pub at: Time,
    /// When it left the shop.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub fulfilled_at: Option<Time>,
    /// How many.
    pub units: i64,
    /// The moment of the import that brought it.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub history: Option<Time>,
}

impl RecentOrder {
    /// When it was delivered, or will have been: shipped, and the usual days on the way.
    pub fn delivered(&self, transit: TimeDelta) -> Option<Time> {
        self.delivered_at.or(self.shipped_at.map(|at| later(at, transit)))
    }
}

impl Bought {
    /// Keeps the last two purchases, newest first.
    pub(crate) fn keep_last(&mut self) {
        self.last.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.order.cmp(&a.order)));
        self.last.truncate(2);
    }

    /// The customer's own gap between purchases of this product: known from the second purchase on.
    pub fn own_gap(&self) -> Option<TimeDelta> {
        let last = self.last.first()?;
        let gaps = i32::try_from(self.orders).ok()?.checked_sub(1).filter(|n| *n > 0)?;
        Some((last.at - self.first_at) / gaps)
    }
}
