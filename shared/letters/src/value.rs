//! Values of a view that are no text yet: amounts and days. A helper shows them in the way of the letter's language.

use chrono::NaiveDate;
use retention::Money;
use serde::Serialize;
use serde_json::Value;

const MONEY: &str = "$money";
const CURRENCY: &str = "currency";
const DATE: &str = "$date";

/// An amount: `{{money ...}}` shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct MoneyValue {
    #[serde(rename = "$money")]
    amount: String,
    currency: String,
}

impl From<Money> for MoneyValue {
    fn from(money: Money) -> Self {
        Self { amount: money.decimal(), currency: money.currency.code().to_owned() }
    }
}

/// A day: `{{date ...}}` and `{{relative ...}}` show it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DateValue {
    #[serde(rename = "$date")]
    day: NaiveDate,
}

impl From<NaiveDate> for DateValue {
    fn from(day: NaiveDate) -> Self {
        Self { day }
    }
}

/// The amount and the code of the currency, where this is an amount.
pub(crate) fn money(value: &Value) -> Option<(&str, &str)> {
    Some((value.get(MONEY)?.as_str()?, value.get(CURRENCY)?.as_str()?))
}

/// The day, where this is one.
pub(crate) fn date(value: &Value) -> Option<NaiveDate> {
    value.get(DATE)?.as_str()?.parse().ok()
}
