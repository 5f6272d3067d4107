//! A product, and how an event names one.

use retention::ids::{ProductId, ProductKey};
use retention::order::Stamp;
use retention::product::{Price, Product, Variant};
use serde::Deserialize;

use super::field;
use crate::heard::Heard;
use crate::list::{List, Texts};
use crate::product;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A product.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ProductData<'a> {
    id: Scalar<'a>,
    title: Scalar<'a>,
    url: Scalar<'a>,
    image: Scalar<'a>,
    categories: Texts<'a, { Product::MAX_CATEGORIES }>,
    currency: Scalar<'a>,
    variants: Option<List<VariantData<'a>, { Product::MAX_VARIANTS }>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct VariantData<'a> {
    sku: Scalar<'a>,
    variant_id: Scalar<'a>,
    title: Scalar<'a>,
    price: Scalar<'a>,
    stock: Scalar<'a>,
    available: Scalar<'a>,
}

impl ProductData<'_> {
    /// The product as it is now.
    pub(super) fn product(&self, stamp: Stamp, heard: Heard<'_>) -> Result<Product, Unreadable> {
        const TITLE_BYTES: usize = 255;
        const MAX_STOCK: i64 = 1_000_000_000;
        let id = field::needed("id", field::id(&self.id, "id")?)?;
        let title = field::needed("title", field::line(&self.title, "title", TITLE_BYTES)?)?;
        let currency = field::needed("currency", field::currency(&self.currency, "currency")?)?;
        let items = field::needed("variants", self.variants.as_ref())?.all("variants")?;
        let variant = |item: &VariantData<'_>| {
            let price = field::amount_from_zero(&item.price, "price", currency)?.and(item.price.text());
            let stock = field::whole(&item.stock, "stock")?;
            if stock.is_some_and(|stock| !(-MAX_STOCK..=MAX_STOCK).contains(&stock)) {
                return Err(Unreadable::field("stock", "out of range"));
            }
            let variant_id = field::line(&item.variant_id, "variant_id", TITLE_BYTES)?;
            field::text(&item.sku, "sku")?;
            Ok(Variant {
                key: product::key(&item.sku, || Ok(variant_id), || Ok(Some(id.clone())), None)?,
                title: field::line(&item.title, "title", TITLE_BYTES)?,
                price: price.and_then(|amount| Price::parse(amount, Some(currency)).ok()),
                stock,
                available: field::maybe_flag(&item.available, "available")?
                    .unwrap_or_else(|| stock.is_none_or(|stock| stock > 0)),
            })
        };
        let items = items.iter().enumerate();
        let variants =
            items.map(|(index, item)| variant(item).map_err(|e: Unreadable| e.inside("variants", Some(index))));
        let categories = self.categories.all("categories")?.iter();
        let categories =
            categories.map(|name| field::needed("categories", field::line(name, "categories", TITLE_BYTES)?));
        Ok(Product {
            stamp,
            gone: false,
            title,
            url: field::url(&self.url, "url")?,
            image: field::url(&self.image, "image")?,
            categories: categories.collect::<Result<_, _>>()?,
            variants: variants.collect::<Result<_, _>>()?,
            id: ProductId::new(heard.source, &id),
        })
    }

    /// The product that is sold no more.
    pub(super) fn gone(&self, stamp: Stamp, heard: Heard<'_>) -> Result<Product, Unreadable> {
        let id = field::needed("id", field::id(&self.id, "id")?)?;
        Ok(Product::gone(ProductId::new(heard.source, &id), stamp))
    }
}

/// How an event names a product: as the lines of an order do.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ProductName<'a> {
    sku: Scalar<'a>,
    variant_id: Scalar<'a>,
    product_id: Scalar<'a>,
}

impl ProductName<'_> {
    /// The key of the product.
    pub(super) fn key(&self) -> Result<ProductKey, Unreadable> {
        const ID_BYTES: usize = 255;
        field::text(&self.sku, "sku")?;
        let variant_id = field::line(&self.variant_id, "variant_id", ID_BYTES)?;
        let product_id = field::line(&self.product_id, "product_id", ID_BYTES)?;
        let key = product::key(&self.sku, || Ok(variant_id), || Ok(product_id), None);
        key.map_err(|_| {
            Unreadable::field("sku", "missing, and so are variant_id and product_id: one of them says which")
        })
    }
}
