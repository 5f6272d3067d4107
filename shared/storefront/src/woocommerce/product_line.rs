//! A line of an order: what, how many, and at what price.

use retention::money::Currency;
use retention::order::Line;
use serde::Deserialize;

use super::{id_above_zero, text};
use crate::amount::{add, quantity, scaled, times};
use crate::list::List;
use crate::product;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A line. Its amounts are without tax whatever the shop shows, `subtotal` before discounts and `total` after them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct LineItem<'a> {
    name: Scalar<'a>,
    parent_name: Scalar<'a>,
    product_id: Scalar<'a>,
    variation_id: Scalar<'a>,
    sku: Scalar<'a>,
    quantity: Scalar<'a>,
    price: Scalar<'a>,
    subtotal: Scalar<'a>,
    subtotal_tax: Scalar<'a>,
    total: Scalar<'a>,
    total_tax: Scalar<'a>,
    meta_data: List<Meta<'a>, 50>,
}

/// Something more about a line: the attributes of a variation, and what plugins add.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Meta<'a> {
    key: Scalar<'a>,
    value: Scalar<'a>,
    display_value: Scalar<'a>,
}

impl LineItem<'_> {
    /// The line as it would be shown, with its tax where the shop's prices hold it.
    pub(super) fn line(&self, currency: Currency, with_tax: bool) -> Result<Line, Unreadable> {
        // All lines of an order lie in one row of 400 kB.
        const TITLE_BYTES: usize = 255;
        let parent = text::line(&self.parent_name, TITLE_BYTES);
        let whole_name = parent.is_none();
        let title = parent.or_else(|| text::line(&self.name, TITLE_BYTES));
        let quantity = quantity("quantity", self.quantity.whole("quantity")?)?;
        let unit_minor = self.unit_minor(quantity, currency, with_tax)?;
        // Nothing downstream has to fear a line whose total no integer holds.
        times("price", unit_minor, quantity)?;
        let variation = id_above_zero(&self.variation_id, "variation_id")?;
        let variant = if variation.is_some() {
            self.attributes(title.as_deref().filter(|_| whole_name).unwrap_or_default())
        } else {
            None
        };
        let product = || id_above_zero(&self.product_id, "product_id");
        Ok(Line {
            product: product::key(&self.sku, || Ok(variation), product, title.as_deref())?,
            title: title.unwrap_or_default(),
            variant,
            quantity,
            unit_minor,
        })
    }

    /// What the line comes to after discounts.
    pub(super) fn total(&self, currency: Currency, with_tax: bool) -> Result<i64, Unreadable> {
        let total = self.total.minor("total", currency)?.unwrap_or(0);
        let tax = if with_tax { self.total_tax.minor("total_tax", currency)?.unwrap_or(0) } else { 0 };
        add("total", total, tax)
    }

    /// The price of one before discounts. The field `price` is after discounts and always without tax, so it is only
    /// the last resort.
    fn unit_minor(&self, quantity: i64, currency: Currency, with_tax: bool) -> Result<i64, Unreadable> {
        match self.subtotal.minor("subtotal", currency)? {
            Some(subtotal) if quantity > 0 => {
                let tax = if with_tax { self.subtotal_tax.minor("subtotal_tax", currency)?.unwrap_or(0) } else { 0 };
                scaled("subtotal", add("subtotal", subtotal, tax)?, 1, quantity)
            }
            _ => self.price.minor("price", currency)?.ok_or_else(|| Unreadable::missing("price")),
        }
    }

    /// The values of a variation's attributes, such as `Black, M`. Keys with an underscore in front are WordPress's own
    /// sign for what is not shown. A value that the name has already is not said twice; what counts as having it is
    /// WooCommerce's own rule (`wc_is_attribute_in_product_name`).
    fn attributes(&self, name: &str) -> Option<String> {
        const VARIANT_BYTES: usize = 120;
        let shown =
            self.meta_data.first().iter().filter(|meta| meta.key.text().is_some_and(|key| !key.starts_with('_')));
        let values = shown.filter_map(|meta| {
            text::line(&meta.display_value, VARIANT_BYTES).or_else(|| text::line(&meta.value, VARIANT_BYTES))
        });
        let name = name.to_lowercase();
        let has = |value: &str| {
            let value = format!(" {}", value.to_lowercase());
            name.contains(&format!("{value},")) || name.ends_with(&value)
        };
        let values: Vec<String> = values.filter(|value| !has(value)).collect();
        let mut variant = values.join(", ");
        variant.truncate(variant.floor_char_boundary(VARIANT_BYTES));
        Some(variant).filter(|variant| !variant.is_empty())
    }
}
