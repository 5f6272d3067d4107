//! What a product comes out as, and what is gone.

use retention::money::Currency;
use retention::product::{Price, Product};
use serde_json::{Value, json};
use storefront::{FetchKind, Parsed};

use crate::hear::{PRODUCT, changed, mistake, order, read};

fn product(fields: Value) -> Product {
    match read(FetchKind::Product, &changed(PRODUCT, fields)) {
        Ok(Parsed::Product(product)) => *product,
        other => panic!("not a product: {other:?}"),
    }
}

fn minor(price: Option<&Price>) -> Option<i64> {
    let other = Currency::parse("USD").expect("a currency");
    price.and_then(|price| price.money(other)).map(|money| money.minor)
}

#[test]
fn a_product_comes_out_with_its_variants_prices_and_stock() {
    let product = product(json!({}));
    assert_eq!((product.id.as_str(), product.title.as_str(), product.gone), ("shop:93", "Oat shampoo bar", false));
    assert_eq!(product.url.as_deref(), Some("https://shop.example/products/oat-shampoo-bar-p93"));
    assert_eq!(product.image.as_deref(), Some("https://img.example/oat-800.jpg"));
    assert_eq!(product.categories, ["Hair", "Solid"]);
    let variants: Vec<_> = product
        .variants
        .iter()
        .map(|v| (v.key.as_str(), v.title.as_deref(), minor(v.price.as_ref()), v.stock, v.available))
        .collect();
    assert_eq!(
        variants,
        [
            ("OAT-100", Some("100 g"), Some(2000), Some(3), true),
            ("variant:96", Some("50 g"), Some(1800), Some(0), false)
        ],
        "without a price of its own, the product's"
    );
}

#[test]
fn a_product_without_combinations_is_its_own_variant_and_has_the_key_of_its_order_lines() {
    let single = product(json!({"combinations": []}));
    assert_eq!((single.variants.len(), single.variants[0].key.as_str()), (1, "OAT"));
    let nameless = product(json!({"combinations": [], "sku": ""}));
    let line = order(json!({"items": [{"productId": 93, "name": "Oat shampoo bar", "price": 1, "quantity": 1}]}));
    assert_eq!(nameless.variants[0].key, line.lines[0].product);
}

#[test]
fn what_nobody_counts_has_no_stock_and_can_be_bought() {
    let product = product(json!({"combinations": [], "unlimited": true, "inStock": null, "quantity": null}));
    assert_eq!((product.variants[0].stock, product.variants[0].available), (None, true));
}

#[test]
fn a_product_that_is_switched_off_is_gone_and_a_link_that_is_none_is_left_out() {
    assert!(product(json!({"enabled": false})).gone);
    let odd = product(json!({"url": "javascript:alert(1)", "imageUrl": "/x.jpg", "media": null}));
    assert_eq!((odd.url, odd.image), (None, None));
    assert_eq!(mistake(FetchKind::Product, &changed(PRODUCT, json!({"id": null}))), "id: missing");
}
