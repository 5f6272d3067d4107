//! An order, normalised over the storefronts, and when one version of it is newer than another.

use serde::{Deserialize, Serialize};

use crate::after_sale::AfterSales;
use crate::ids::{CartId, OrderId, ProductKey};
use crate::money::{Currency, Money};
use crate::time::{Time, millis, millis_option};

/// How far the payment of an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Nothing yet: bank transfer, cash on delivery, an unfinished payment.
    Pending,
    /// The money is reserved.
    Authorised,
    /// The money is there.
    Paid,
    /// Part of it went back.
    PartlyRefunded,
    /// All of it went back.
    Refunded,
    /// The reservation was given up: nobody paid.
    Voided,
}

/// When a version of an entity was written at its source, and what tells two versions of one second apart.
///
/// The derived order is the rule: a later time, or at the same time a higher rank, then the content hash. Stamps are
/// whole seconds at most storefronts, and two changes in one second both count, in any order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// The source's own time of change.
    #[serde(with = "millis")]
    pub at: Time,
    /// Progress of status: paid after pending, fulfilled after paid, cancelled last.
    pub rank: u8,
    /// Hash of the body it was read from.
    pub hash: String,
}

/// One line of an order. A quantity below zero is a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What was bought, in the terms in which it would be bought again.
    pub product: ProductKey,
    /// Its title at the time.
    pub title: String,
    /// Variant, size or colour, where the source names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// How many; below zero for a return.
    pub quantity: i64,
    /// Price of one, in minor units of the order's currency.
    pub unit_minor: i64,
}

/// The parts of an order's total, where the source names them, in minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Parts {
    /// Sum of the lines after discounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtotal: Option<i64>,
    /// Discounts, as a positive number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<i64>,
    /// Shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<i64>,
    /// Taxes, whether included or on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<i64>,
}

/// An order as it stands at its newest stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Source and the source's own id.
    pub id: OrderId,
    /// The number that the customer knows, such as `#1001`.
    pub number: String,
    /// When the source processed it: orders imported into a storefront fire live webhooks, with old times here.
    #[serde(with = "millis")]
    pub placed_at: Time,
    /// Which version this is.
    pub stamp: Stamp,
    /// How far the payment is.
    pub payment: Payment,
    /// When it was cancelled.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Time>,
    /// A test order of the shop's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// What the customer pays.
    pub total: Money,
    /// The parts of the total.
    #[serde(default)]
    pub parts: Parts,
    /// What went back by the order's own word, in minor units.
    #[serde(default)]
    pub refunded_minor: i64,
    /// What happened to it since.
    #[serde(default)]
    pub after: AfterSales,
    /// The cart that it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart: Option<CartId>,
    /// What was ordered.
    pub lines: Vec<Line>,
    /// When all of it had left the shop.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub fulfilled_at: Option<Time>,
    /// Discount codes used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// The moment of the import that brought it, for an order of the past. Steps due up to then are put to rest.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub history: Option<Time>,
}

impl Order {
    /// The most lines that are kept of one order: a row holds 400 kB, and nobody reads a longer letter.
    pub const MAX_LINES: usize = 500;

    /// Whether the order counts, for statistics and triggers: paid or authorised, not cancelled, not a test, and its
    /// total above zero. A later refund lowers net spend, never the count.
    pub fn counts(&self) -> bool {
        let money = !matches!(self.payment, Payment::Pending | Payment::Voided);
        money && self.cancelled_at.is_none() && !self.test && self.total.minor > 0
    }

    /// Whether this is a credit note: it lowers net spend and the products' counts, and is no order.
    pub fn is_return(&self) -> bool {
        self.total.minor < 0 && !self.test && self.cancelled_at.is_none()
    }

    /// What the order adds to net spend, in minor units.
    pub fn net_minor(&self) -> i64 {
        if self.counts() || self.is_return() { self.total.minor - self.refunded() } else { 0 }
    }

    /// What went back, in minor units: by the order's own word or by its refunds, whichever knows of more. Each of them may
    /// be older than the other.
    pub fn refunded(&self) -> i64 {
        self.refunded_minor.max(self.after.refunded_minor(self.currency()))
    }

    /// The order's currency.
    pub fn currency(&self) -> Currency {
        self.total.currency
    }

    /// The rank of a version by the progress of its status, for [`Stamp`].
    pub fn rank(payment: Payment, fulfilled: bool, cancelled: bool) -> u8 {
        payment as u8 + if fulfilled { 10 } else { 0 } + if cancelled { 20 } else { 0 }
    }
}
