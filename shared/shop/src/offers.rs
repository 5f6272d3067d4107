//! What is offered: `offers.toml`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use retention::Money;
use retention::ids::OfferName;
use retention::money::Currency;
use retention::shop::{Gives, Offer};

use crate::duration;
use crate::localised::Localised;
use crate::table::Table;

/// What an offer is read with.
#[derive(Clone, Copy)]
pub(crate) struct Shops<'a> {
    pub(crate) currency: Option<Currency>,
    pub(crate) locale: Option<&'a str>,
}

/// The offers of a shop.
#[derive(Default)]
pub(crate) struct Offers {
    pub(crate) read: BTreeMap<OfferName, Offer>,
    /// What is given away, where an offer is a present.
    pub(crate) gifts: BTreeMap<OfferName, Localised>,
    /// The names of all, also of those that could not be read: one slip is told once.
    pub(crate) names: BTreeSet<OfferName>,
}

/// What an offer may give, as it is written.
const THINGS: &str = "`percent`, `amount`, `free_shipping = true`, `gift`, `credit` or `early_access = true`";

/// Reads `offers.toml`.
pub(crate) fn read(table: &Table<'_>, shops: Shops<'_>) -> Offers {
    let mut all = Offers::default();
    for (name, value) in table.all() {
        let key = name.then(|raw| OfferName::parse(raw).map_err(|error| error.to_string()));
        let Some(table) = value.table() else {
            name.wrong(format!("an offer is written as [{}]", name.value));
            continue;
        };
        all.names.extend(key.as_ref().map(|key| key.value.clone()));
        let read = offer(table, shops);
        if let (Some(key), Some((offer, gift))) = (key, read) {
            all.gifts.extend(gift.map(|gift| (key.value.clone(), gift)));
            all.read.insert(key.value, offer);
        }
    }
    all
}

fn offer(mut table: Table<'_>, shops: Shops<'_>) -> Option<(Offer, Option<Localised>)> {
    let code = table.needed_text("code").and_then(|text| text.then(|raw| code(raw)));
    let valid = table.needed_text("valid").and_then(|text| text.then(|raw| days(raw)));
    let amount = |raw: &str| amount(raw, shops.currency);
    let minimum = table.text("minimum").map(|text| text.then(|raw| amount(raw)));
    let percent_at = table.number("percent");
    let amount_at = table.text("amount");
    let credit_at = table.text("credit");
    let gift_at = table.value("gift");
    let free = table.flag("free_shipping").filter(|flag| flag.value);
    let early = table.flag("early_access").filter(|flag| flag.value);
    // What is there counts, also where it is wrong in itself, so that one slip is told once.
    let there = [percent_at.is_some(), amount_at.is_some(), credit_at.is_some(), gift_at.is_some()];
    let things = there.into_iter().chain([free.is_some(), early.is_some()]).filter(|there| *there).count();
    if things != 1 {
        table.wrong(format!("an offer gives one thing: {THINGS}"));
    }
    table.finish();
    let gift = gift_at.and_then(|value| Localised::read(&value, shops.locale));
    let gives = if let Some(number) = percent_at {
        number.then(|n| percent(*n)).map(|at| at.value)
    } else if let Some(text) = amount_at {
        text.then(|raw| amount(raw)).map(|at| Gives::Amount(at.value))
    } else if let Some(text) = credit_at {
        text.then(|raw| amount(raw)).map(|at| Gives::Credit(at.value))
    } else if free.is_some() {
        Some(Gives::FreeShipping)
    } else if early.is_some() {
        Some(Gives::EarlyAccess)
    } else {
        gift.as_ref().map(|_| Gives::Gift)
    };
    let minimum_minor = match minimum {
        Some(read) => Some(read?.value),
        None => None,
    };
    if things != 1 {
        return None;
    }
    Some((Offer { code: code?.value, gives: gives?, valid: valid?.value, minimum_minor }, gift))
}

fn percent(number: i64) -> Result<Gives, String> {
    let part = u8::try_from(number).ok().filter(|part| (1..=100).contains(part));
    part.map(Gives::Percent).ok_or_else(|| "`percent` is from 1 to 100".to_owned())
}

fn amount(raw: &str, currency: Option<Currency>) -> Result<i64, String> {
    let currency = currency.ok_or("an amount needs the shop's currency")?;
    let money = Money::parse(raw, currency).map_err(|error| error.to_string())?;
    if money.minor > 0 { Ok(money.minor) } else { Err("an amount is above zero".to_owned()) }
}

fn code(raw: &str) -> Result<String, String> {
    let fits =
        (3..=40).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    fits.then(|| raw.to_owned()).ok_or_else(|| "a code is 3 to 40 letters, digits, `-` and `_`".to_owned())
}

fn days(raw: &str) -> Result<TimeDelta, String> {
    let span = duration::parse(raw)?;
    if span >= TimeDelta::days(1) { Ok(span) } else { Err("an offer is valid for at least a day".to_owned()) }
}
