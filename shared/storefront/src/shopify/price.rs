//! Amounts of Shopify: a string in the shop's currency, and beside it, in newer payloads, a set of two.

use retention::money::Currency;
use serde::Deserialize;

use crate::object::Maybe;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// One amount in the shop's currency and in the one the customer saw.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Set<'a> {
    pub(super) shop_money: Maybe<Amount<'a>>,
    pub(super) presentment_money: Maybe<Amount<'a>>,
}

/// An amount with its currency.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Amount<'a> {
    pub(super) amount: Scalar<'a>,
    pub(super) currency_code: Scalar<'a>,
}

/// The largest sum that is kept, as in [`retention::money`].
const MAX_MINOR: i64 = 9_007_199_254_740_991;

/// The field `name` in minor units of `currency`, from its set where there is one.
pub(super) fn minor(
    name: &str,
    set: &Maybe<Set<'_>>,
    plain: &Scalar<'_>,
    currency: Currency,
) -> Result<Option<i64>, Unreadable> {
    let Some(shop) = set.get().and_then(|set| set.shop_money.get()) else { return plain.minor(name, currency) };
    let read = || {
        let own = shop.currency_code.currency("currency_code")?.unwrap_or(currency);
        if own != currency {
            return Err(Unreadable::field("currency_code", "another currency than the order's"));
        }
        shop.amount.minor("amount", currency)
    };
    match read().map_err(|error| error.inside(&format!("{name}_set.shop_money"), None))? {
        Some(minor) => Ok(Some(minor)),
        None => plain.minor(name, currency),
    }
}

/// `sum + more`, within what money may be: rows and statistics add these up again.
pub(super) fn add(name: &str, sum: i64, more: i64) -> Result<i64, Unreadable> {
    in_range(name, sum.checked_add(more))
}

/// `unit * quantity`, within what money may be.
pub(super) fn times(name: &str, unit: i64, quantity: i64) -> Result<i64, Unreadable> {
    in_range(name, unit.checked_mul(quantity))
}

/// `amount * total / presented`, rounded half up: what an amount that the customer saw is in the shop's currency, by
/// the rate at which the order was placed.
pub(super) fn scaled(name: &str, amount: i64, total: i64, presented: i64) -> Result<i64, Unreadable> {
    let (amount, total, presented) = (i128::from(amount), i128::from(total), i128::from(presented));
    let rounded = (2 * amount * total + presented).checked_div_euclid(2 * presented);
    in_range(name, rounded.and_then(|minor| i64::try_from(minor).ok()))
}

fn in_range(name: &str, minor: Option<i64>) -> Result<i64, Unreadable> {
    minor
        .filter(|minor| (-MAX_MINOR..=MAX_MINOR).contains(minor))
        .ok_or_else(|| Unreadable::field(name, "an amount out of range"))
}
