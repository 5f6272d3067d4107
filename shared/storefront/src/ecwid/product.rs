//! A product of Ecwid. A variation is called a combination.

use retention::ids::{ProductId, ProductKey};
use retention::money::Currency;
use retention::order::Stamp;
use retention::product::{Price, Product, Variant};
use serde::Deserialize;

use crate::heard::Heard;
use crate::link::link;
use crate::list::List;
use crate::moment;
use crate::object::Maybe;
use crate::product;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;
use crate::variant;

const TITLE_BYTES: usize = 255;

/// A product as the API gives it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct ProductBody<'a> {
    id: Scalar<'a>,
    sku: Scalar<'a>,
    name: Scalar<'a>,
    url: Scalar<'a>,
    enabled: Scalar<'a>,
    update_timestamp: Scalar<'a>,
    updated: Scalar<'a>,
    create_timestamp: Scalar<'a>,
    created: Scalar<'a>,
    price: Scalar<'a>,
    default_displayed_price: Scalar<'a>,
    quantity: Scalar<'a>,
    unlimited: Scalar<'a>,
    in_stock: Scalar<'a>,
    image_url: Scalar<'a>,
    hd_thumbnail_url: Scalar<'a>,
    media: Maybe<Media<'a>>,
    categories: List<Category<'a>, { Product::MAX_CATEGORIES }>,
    combinations: List<Combination<'a>, { Product::MAX_VARIANTS }>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Media<'a> {
    images: List<Image<'a>, 1>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Image<'a> {
    #[serde(rename = "image800pxUrl")]
    middling: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Category<'a> {
    name: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Combination<'a> {
    id: Scalar<'a>,
    sku: Scalar<'a>,
    price: Scalar<'a>,
    default_displayed_price: Scalar<'a>,
    quantity: Scalar<'a>,
    unlimited: Scalar<'a>,
    in_stock: Scalar<'a>,
    options: List<Choice<'a>, 20>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Choice<'a> {
    value: Scalar<'a>,
}

/// Reads a product.
pub(super) fn product(
    body: &ProductBody<'_>,
    currency: Currency,
    hash: &str,
    heard: Heard<'_>,
) -> Result<Product, Unreadable> {
    let id = body.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
    let at = moment::first(&[
        (&body.update_timestamp, "updateTimestamp"),
        (&body.updated, "updated"),
        (&body.create_timestamp, "createTimestamp"),
        (&body.created, "created"),
    ])?;
    let title = body.name.line(TITLE_BYTES).unwrap_or_default();
    let media = body.media.get().and_then(|media| media.images.first().first());
    let images = [Some(&body.image_url), Some(&body.hd_thumbnail_url), media.map(|image| &image.middling)];
    Ok(Product {
        variants: body.variants(&id, &title, currency)?,
        id: ProductId::new(heard.source, &id),
        stamp: Stamp { at, rank: 0, hash: hash.to_owned() },
        gone: matches!(body.enabled, Scalar::Flag(false)),
        title,
        url: link(&body.url),
        image: images.into_iter().flatten().find_map(|image| link(image)),
        categories: body.categories.first().iter().filter_map(|category| category.name.line(TITLE_BYTES)).collect(),
    })
}

impl ProductBody<'_> {
    /// The combinations; a product that has none is its own one variant.
    fn variants(&self, id: &str, title: &str, currency: Currency) -> Result<Vec<Variant>, Unreadable> {
        let whole = Sale {
            price: [&self.default_displayed_price, &self.price],
            quantity: &self.quantity,
            unlimited: &self.unlimited,
            in_stock: &self.in_stock,
        };
        let own = || Ok(Some(id.to_owned()));
        let combinations = self.combinations.first();
        if combinations.is_empty() {
            let key = product::key(&self.sku, || Ok(None), own, Some(title))?;
            return Ok(vec![whole.variant(key, None, None, currency)?]);
        }
        let variant = |(index, item): (usize, &Combination<'_>)| {
            let read = || {
                let key = product::key(&item.sku, || item.id.id("id"), own, Some(title))?;
                let sale = Sale {
                    price: [&item.default_displayed_price, &item.price],
                    quantity: &item.quantity,
                    unlimited: &item.unlimited,
                    in_stock: &item.in_stock,
                };
                // A combination without a price of its own has the product's.
                sale.variant(
                    key,
                    variant::title(item.options.first().iter().map(|choice| &choice.value)),
                    whole.price(currency)?,
                    currency,
                )
            };
            read().map_err(|error| error.inside("combinations", Some(index)))
        };
        combinations.iter().enumerate().map(variant).collect()
    }
}

/// What is asked for something, and how much of it is there.
struct Sale<'s, 'a> {
    price: [&'s Scalar<'a>; 2],
    quantity: &'s Scalar<'a>,
    unlimited: &'s Scalar<'a>,
    in_stock: &'s Scalar<'a>,
}

impl Sale<'_, '_> {
    fn price(&self, currency: Currency) -> Result<Option<Price>, Unreadable> {
        product::price(self.price, currency)
    }

    fn variant(
        &self,
        key: ProductKey,
        title: Option<String>,
        otherwise: Option<Price>,
        currency: Currency,
    ) -> Result<Variant, Unreadable> {
        let counted = !self.unlimited.is_true();
        let stock = if counted { self.quantity.whole("quantity")? } else { None };
        let available = match self.in_stock {
            Scalar::Flag(there) => *there,
            _ => stock.is_none_or(|stock| stock > 0),
        };
        Ok(Variant { key, title, price: self.price(currency)?.or(otherwise), stock, available })
    }
}
