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
