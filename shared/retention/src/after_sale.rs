//! What happens to an order after it was placed: refunds, parcels, returns. Each has a clock of its own, and any of them
//! may arrive before the order itself.
//!
//! Every join here is commutative, associative and idempotent, so that the order of arrival cannot matter.

use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money};
use crate::order::Stamp;
use crate::time::{Time, millis, millis_option};

/// One thing that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterSale {
    /// Money went back.
    Refund(Refund),
    /// A parcel, or what a carrier says of it.
    Fulfilment(Fulfilment),
    /// Goods come back.
    Return(Return),
}

/// Money that went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The source's own id.
    pub id: String,
    /// When it went back.
    #[serde(with = "millis")]
    pub at: Time,
    /// How much, as a positive amount.
    pub money: Money,
}

/// A parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fulfilment {
    /// The source's own id.
    pub id: String,
    /// The newest version of the parcel's own entity; none while only a carrier has spoken of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
    /// Whether the shop took it back before it left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelled: bool,
    /// How to follow it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracking: Vec<Tracking>,
    /// When it left the shop.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub shipped_at: Option<Time>,
    /// When it was on the last van.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub out_for_delivery_at: Option<Time>,
    /// When it was handed over.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Time>,
    /// When a carrier first said that it is late, or could not be handed over.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub delayed_at: Option<Time>,
}

/// How to follow a parcel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tracking {
    /// The carrier's number.
    pub number: String,
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Where to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// How far a return has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnState {
    /// The customer asked for it.
    Requested,
    /// The shop agreed.
    Approved,
    /// The shop said no.
    Declined,
    /// The goods are back.
    Received,
}

/// Goods that come back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Return {
    /// When it came to this; a later state holds.
    #[serde(with = "millis")]
    pub at: Time,
    /// How far it is.
    pub state: ReturnState,
    /// The source's own id.
    pub id: String,
}

/// All that happened to one order, each thing once, by id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AfterSales {
    /// Money that went back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<Refund>,
    /// Parcels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fulfilments: Vec<Fulfilment>,
    /// Goods that come back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<Return>,
}

impl Fulfilment {
    /// A parcel of which nothing but the id is known.
    pub fn new(id: String) -> Self {
        Self {
            id,
            stamp: None,
            cancelled: false,
            tracking: Vec::new(),
            shipped_at: None,
            out_for_delivery_at: None,
            delivered_at: None,
            delayed_at: None,
        }
    }

    /// Takes in another report of the same parcel: its entity by the newer stamp, and of each moment the first report.
    fn join(&mut self, other: &Self) {
        if other.stamp > self.stamp {
            self.stamp.clone_from(&other.stamp);
            self.cancelled = other.cancelled;
            self.tracking.clone_from(&other.tracking);
        }
        first(&mut self.shipped_at, other.shipped_at);
        first(&mut self.out_for_delivery_at, other.out_for_delivery_at);
        first(&mut self.delivered_at, other.delivered_at);
        first(&mut self.delayed_at, other.delayed_at);
    }
}

fn first(known: &mut Option<Time>, other: Option<Time>) {
    *known = match (*known, other) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}

impl AfterSales {
    /// How many refunds, parcels and returns of one order are kept.
    pub const MAX: usize = 200;

    /// Takes in one thing.
    pub fn hear(&mut self, heard: &AfterSale) {
        match heard {
            AfterSale::Refund(refund) => self.hear_refund(refund),
            AfterSale::Fulfilment(parcel) => self.hear_fulfilment(parcel),
            AfterSale::Return(goods) => self.hear_return(goods),
        }
    }

    /// Takes in all that is known elsewhere of the same order.
    pub fn join(&mut self, other: &Self) {
        other.refunds.iter().for_each(|refund| self.hear_refund(refund));
        other.fulfilments.iter().for_each(|parcel| self.hear_fulfilment(parcel));
        other.returns.iter().for_each(|goods| self.hear_return(goods));
    }

    /// What went back in `currency`, in minor units.
    pub fn refunded_minor(&self, currency: Currency) -> i64 {
        let of_currency = self.refunds.iter().filter(|refund| refund.money.currency == currency);
        of_currency.fold(0, |sum: i64, refund| sum.saturating_add(refund.money.minor))
    }

