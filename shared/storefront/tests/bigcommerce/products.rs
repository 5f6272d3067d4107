//! What a product comes out as, and what follows when something is not there.

use retention::cart::CartState;
use retention::consent::Said;
use retention::event::Entity;
use retention::money::Currency;
use retention::product::{Price, Product};
use serde_json::{Value, json};
use storefront::{Fetch, FetchKind, Parsed, adapter};

use crate::hear::{PRODUCT, read, source, time, with};

fn whole(fields: Value) -> Product {
    match read(FetchKind::Product, &with(PRODUCT, fields)) {
        Ok(Parsed::Product(product)) => *product,
        other => panic!("not a product: {other:?}"),
    }
}

fn product(fields: Value) -> Product {
    whole(Value::from_iter([("product", fields)]))
}

fn minor(price: Option<&Price>) -> Option<i64> {
    let other = Currency::parse("USD").expect("a currency");
    price.and_then(|price| price.money(other)).map(|money| money.minor)
}

#[test]
fn a_product_comes_out_with_its_variants_prices_and_stock() {
    let product = product(json!({}));
    assert_eq!((product.id.as_str(), product.title.as_str(), product.gone), ("shop:93", "Oat shampoo bar", false));
    assert_eq!(product.url.as_deref(), Some("https://shop.example/oat-shampoo-bar/"));
    assert_eq!(product.image.as_deref(), Some("https://img.example/oat.jpg"), "the one for lists");
    assert_eq!(product.categories, ["Hair", "Solid"]);
    let variants: Vec<_> = product
        .variants
        .iter()
        .map(|v| (v.key.as_str(), v.title.as_deref(), minor(v.price.as_ref()), v.stock, v.available))
        .collect();
    assert_eq!(
        variants,
        [
            ("OAT-100", Some("100 g"), Some(1950), Some(3), true),
            ("variant:96", Some("50 g"), Some(1800), Some(0), false)
        ]
    );
}

#[test]
fn stock_is_counted_by_variant_by_product_or_not_at_all() {
    let stock = |tracking: &str| {
        let product = product(json!({"inventory_tracking": tracking, "inventory_level": 7}));
        product.variants.iter().map(|v| (v.stock, v.available)).collect::<Vec<_>>()
    };
    assert_eq!(stock("product"), [(Some(7), true), (Some(7), true)]);
    assert_eq!(stock("none"), [(None, true), (None, true)]);
}

#[test]
fn a_product_that_is_hidden_or_disabled_is_gone() {
    assert!(product(json!({"is_visible": false})).gone);
    assert!(product(json!({"availability": "disabled"})).gone);
    assert!(!product(json!({"availability": "preorder"})).gone);
}

#[test]
fn without_the_store_there_is_no_page_and_no_price() {
    let product = whole(json!({"store": null}));
    assert_eq!((product.url, product.variants[0].price.clone()), (None, None));
    let odd = whole(json!({"product": {"custom_url": {"url": "//elsewhere.example\" x"}}}));
    assert_eq!(odd.url, None);
}

#[test]
fn what_is_not_there_is_gone_or_merely_deleted() {
    let now = time("2026-04-02T00:00:00Z");
    let gone = |kind| adapter::gone(&Fetch::new(kind, "93").unwrap(), &source(), now);
    let Parsed::Product(product) = gone(FetchKind::Product) else { panic!("no product") };
    assert!(product.gone && product.id.as_str() == "shop:93" && product.stamp.at == now);
    let Parsed::Event(event) = gone(FetchKind::Customer) else { panic!("no event") };
    assert_eq!((event.person.id.as_deref(), event.entity), (Some("93"), Entity::Gone(now)));
    assert_eq!(event.statements.iter().map(|s| (s.said, s.act_at)).collect::<Vec<_>>(), [(Said::Unsubscribed, None)]);
    let Parsed::Event(event) = gone(FetchKind::Cart) else { panic!("no event") };
    let Entity::Cart(cart) = &event.entity else { panic!("no cart") };
    assert_eq!((cart.state(), cart.stamp.at, event.person.aliases()), (CartState::Emptied, now, Vec::new()));
    for kind in [FetchKind::Order, FetchKind::Subscriber] {
        assert_eq!(gone(kind), Parsed::Deleted);
    }
}
