//! What went back of an order.

use retention::Money;
use retention::order::Payment;
use serde::Deserialize;

use super::price::Set;
use crate::amount::{add, scaled};
use crate::list::List;
use crate::object::Maybe;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A refund within an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct RefundItem<'a> {
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
    refunds: &List<RefundItem<'_>, MAX>,
    payment: Payment,
    total: Money,
    total_set: &Maybe<Set<'_>>,
) -> Result<i64, Unreadable> {
    let mut sum = None;
    for (index, refund) in refunds.all("refunds")?.iter().enumerate() {
        let inside = |error: Unreadable| error.inside("refunds", Some(index));
        for (index, transaction) in refund.transactions.all("transactions").map_err(inside)?.iter().enumerate() {
            if transaction.kind.text() == Some("refund") && transaction.status.text() == Some("success") {
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

impl Transaction<'_> {
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
