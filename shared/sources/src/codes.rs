//! Codes of coupons that are made at a storefront: Shopify and WooCommerce.
//!
//! Each may be used once and does not end: how long it is good counts from the letter that carries it, which is written
//! long after the code. A code that is there already is no error, so that the same codes may be asked for again after an
//! answer that was lost.

use retention::Time;
use retention::money::Currency;
use retention::shop::Gives;

use crate::access::Access;
use crate::client::Client;
use crate::error::SourceError;
use crate::{shopify, woocommerce};

/// How many codes one question makes at most: WooCommerce takes a hundred, Shopify more.
pub const MAX_CODES: usize = 100;

/// What codes are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What the storefront lists them under.
    pub title: String,
    /// What they give: a percentage, an amount or free shipping.
    pub gives: Gives,
    /// The currency of amounts.
    pub currency: Currency,
    /// What a basket has to come to, in minor units.
    pub minimum_minor: Option<i64>,
    /// The storefront's own ids of the products that they are for; none: everything.
    pub products: Vec<String>,
}

impl Client {
    /// Makes codes at the storefront, [`MAX_CODES`] at most. `first` is the first code that was ever made of these terms:
    /// Shopify keeps all codes of one discount, which is found by it.
    pub async fn make_codes(&self, terms: &Terms, first: &str, codes: &[String], now: Time) -> Result<(), SourceError> {
        let codes = codes.get(..MAX_CODES).unwrap_or(codes);
        match self.access() {
            Access::Shopify(..) => shopify::codes::make(self, terms, first, codes, now).await,
            Access::WooCommerce(..) => woocommerce::codes::make(self, terms, codes).await,
            Access::Ecwid(..) | Access::BigCommerce(..) => Err(self.not_offered("way to make codes that is used here")),
        }
    }
}
