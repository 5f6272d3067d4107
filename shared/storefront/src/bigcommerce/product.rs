//! A product of BigCommerce.

use retention::ids::ProductId;
use retention::money::Currency;
use retention::order::Stamp;
use retention::product::{Price, Product, Variant};
use serde::Deserialize;

use crate::heard::Heard;
use crate::link::{link, web};
use crate::list::List;
use crate::moment;
use crate::object::Maybe;
use crate::product;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;
use crate::variant;

const TITLE_BYTES: usize = 255;

/// A product with what the API keeps beside it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Whole<'a> {
    product: Maybe<ProductBody<'a>>,
    categories: List<Category<'a>, { Product::MAX_CATEGORIES }>,
    store: Maybe<Store<'a>>,
}

/// The store: in which currency its prices are, and where its pages are.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Store<'a> {
    currency: Scalar<'a>,
    secure_url: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Category<'a> {
    name: Scalar<'a>,
}

/// A product as the API (v3) gives it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct ProductBody<'a> {
    id: Scalar<'a>,
    name: Scalar<'a>,
    sku: Scalar<'a>,
    price: Scalar<'a>,
    calculated_price: Scalar<'a>,
    inventory_tracking: Scalar<'a>,
    inventory_level: Scalar<'a>,
    is_visible: Scalar<'a>,
    availability: Scalar<'a>,
    date_created: Scalar<'a>,
    date_modified: Scalar<'a>,
    custom_url: Maybe<CustomUrl<'a>>,
    images: List<Image<'a>, 50>,
    variants: List<VariantBody<'a>, { Product::MAX_VARIANTS }>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct CustomUrl<'a> {
    url: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Image<'a> {
    is_thumbnail: Scalar<'a>,
    url_standard: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct VariantBody<'a> {
    id: Scalar<'a>,
    sku: Scalar<'a>,
    price: Scalar<'a>,
    calculated_price: Scalar<'a>,
    inventory_level: Scalar<'a>,
    purchasing_disabled: Scalar<'a>,
    option_values: List<Choice<'a>, 20>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Choice<'a> {
    label: Scalar<'a>,
}

/// Reads a product.
pub(super) fn product(whole: &Whole<'_>, hash: &str, heard: Heard<'_>) -> Result<Product, Unreadable> {
    let body = whole.product.get().ok_or_else(|| Unreadable::missing("product"))?;
    let store = whole.store.get();
    let currency = store.map(|store| store.currency.currency("store.currency")).transpose()?.flatten();
    let product = body.product(currency, hash, heard).map_err(|error| error.inside("product", None))?;
    let categories = whole.categories.first().iter().filter_map(|category| category.name.line(TITLE_BYTES));
    Ok(Product { url: store.and_then(|store| body.url(store)), categories: categories.collect(), ..product })
}

impl ProductBody<'_> {
    fn product(&self, currency: Option<Currency>, hash: &str, heard: Heard<'_>) -> Result<Product, Unreadable> {
        let id = self.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
        let at = moment::first(&[(&self.date_modified, "date_modified"), (&self.date_created, "date_created")])?;
        let title = self.name.line(TITLE_BYTES).unwrap_or_default();
        let hidden = matches!(self.is_visible, Scalar::Flag(false)) || self.availability.text() == Some("disabled");
        let main = self.images.first().iter().find(|image| image.is_thumbnail.is_true());
        let pictures = main.into_iter().chain(self.images.first());
        Ok(Product {
            variants: self.variants(&id, &title, currency)?,
            id: ProductId::new(heard.source, &id),
            stamp: Stamp { at, rank: 0, hash: hash.to_owned() },
            gone: hidden,
            title,
            url: None,
            image: pictures.map(|image| &image.url_standard).find_map(link),
            categories: Vec::new(),
        })
    }

    /// The page: a path of the store's own address.
    fn url(&self, store: &Store<'_>) -> Option<String> {
        let base = web(store.secure_url.text()?)?.trim_end_matches('/');
        let path = self.custom_url.get()?.url.text().filter(|path| path.starts_with('/'))?;
        web(&format!("{base}{path}")).map(str::to_owned)
    }

    /// The variants, of which every product has at least one, if only itself.
    fn variants(&self, id: &str, title: &str, currency: Option<Currency>) -> Result<Vec<Variant>, Unreadable> {
        let own = || Ok(Some(id.to_owned()));
        let price = price_of([&self.calculated_price, &self.price], currency)?;
        let counted = self.inventory_tracking.text();
        let whole_stock = self.inventory_level.whole("inventory_level")?;
        if self.variants.first().is_empty() {
            let key = product::key(&self.sku, || Ok(None), own, Some(title))?;
            let stock = whole_stock.filter(|_| matches!(counted, Some("product" | "variant")));
            let available = stock.is_none_or(|stock| stock > 0);
            return Ok(vec![Variant { key, title: None, price, stock, available }]);
        }
        let variant = |(index, item): (usize, &VariantBody<'_>)| {
            let read = || {
                let stock = match counted {
                    Some("variant") => item.inventory_level.whole("inventory_level")?,
                    Some("product") => whole_stock,
                    _ => None,
                };
                Ok(Variant {
                    key: product::key(&item.sku, || item.id.id("id"), own, Some(title))?,
                    title: variant::title(item.option_values.first().iter().map(|choice| &choice.label)),
                    // A variant without a price of its own has the product's.
                    price: price_of([&item.calculated_price, &item.price], currency)?.or_else(|| price.clone()),
                    stock,
                    available: !item.purchasing_disabled.is_true() && stock.is_none_or(|stock| stock > 0),
                })
            };
            read().map_err(|error: Unreadable| error.inside("variants", Some(index)))
        };
        self.variants.first().iter().enumerate().map(variant).collect()
    }
}

/// The price of now, where the store says in which currency. `calculated_price` is the one that guests see, sale prices
/// included.
fn price_of(prices: [&Scalar<'_>; 2], currency: Option<Currency>) -> Result<Option<Price>, Unreadable> {
    currency.map_or(Ok(None), |currency| product::price(prices, currency))
}
