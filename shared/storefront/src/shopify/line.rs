//! A line of an order or a cart.

use retention::money::Currency;
use retention::order::Line;
use serde::Deserialize;

use super::price::{Set, minor};
use crate::amount::{quantity, times};
use crate::list::List;
use crate::object::Maybe;
use crate::product;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A line.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct LineItem<'a> {
    sku: Scalar<'a>,
    variant_id: Scalar<'a>,
    product_id: Scalar<'a>,
    title: Scalar<'a>,
    variant_title: Scalar<'a>,
    quantity: Scalar<'a>,
    price: Scalar<'a>,
    price_set: Maybe<Set<'a>>,
}

/// Reads the lines that are kept of `items`.
pub(super) fn lines<const MAX: usize>(
    items: &List<LineItem<'_>, MAX>,
    currency: Currency,
) -> Result<Vec<Line>, Unreadable> {
    let items = items.first().iter().enumerate();
    items.map(|(index, item)| line(item, currency).map_err(|error| error.inside("line_items", Some(index)))).collect()
}

fn line(item: &LineItem<'_>, currency: Currency) -> Result<Line, Unreadable> {
    // All lines of an order lie in one row of 400 kB.
    const TITLE_BYTES: usize = 255;
    const VARIANT_BYTES: usize = 120;
    let title = item.title.line(TITLE_BYTES);
    let quantity = quantity("quantity", item.quantity.whole("quantity")?)?;
    let unit_minor = minor("price", &item.price_set, &item.price, currency)?;
    let unit_minor = unit_minor.ok_or_else(|| Unreadable::missing("price"))?;
    // Nothing downstream has to fear a line whose total no integer holds.
    times("price", unit_minor, quantity)?;
    let (variant, product) = (|| item.variant_id.id("variant_id"), || item.product_id.id("product_id"));
    Ok(Line {
        product: product::key(&item.sku, variant, product, title.as_deref())?,
        title: title.unwrap_or_default(),
        variant: item.variant_title.line(VARIANT_BYTES),
        quantity,
        unit_minor,
    })
}
