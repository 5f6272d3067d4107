//! A product. A variable product names its variations by their ids alone: their prices and stock are in products of their
//! own, which the shop sends too.

use retention::ids::ProductId;
use retention::order::Stamp;
use retention::product::{Price, Product, Variant};
use serde::Deserialize;

use super::{Remains, id_above_zero, stamp, text};
use crate::heard::Heard;
use crate::link::link;
use crate::list::List;
use crate::product;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The body of the product topics.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ProductBody<'a> {
    id: Scalar<'a>,
    name: Scalar<'a>,
    permalink: Scalar<'a>,
    status: Scalar<'a>,
    sku: Scalar<'a>,
    price: Scalar<'a>,
    manage_stock: Scalar<'a>,
    stock_quantity: Scalar<'a>,
    stock_status: Scalar<'a>,
    date_created_gmt: Scalar<'a>,
    date_modified_gmt: Scalar<'a>,
    categories: List<Category<'a>, { Product::MAX_CATEGORIES }>,
    images: List<Image<'a>, 1>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Category<'a> {
    name: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Image<'a> {
    src: Scalar<'a>,
}

/// Reads the body of a product topic.
pub(super) fn product(body: &ProductBody<'_>, hash: &str, heard: Heard<'_>) -> Result<Product, Unreadable> {
    const TITLE_BYTES: usize = 255;
    // Topics are not signed: of all bodies with an id only a product's has this.
    if body.stock_status.text().is_none() {
        return Err(Unreadable::missing("stock_status"));
    }
    let id = id_above_zero(&body.id, "id")?.ok_or_else(|| Unreadable::missing("id"))?;
    let title = text::line(&body.name, TITLE_BYTES).ok_or_else(|| Unreadable::missing("name"))?;
    let own_id = || Ok(Some(id.clone()));
    let price = match body.price.text() {
        Some(text) => Some(Price::parse(text, None).map_err(|_| Unreadable::field("price", "not an amount"))?),
        None => None,
    };
    let stock = body.stock_quantity.whole("stock_quantity")?.filter(|_| body.manage_stock.is_true());
    let variant = Variant {
        key: product::key(&body.sku, || Ok(None), own_id, Some(&title))?,
        title: None,
        price,
        stock,
        // `onbackorder` is sold on order.
        available: body.stock_status.text() != Some("outofstock"),
    };
    let categories = body.categories.first().iter().filter_map(|category| text::line(&category.name, TITLE_BYTES));
    Ok(Product {
        stamp: stamp(&body.date_modified_gmt, &body.date_created_gmt, 0, hash)?,
        gone: body.status.text().is_some_and(|status| status != "publish"),
        url: link(&body.permalink),
        image: body.images.first().first().and_then(|image| link(&image.src)),
        categories: categories.collect(),
        variants: vec![variant],
        title,
        id: ProductId::new(heard.source, &id),
    })
}

/// Reads what is left of a product that was deleted. Only its id, so it is gone from when we hear of it.
pub(super) fn gone(remains: &Remains<'_>, hash: &str, heard: Heard<'_>) -> Result<Product, Unreadable> {
    let id = id_above_zero(&remains.id, "id")?.ok_or_else(|| Unreadable::missing("id"))?;
    let stamp = Stamp { at: heard.at, rank: 0, hash: hash.to_owned() };
    Ok(Product::gone(ProductId::new(heard.source, &id), stamp))
}
