//! What was bought, in the terms in which it would be bought again.

use retention::ids::ProductKey;
use retention::money::{Currency, Money};
use retention::product::Price;

use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The key of a product: the SKU, else the variant, else the product, else its title (a line that somebody typed in by
/// hand has no more). A storefront's ids are read only where they are needed.
pub(crate) fn key(
    sku: &Scalar<'_>,
    variant: impl FnOnce() -> Result<Option<String>, Unreadable>,
    product: impl FnOnce() -> Result<Option<String>, Unreadable>,
    title: Option<&str>,
) -> Result<ProductKey, Unreadable> {
    const SKU_BYTES: usize = 255;
    if let Some(sku) = sku.line(SKU_BYTES) {
        return Ok(ProductKey::new(&sku));
    }
    if let Some(variant) = variant()? {
        return Ok(ProductKey::new(&format!("variant:{variant}")));
    }
    if let Some(product) = product()? {
        return Ok(ProductKey::new(&format!("product:{product}")));
    }
    title.map(ProductKey::new).ok_or_else(|| Unreadable::missing("title"))
}

/// The first price that is there, in the currency of the store.
pub(crate) fn price(prices: [&Scalar<'_>; 2], currency: Currency) -> Result<Option<Price>, Unreadable> {
    for price in prices {
        if let Some(minor) = price.minor("price", currency)? {
            let price = Price::parse(&Money { minor, currency }.decimal(), Some(currency));
            return price.map(Some).map_err(|_| Unreadable::field("price", "not an amount, such as 12.50"));
        }
    }
    Ok(None)
}