    /// What of it had happened at `at`.
    #[must_use]
    pub fn until(&self, at: Time) -> Self {
        let past = |time: Option<Time>| time.filter(|time| *time <= at);
        let mut then = self.clone();
        then.refunds.retain(|refund| refund.at <= at);
        then.returns.retain(|goods| goods.at <= at);
        for parcel in &mut then.fulfilments {
            parcel.shipped_at = past(parcel.shipped_at);
            parcel.out_for_delivery_at = past(parcel.out_for_delivery_at);
            parcel.delivered_at = past(parcel.delivered_at);
            parcel.delayed_at = past(parcel.delayed_at);
        }
        let known = |parcel: &Fulfilment| {
            [parcel.shipped_at, parcel.out_for_delivery_at, parcel.delivered_at, parcel.delayed_at]
                .iter()
                .any(Option::is_some)
        };
        then.fulfilments.retain(known);
        then
    }

    /// When money last went back.
    pub fn last_refund_at(&self) -> Option<Time> {
        self.refunds.iter().map(|refund| refund.at).max()
    }

    fn hear_refund(&mut self, refund: &Refund) {
        let newer = |r: &Refund| (r.at, r.money.minor, r.money.currency);
        match self.refunds.binary_search_by(|known| known.id.cmp(&refund.id)) {
            Ok(at) if newer(refund) > newer(&self.refunds[at]) => self.refunds[at].clone_from(refund),
            Err(at) if self.refunds.len() < Self::MAX => self.refunds.insert(at, refund.clone()),
            Ok(_) | Err(_) => {}
        }
    }

    fn hear_fulfilment(&mut self, parcel: &Fulfilment) {
        match self.fulfilments.binary_search_by(|known| known.id.cmp(&parcel.id)) {
            Ok(at) => self.fulfilments[at].join(parcel),
            Err(at) if self.fulfilments.len() < Self::MAX => self.fulfilments.insert(at, parcel.clone()),
            Err(_) => {}
        }
    }

    fn hear_return(&mut self, goods: &Return) {
        match self.returns.binary_search_by(|known| known.id.cmp(&goods.id)) {
            Ok(at) if *goods > self.returns[at] => self.returns[at].clone_from(goods),
            Err(at) if self.returns.len() < Self::MAX => self.returns.insert(at, goods.clone()),
            Ok(_) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{days, later};

    fn day(n: i64) -> Time {
        later(Time::UNIX_EPOCH, days(n))
    }

    fn refund(id: &str, at: i64, minor: i64) -> AfterSale {
        let money = Money { minor, currency: Currency::parse("EUR").unwrap() };
        AfterSale::Refund(Refund { id: id.to_owned(), at: day(at), money })
    }

    fn entity(at: i64, hash: &str, number: &str) -> AfterSale {
        AfterSale::Fulfilment(Fulfilment {
            stamp: Some(Stamp { at: day(at), rank: 0, hash: hash.to_owned() }),
            shipped_at: Some(day(at)),
            tracking: vec![Tracking { number: number.to_owned(), carrier: None, url: None }],
            ..Fulfilment::new("7".to_owned())
        })
    }

    fn delivered(at: i64) -> AfterSale {
        AfterSale::Fulfilment(Fulfilment { delivered_at: Some(day(at)), ..Fulfilment::new("7".to_owned()) })
    }

    /// Every order of arrival, by Heap's algorithm.
    fn permutations(items: &mut Vec<AfterSale>, k: usize, see: &mut impl FnMut(&[AfterSale])) {
        if k <= 1 {
            return see(items);
        }
        for i in 0..k {
            permutations(items, k - 1, see);
            items.swap(if k.is_multiple_of(2) { i } else { 0 }, k - 1);
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let back = |state, at| AfterSale::Return(Return { at: day(at), state, id: "r".to_owned() });
        let mut items = vec![
            refund("a", 3, 500),
            refund("b", 4, 100),
            entity(2, "x", "OLD"),
            entity(5, "y", "NEW"),
            delivered(9),
            delivered(8),
            back(ReturnState::Requested, 10),
            back(ReturnState::Received, 10),
        ];
        let count = items.len();
        let mut seen: Option<AfterSales> = None;
        permutations(&mut items, count, &mut |items| {
            let mut sales = AfterSales::default();
            for item in items {
                sales.hear(item);
            }
            let twice = {
                let mut twice = sales.clone();
                twice.join(&sales);
                twice
            };
            assert_eq!(twice, sales);
            assert_eq!(seen.get_or_insert_with(|| sales.clone()), &sales);
        });
        let sales = seen.unwrap();
        assert_eq!(sales.refunded_minor(Currency::parse("EUR").unwrap()), 600);
        let parcel = &sales.fulfilments[0];
        assert_eq!((parcel.tracking[0].number.as_str(), parcel.shipped_at), ("NEW", Some(day(2))));
        assert_eq!(parcel.delivered_at, Some(day(8)));
        assert_eq!(sales.returns[0].state, ReturnState::Received);
    }
}
