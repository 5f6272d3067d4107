//! What was bought, in the terms in which it would be bought again.

use retention::ids::ProductKey;

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
