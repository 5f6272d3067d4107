//! Sums of minor units, within what money may be.

use crate::unreadable::Unreadable;

/// The largest sum that is kept, as in [`retention::money`].
const MAX_MINOR: i64 = 9_007_199_254_740_991;

/// `sum + more`, within what money may be: rows and statistics add these up again.
pub(crate) fn add(name: &str, sum: i64, more: i64) -> Result<i64, Unreadable> {
    in_range(name, sum.checked_add(more))
}

/// `unit * quantity`, within what money may be.
pub(crate) fn times(name: &str, unit: i64, quantity: i64) -> Result<i64, Unreadable> {
    in_range(name, unit.checked_mul(quantity))
}

/// `amount * numerator / denominator`, rounded half up.
pub(crate) fn scaled(name: &str, amount: i64, numerator: i64, denominator: i64) -> Result<i64, Unreadable> {
    let (amount, numerator, denominator) = (i128::from(amount), i128::from(numerator), i128::from(denominator));
    let rounded = (2 * amount * numerator + denominator).checked_div_euclid(2 * denominator);
    in_range(name, rounded.and_then(|minor| i64::try_from(minor).ok()))
}

/// How many of a line, within what is believed of one order.
pub(crate) fn quantity(name: &str, many: Option<i64>) -> Result<i64, Unreadable> {
    const MAX: i64 = 1_000_000;
    let many = many.ok_or_else(|| Unreadable::missing(name))?;
    (-MAX..=MAX).contains(&many).then_some(many).ok_or_else(|| Unreadable::field(name, "out of range"))
}

fn in_range(name: &str, minor: Option<i64>) -> Result<i64, Unreadable> {
    minor
        .filter(|minor| (-MAX_MINOR..=MAX_MINOR).contains(minor))
        .ok_or_else(|| Unreadable::field(name, "an amount out of range"))
}
