//! A line of an order.

use retention::money::Currency;
use retention::order::Line;
use serde::Deserialize;

use super::field;
use crate::amount::{quantity, times};
use crate::product;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A line.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct LineData<'a> {
    sku: Scalar<'a>,
    variant_id: Scalar<'a>,
    product_id: Scalar<'a>,
    title: Scalar<'a>,
    variant: Scalar<'a>,
    quantity: Scalar<'a>,
    unit_price: Scalar<'a>,
}

impl LineData<'_> {
    pub(super) fn line(&self, currency: Currency) -> Result<Line, Unreadable> {
        // All lines of an order lie in one row of 400 kB.
        const TITLE_BYTES: usize = 255;
        const VARIANT_BYTES: usize = 120;
        const ID_BYTES: usize = 255;
        let title = field::needed("title", field::line(&self.title, "title", TITLE_BYTES)?)?;
        let quantity = quantity("quantity", field::whole(&self.quantity, "quantity")?)?;
        let unit = field::amount(&self.unit_price, "unit_price", currency)?;
        let unit_minor = field::needed("unit_price", unit)?;
        // Nothing downstream has to fear a line whose total no integer holds.
        times("unit_price", unit_minor, quantity)?;
        field::text(&self.sku, "sku")?;
        let variant_id = field::line(&self.variant_id, "variant_id", ID_BYTES)?;
        let product_id = field::line(&self.product_id, "product_id", ID_BYTES)?;
        Ok(Line {
            product: product::key(&self.sku, || Ok(variant_id), || Ok(product_id), Some(&title))?,
            title,
            variant: field::line(&self.variant, "variant", VARIANT_BYTES)?,
            quantity,
            unit_minor,
        })
    }
}
