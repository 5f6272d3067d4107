//! A product.

use retention::ids::ProductId;
use retention::order::Stamp;
use retention::product::{Price, Product, Variant};
use serde::Deserialize;

use super::stamp;
use crate::heard::Heard;
use crate::link::link;
use crate::list::List;
use crate::object::Maybe;
use crate::product;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The body of the product topics.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ProductBody<'a> {
    id: Scalar<'a>,
    title: Scalar<'a>,
    handle: Scalar<'a>,
    product_type: Scalar<'a>,
    status: Scalar<'a>,
    created_at: Scalar<'a>,
    updated_at: Scalar<'a>,
    image: Maybe<Image<'a>>,
    images: List<Image<'a>, 1>,
    variants: Option<List<VariantItem<'a>, { Product::MAX_VARIANTS }>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Image<'a> {
    src: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct VariantItem<'a> {
    id: Scalar<'a>,
    sku: Scalar<'a>,
    title: Scalar<'a>,
    price: Scalar<'a>,
    inventory_management: Scalar<'a>,
    inventory_policy: Scalar<'a>,
    inventory_quantity: Scalar<'a>,
}

/// What is left of a product that was deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Remains<'a> {
    id: Scalar<'a>,
}

/// Reads the body of a product topic.
pub(super) fn product(body: &ProductBody<'_>, hash: &str, heard: Heard<'_>) -> Result<Product, Unreadable> {
    const TITLE_BYTES: usize = 255;
    let id = body.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
    let items = body.variants.as_ref().ok_or_else(|| Unreadable::missing("variants"))?;
    let title = body.title.line(TITLE_BYTES).ok_or_else(|| Unreadable::missing("title"))?;
    let variant = |(index, item): (usize, &VariantItem<'_>)| {
        item.variant(&id, &title).map_err(|error| error.inside("variants", Some(index)))
    };
    let variants = items.first().iter().enumerate().map(variant).collect::<Result<_, _>>()?;
    let image = body.image.get().or(body.images.first().first());
    Ok(Product {
        stamp: stamp(&body.updated_at, &body.created_at, 0, hash)?,
        // `active`, and payloads from before there were states.
        gone: matches!(body.status.text(), Some("archived" | "draft")),
        url: handle(&body.handle),
        image: image.and_then(|image| link(&image.src)),
        categories: body.product_type.line(TITLE_BYTES).into_iter().collect(),
        variants,
        title,
        id: ProductId::new(heard.source, &id),
    })
}

/// Reads what is left of a product that was deleted. Only its id, so it is gone from when we hear of it.
pub(super) fn gone(body: &Remains<'_>, hash: &str, heard: Heard<'_>) -> Result<Product, Unreadable> {
    let id = body.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
    let stamp = Stamp { at: heard.at, rank: 0, hash: hash.to_owned() };
    Ok(Product::gone(ProductId::new(heard.source, &id), stamp))
}

/// The path of a product's page below the shop's address.
fn handle(field: &Scalar<'_>) -> Option<String> {
    const BYTES: usize = 255;
    let handle =
        field.text().filter(|text| text.len() <= BYTES && !text.contains(['/', '?', '#', ' ', '"', '<', '>']))?;
    Some(format!("/products/{handle}"))
}

impl VariantItem<'_> {
    fn variant(&self, product_id: &str, product_title: &str) -> Result<Variant, Unreadable> {
        const TITLE_BYTES: usize = 120;
        let counted = self.inventory_management.text().is_some();
        let stock = self.inventory_quantity.whole("inventory_quantity")?.filter(|_| counted);
        let price = match self.price.text() {
            Some(text) => Some(Price::parse(text, None).map_err(|_| Unreadable::field("price", "not an amount"))?),
            None => None,
        };
        let product = || Ok(Some(product_id.to_owned()));
        Ok(Variant {
            key: product::key(&self.sku, || self.id.id("id"), product, Some(product_title))?,
            // What Shopify calls the one variant of a product that has none.
            title: self.title.line(TITLE_BYTES).filter(|title| title != "Default Title"),
            price,
            stock,
            available: stock.is_none_or(|stock| stock > 0) || self.inventory_policy.text() == Some("continue"),
        })
    }
}
