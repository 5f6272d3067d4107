//! What went back of an order.

use retention::Money;
use retention::after_sale::{AfterSale, Refund};
use retention::event::{Entity, Event, Person};
use retention::ids::OrderId;
use retention::order::Payment;
use serde::Deserialize;

use super::price::Set;
use crate::amount::{add, scaled};
use crate::heard::Heard;
use crate::list::List;
use crate::object::Maybe;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A refund: the body of its topic, and within an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct RefundBody<'a> {
    id: Scalar<'a>,
    order_id: Scalar<'a>,
    created_at: Scalar<'a>,
    transactions: List<Transaction<'a>, 100>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Transaction<'a> {
    kind: Scalar<'a>,
    status: Scalar<'a>,
    amount: Scalar<'a>,
    currency: Scalar<'a>,
}

/// What went back, in minor units of the total's currency.
pub(super) fn refunded_minor<const MAX: usize>(
    refunds: &List<RefundBody<'_>, MAX>,
    payment: Payment,
    total: Money,
    total_set: &Maybe<Set<'_>>,
) -> Result<i64, Unreadable> {
    let mut sum = None;
    for (index, refund) in refunds.all("refunds")?.iter().enumerate() {
        let inside = |error: Unreadable| error.inside("refunds", Some(index));
        for (index, transaction) in refund.transactions.all("transactions").map_err(inside)?.iter().enumerate() {
            if transaction.went_back() {
                let minor = transaction.minor(total, total_set);
                let minor = minor.map_err(|error| inside(error.inside("transactions", Some(index))))?;
                sum = Some(add("refunds", sum.unwrap_or(0), minor)?);
            }
        }
    }
    // An order that went back whole, without its transactions: the status says how much.
    let whole = if payment == Payment::Refunded { total.minor } else { 0 };
    Ok(sum.unwrap_or(whole).max(0))
}

/// Reads the body of the refund topic. `None` where no money went back: goods alone, or a payment that did not go through.
pub(super) fn event(body: &RefundBody<'_>, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
    let order = body.order_id.id("order_id")?.ok_or_else(|| Unreadable::missing("order_id"))?;
    let id = body.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
    let at = body.created_at.time("created_at")?.ok_or_else(|| Unreadable::missing("created_at"))?;
    let mut sum: Option<Money> = None;
    for (index, transaction) in body.transactions.all("transactions")?.iter().enumerate() {
        let inside = |error: Unreadable| error.inside("transactions", Some(index));
        if !transaction.went_back() {
            continue;
        }
        let currency = transaction.currency.currency("currency").map_err(inside)?;
        let currency = currency.ok_or_else(|| inside(Unreadable::missing("currency")))?;
        let minor = transaction.amount.minor("amount", currency).map_err(inside)?;
        let minor = minor.ok_or_else(|| inside(Unreadable::missing("amount")))?;
        let so_far = sum.map_or(0, |sum| sum.minor);
        if sum.is_some_and(|sum| sum.currency != currency) {
            return Err(inside(Unreadable::field("currency", "another currency than the refund's")));
        }
        sum = Some(Money { minor: add("transactions", so_far, minor)?, currency });
    }
    Ok(sum.map(|money| Event {
        person: Person::at(heard.source.clone()),
        statements: Vec::new(),
        entity: Entity::AfterSale(
            OrderId::new(heard.source, &order),
            Box::new(AfterSale::Refund(Refund { id, at, money })),
        ),
    }))
}

impl RefundBody<'_> {
    /// The refund as it stands in its order, in the order's currency. `None` for one without an id and a time, as very old
    /// payloads have it: the order's sum says what went back.
    pub(super) fn within(&self, total: Money, total_set: &Maybe<Set<'_>>) -> Result<Option<Refund>, Unreadable> {
        let (Some(id), Some(at)) = (self.id.id("id")?, self.created_at.time("created_at")?) else { return Ok(None) };
        let mut sum = None;
        for (index, transaction) in self.transactions.all("transactions")?.iter().enumerate() {
            if transaction.went_back() {
                let minor = transaction.minor(total, total_set);
                let minor = minor.map_err(|error| error.inside("transactions", Some(index)))?;
                sum = Some(add("transactions", sum.unwrap_or(0), minor)?);
            }
        }
        Ok(sum.map(|minor| Refund { id, at, money: Money { minor, currency: total.currency } }))
    }
}

impl Transaction<'_> {
    /// Whether money went back by it.
    fn went_back(&self) -> bool {
        self.kind.text() == Some("refund") && self.status.text() == Some("success")
    }

    /// The amount in the order's currency. The money goes back in the currency that the customer saw.
    fn minor(&self, total: Money, total_set: &Maybe<Set<'_>>) -> Result<i64, Unreadable> {
        let currency = self.currency.currency("currency")?.unwrap_or(total.currency);
        let minor = self.amount.minor("amount", currency)?.ok_or_else(|| Unreadable::missing("amount"))?;
        if currency == total.currency {
            return Ok(minor);
        }
        let seen = total_set.get().and_then(|set| set.presentment_money.get());
        let seen = seen.filter(|seen| seen.currency_code.currency("currency_code") == Ok(Some(currency)));
        let presented = seen.map(|seen| seen.amount.minor("amount", currency)).transpose()?.flatten();
        match presented {
            // By the rate at which the order was placed.
            Some(presented) if presented > 0 => scaled("amount", minor, total.minor, presented),
            _ => Err(Unreadable::field("currency", "neither the order's currency nor the one its customer saw")),
        }
    }
}
