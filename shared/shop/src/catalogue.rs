//! What is sold and what is offered: `content.toml` and `offers.toml`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use retention::Money;
use retention::ids::{OfferName, ProductKey};
use retention::money::Currency;
use retention::shop::{Gives, Offer};

use crate::brand::one_line;
use crate::duration;
use crate::table::{At, Table};
use crate::url::{host_of, https};

/// What the shop says of a product beyond what orders say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductContent {
    /// Its title; else that of the newest order.
    pub title: Option<String>,
    /// One line about it.
    pub blurb: Option<String>,
    /// Its page; else the storefront.
    pub url: Option<String>,
    /// Its picture; else a tile set in type.
    pub image: Option<Image>,
    /// How to care for it, or to use it; may have several lines.
    pub care: Option<String>,
}

/// A picture with the words for those who do not see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Where it lies: https, on a host of the shop's.
    pub url: String,
    /// What it shows.
    pub alt: String,
}

/// What `content.toml` says, by product.
#[derive(Debug, Default)]
pub(crate) struct Products {
    pub(crate) content: BTreeMap<ProductKey, ProductContent>,
    pub(crate) days_of_supply: BTreeMap<ProductKey, u32>,
    pub(crate) categories: BTreeMap<ProductKey, String>,
}

impl Products {
    /// Those of whose care something is said.
    pub(crate) fn cared_for(&self) -> BTreeSet<ProductKey> {
        self.content.iter().filter(|(_, content)| content.care.is_some()).map(|(key, _)| key.clone()).collect()
    }
}

/// The longest text about the care of a product, in bytes.
const MAX_CARE: usize = 4_000;

/// The longest time one unit of a product may last.
const MAX_DAYS_OF_SUPPLY: i64 = 1_000;

/// Reads `content.toml`.
pub(crate) fn read_content(mut content: Table<'_>, hosts: &[String]) -> Products {
    let mut products = Products::default();
    for (name, value) in content.table("product").map(|table| table.all()).unwrap_or_default() {
        let Some(mut table) = value.table() else {
            name.wrong(format!("a product is written as [product.\"{}\"]", name.value));
            continue;
        };
        let key = ProductKey::new(name.value);
        if key.as_str() != name.value || key.as_str().is_empty() {
            name.wrong("a product is named by its SKU, as in its orders");
        }
        if let Some(days) = table.number("days_of_supply") {
            match u32::try_from(days.value).ok().filter(|d| (1..=MAX_DAYS_OF_SUPPLY).contains(&i64::from(*d))) {
                Some(count) => drop(products.days_of_supply.insert(key.clone(), count)),
                None => days.wrong(format!("`days_of_supply` is from 1 to {MAX_DAYS_OF_SUPPLY}")),
            }
        }
        let url = table.text("url").and_then(|text| text.then(|raw| https(raw)));
        if let Some(url) = &url {
            check_host(url, &url.value, hosts);
        }
        let image = table.table("image").and_then(Image::read);
        if let Some(image) = &image {
            image.check_host(hosts);
        }
        let content = ProductContent {
            title: table.text("title").as_ref().and_then(one_line),
            blurb: table.text("blurb").as_ref().and_then(one_line),
            url: url.map(|at| at.value),
            image: image.map(|at| at.value),
            care: table.text("care").and_then(|text| text.then(|raw| care(raw))).map(|at| at.value),
        };
        let category = table.text("category").as_ref().and_then(one_line);
        products.categories.extend(category.filter(|name| !name.is_empty()).map(|name| (key.clone(), name)));
        table.finish();
        products.content.insert(key, content);
    }
    content.finish();
    products
}

fn care(raw: &str) -> Result<String, String> {
    let text = raw.trim();
    if text.is_empty() {
        return Err("this text is empty".to_owned());
    }
    if text.len() > MAX_CARE { Err(format!("this is at most {MAX_CARE} bytes long")) } else { Ok(text.to_owned()) }
}

/// Offers by name, and the names of all, also of those that could not be read: one slip is told once.
pub(crate) type Offers = (BTreeMap<OfferName, Offer>, BTreeSet<OfferName>);

/// Reads `offers.toml`.
pub(crate) fn read_offers(offers: &Table<'_>, currency: Option<Currency>) -> Offers {
    let (mut all, mut names) = Offers::default();
    for (name, value) in offers.all() {
        let key = name.then(|raw| OfferName::parse(raw).map_err(|error| error.to_string()));
        let Some(table) = value.table() else {
            name.wrong(format!("an offer is written as [{}]", name.value));
            continue;
        };
        names.extend(key.as_ref().map(|key| key.value.clone()));
        if let (Some(key), Some(offer)) = (key, offer(table, currency)) {
            all.insert(key.value, offer);
        }
    }
    (all, names)
}

fn offer(mut table: Table<'_>, currency: Option<Currency>) -> Option<Offer> {
    let code = table.needed_text("code").and_then(|text| text.then(|raw| code(raw)));
    let percent_at = table.number("percent");
    let amount_at = table.text("amount");
    let free = table.flag("free_shipping").filter(|flag| flag.value);
    let valid = table.needed_text("valid").and_then(|text| text.then(|raw| days(raw)));
    // What is there counts, also where it is wrong in itself, so that one slip is told once.
    let things = usize::from(percent_at.is_some()) + usize::from(amount_at.is_some()) + usize::from(free.is_some());
    if things != 1 {
        table.wrong("an offer gives one thing: `percent`, `amount` or `free_shipping = true`");
    }
    let percent = percent_at.and_then(|number| number.then(|n| percent(*n)));
    let amount = amount_at.and_then(|text| text.then(|raw| amount(raw, currency)));
    table.finish();
    let gives = percent.or(amount).map_or(Gives::FreeShipping, |at| at.value);
    (things == 1).then_some(Offer { code: code?.value, gives, valid: valid?.value })
}

fn percent(number: i64) -> Result<Gives, String> {
    let part = u8::try_from(number).ok().filter(|part| (1..=100).contains(part));
    part.map(Gives::Percent).ok_or_else(|| "`percent` is from 1 to 100".to_owned())
}

fn amount(raw: &str, currency: Option<Currency>) -> Result<Gives, String> {
    let currency = currency.ok_or("an amount needs the shop's currency")?;
    let money = Money::parse(raw, currency).map_err(|error| error.to_string())?;
    if money.minor > 0 { Ok(Gives::Amount(money.minor)) } else { Err("an amount is above zero".to_owned()) }
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

impl Image {
    /// Reads a picture; reported where its words are missing.
    pub(crate) fn read(mut table: Table<'_>) -> Option<At<'_, Image>> {
        let url = table.needed_text("url").and_then(|text| text.then(|raw| https(raw)));
        let alt = table.needed_text("alt").as_ref().and_then(one_line);
        table.finish();
        let alt = alt?;
        url?.then(|url| Ok(Image { url: url.clone(), alt }))
    }
}

impl At<'_, Image> {
    /// Reports a picture that lies elsewhere than on the shop's hosts.
    pub(crate) fn check_host(&self, hosts: &[String]) {
        check_host(self, &self.value.url, hosts);
    }
}

fn check_host<T>(at: &At<'_, T>, url: &str, hosts: &[String]) {
    let host = host_of(url).unwrap_or_default();
    if !hosts.iter().any(|known| known == host) {
        at.wrong(format!("`{host}` is not a host of this shop: add it to `hosts` in shop.toml"));
    }
}
