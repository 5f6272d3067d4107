//! What is offered: `offers.toml`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use retention::Money;
use retention::ids::{OfferName, ProductKey};
use retention::money::Currency;
use retention::shop::{Created, Gives, Offer, Source, SourceKind, Supply};

use crate::duration;
use crate::localised::Localised;
use crate::table::{At, Table};

/// What an offer is read with.
#[derive(Clone, Copy)]
pub(crate) struct Shops<'a> {
    pub(crate) currency: Option<Currency>,
    pub(crate) locale: Option<&'a str>,
    /// Its storefronts; none where `shop.toml` could not be read.
    pub(crate) sources: Option<&'a [Source]>,
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

/// Where its codes may come from, as it is written.
const SUPPLIES: &str = "`code = \"...\"` (one for everybody), `pool = true` (codes that `regulars coupons import` brings) or \
                        `create = { source = \"...\", prefix = \"...\" }`";

/// How many codes lie ready where the shop does not say it, and how many may.
const KEEP: u32 = 200;
const MAX_KEEP: u32 = 10_000;

/// How many products an offer may be for: as many as one question to a storefront names.
const MAX_PRODUCTS: usize = 100;

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
    let valid = table.needed_text("valid").and_then(|text| text.then(|raw| days(raw)));
    let amount = |raw: &str| amount(raw, shops.currency);
    let minimum = table.text("minimum").map(|text| text.then(|raw| amount(raw)));
    let percent_at = table.number("percent");
    let amount_at = table.text("amount");
    let credit_at = table.text("credit");
    let gift_at = table.value("gift");
    let free = table.flag("free_shipping").filter(|flag| flag.value);
    let early = table.flag("early_access").filter(|flag| flag.value);
    let supply = supply(&mut table, shops);
    let products = products(&mut table);
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
    let (supply, gives, valid) = (supply?, gives?, valid?.value);
    if let Supplied::Created(_, at) = &supply
        && !matches!(gives, Gives::Percent(_) | Gives::Amount(_) | Gives::FreeShipping)
    {
        at.wrong(
            "a storefront makes codes for `percent`, `amount` and `free_shipping`: import others with `pool = true`",
        );
        return None;
    }
    Some((Offer { supply: supply.meant(), gives, valid, minimum_minor, products }, gift))
}

/// Where codes come from, and where that is written.
enum Supplied<'d> {
    Known(Supply),
    Created(Created, At<'d, &'d str>),
}

impl Supplied<'_> {
    fn meant(self) -> Supply {
        match self {
            Self::Known(supply) => supply,
            Self::Created(created, _) => Supply::Created(created),
        }
    }
}

fn supply<'d>(table: &mut Table<'d>, shops: Shops<'_>) -> Option<Supplied<'d>> {
    let code_at = table.value("code");
    let pool = table.flag("pool").filter(|flag| flag.value);
    let create_at = table.value("create");
    let there = [code_at.is_some(), pool.is_some(), create_at.is_some()];
    if there.into_iter().filter(|there| *there).count() != 1 {
        table.wrong(format!("an offer has its codes from one place: {SUPPLIES}"));
        return None;
    }
    if let Some(value) = code_at {
        return value.text()?.then(|raw| code(raw)).map(|at| Supplied::Known(Supply::Everybody(at.value)));
    }
    let Some(create_at) = create_at else { return Some(Supplied::Known(Supply::Pool)) };
    let Some(create) = create_at.table() else {
        create_at.wrong("`create` is written as { source = \"...\", prefix = \"...\" }");
        return None;
    };
    created(create, shops)
}

fn created<'d>(mut table: Table<'d>, shops: Shops<'_>) -> Option<Supplied<'d>> {
    let source_at = table.needed_text("source");
    let prefix = table.needed_text("prefix").and_then(|text| text.then(|raw| prefix(raw)));
    let keep_at = table.number("keep");
    table.finish();
    let keep = match keep_at {
        Some(number) => number.then(|n| keep(*n))?.value,
        None => KEEP,
    };
    let source_at = source_at?;
    let sources = shops.sources?;
    let Some(source) = sources.iter().find(|source| source.name.as_str() == source_at.value) else {
        source_at.unknown("source", sources.iter().map(|source| source.name.as_str()));
        return None;
    };
    if !matches!(source.kind, SourceKind::Shopify | SourceKind::WooCommerce) {
        source_at.wrong(format!(
            "codes are made at Shopify and WooCommerce, and this is {}: import codes with `pool = true`",
            source.kind.name()
        ));
        return None;
    }
    if source.store.is_none() {
        source_at.wrong("this source has no `store` in shop.toml, and cannot be asked");
        return None;
    }
    let created = Created { source: source.name.clone(), prefix: prefix?.value, keep };
    Some(Supplied::Created(created, source_at))
}

fn products(table: &mut Table<'_>) -> BTreeSet<ProductKey> {
    let read = table.texts("products");
    if let Some(first) = read.get(MAX_PRODUCTS) {
        first.wrong(format!("an offer is for at most {MAX_PRODUCTS} products, or for all"));
    }
    let keys = read.into_iter().filter_map(|text| {
        let key = text.then(|raw| {
            if raw.trim().is_empty() { Err("a product is its SKU".to_owned()) } else { Ok(ProductKey::new(raw)) }
        });
        key.map(|at| at.value)
    });
    keys.collect()
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
    if is_code(raw) { Ok(raw.to_owned()) } else { Err(NOT_A_CODE.to_owned()) }
}

/// What a code looks like, for those who wrote another.
pub const NOT_A_CODE: &str = "a code is 3 to 40 letters, digits, `-` and `_`";

/// Whether this can be a code of a coupon.
pub fn is_code(raw: &str) -> bool {
    (3..=40).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn prefix(raw: &str) -> Result<String, String> {
    let fits = (2..=20).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    fits.then(|| raw.to_owned()).ok_or_else(|| "a prefix is 2 to 20 capital letters and digits".to_owned())
}

fn keep(number: i64) -> Result<u32, String> {
    let keep = u32::try_from(number).ok().filter(|keep| (10..=MAX_KEEP).contains(keep));
    keep.ok_or_else(|| format!("`keep` is from 10 to {MAX_KEEP}"))
}

fn days(raw: &str) -> Result<TimeDelta, String> {
    let span = duration::parse(raw)?;
    if span >= TimeDelta::days(1) { Ok(span) } else { Err("an offer is valid for at least a day".to_owned()) }
}
