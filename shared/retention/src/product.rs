//! A product of the shop: what letters show of it, and what price and stock are.

use serde::{Deserialize, Serialize};

use crate::ids::{ProductId, ProductKey};
use crate::money::{Currency, Money, NotMoney};
use crate::order::Stamp;

/// A product as it stands at its newest stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Source and the source's own id.
    pub id: ProductId,
    /// Which version this is.
    pub stamp: Stamp,
    /// Whether it is sold no more: deleted, or taken off the shelf. The other fields are then what was last known, or
    /// nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// Its title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Its page: an address, or a path below the shop's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its categories, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// What can be bought of it: at least one, unless it is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
}

/// A product in one size and colour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The key under which orders name it.
    pub key: ProductKey,
    /// Size, colour and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its price now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// How many are there; none where nobody counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// Whether it can be bought now: it is in stock, or sold on order.
    pub available: bool,
}

/// A price as a source writes it: many name no currency, since a shop has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The amount, as a decimal number.
    amount: String,
    /// The currency, where it is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
}

impl Price {
    /// Reads a price: an amount, in a currency where one is named.
    pub fn parse(amount: &str, currency: Option<Currency>) -> Result<Self, NotMoney> {
        // Currencies differ in digits after the point, and two of three have none: any of them tells an amount from none.
        Money::parse(amount, currency.unwrap_or(Currency::parse("KWD")?))?;
        Ok(Self { amount: amount.trim().to_owned(), currency })
    }

    /// Whether it is less than another price by at least so many hundredths of that. Prices in two currencies, or one with a
    /// currency and one without, are not compared.
    pub fn is_less(&self, than: &Self, hundredths: i64) -> bool {
        // As above: three digits are enough for any of them.
        let any = || Currency::parse("KWD");
        let minor = |price: &Self| any().and_then(|any| Money::parse(&price.amount, any)).ok().map(|money| money.minor);
        let (Some(own), Some(other)) = (minor(self), minor(than)) else { return false };
        self.currency == than.currency && own < other && other - own >= other.saturating_mul(hundredths) / 100
    }

    /// The price as money, in the currency of the shop where none is named.
    pub fn money(&self, shop: Currency) -> Option<Money> {
        Money::parse(&self.amount, self.currency.unwrap_or(shop)).ok()
    }
}

impl Product {
    /// The most variants that are kept of one product: Shopify allows as many, and a row holds 400 kB.
    pub const MAX_VARIANTS: usize = 2_048;
    /// The most categories.
    pub const MAX_CATEGORIES: usize = 50;

    /// A product of which only is known that it is gone.
    pub fn gone(id: ProductId, stamp: Stamp) -> Self {
        Self {
            id,
            stamp,
            gone: true,
            title: String::new(),
            url: None,
            image: None,
            categories: Vec::new(),
            variants: Vec::new(),
        }
    }

    /// Whether anything of it can be bought now.
    pub fn available(&self) -> bool {
        !self.gone && self.variants.iter().any(|variant| variant.available)
    }
}
