//! Of a product the newest version stands, whatever comes last; its keys lead to it; those who wait are told of what turned.

use chrono::TimeDelta;
use cloud::Store;
use cloud::store::Written;
use cloud::table::WORK;
use retention::ids::{ProductId, ProductKey, SourceName};
use retention::order::Stamp;
use retention::product::{Product, Variant};
use testkit::Engine;

use crate::at;

fn version(second: i64, rank: u8, hash: &str) -> Product {
    let id = ProductId::new(&SourceName::parse("shopify").expect("a name"), "7");
    Product::gone(id, Stamp { at: at(second), rank, hash: hash.to_owned() })
}

/// A version with so many variants, all of them there or sold out.
fn of_variants(second: i64, count: usize, available: bool) -> Product {
    let variant = |n: usize| {
        let key = ProductKey::new(&format!("SIZE-{n}"));
        Variant { key, title: None, price: None, stock: None, available }
    };
    Product { gone: false, variants: (0..count).map(variant).collect(), ..version(second, 0, "v") }
}

async fn puts(store: &Store, product: &Product) -> Written {
    store.put_product(product, at(100)).await.expect("a write")
}

#[tokio::test]
async fn an_older_version_and_the_same_one_change_nothing() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let newest = version(5, 1, "m");
    assert_eq!(puts(&store, &version(4, 9, "z")).await, Written::Done);
    assert_eq!(puts(&store, &version(5, 0, "z")).await, Written::Done, "a later second");
    assert_eq!(puts(&store, &version(5, 1, "a")).await, Written::Done, "a higher rank");
    assert_eq!(puts(&store, &newest).await, Written::Done, "another hash");
    for older in [version(4, 9, "z"), version(5, 0, "z"), version(5, 1, "a"), newest.clone()] {
        assert_eq!(puts(&store, &older).await, Written::Moved, "{:?}", older.stamp);
    }
    let listing = store.listing(&newest.id).await.expect("a read").expect("a product");
    assert_eq!(listing.product, newest);
}

#[tokio::test]
async fn every_key_of_a_product_leads_to_it() {
    const MANY: usize = 60;
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let mut product = of_variants(1, MANY, true);
    // One SKU twice, as shops have it.
    product.variants.push(product.variants[3].clone());
    assert_eq!(puts(&store, &product).await, Written::Done);
    for variant in &product.variants {
        let listing = store.listing_of(&variant.key).await.expect("a read").expect("a product");
        assert_eq!((listing.product.id.as_str(), listing.has(&variant.key)), ("shopify:7", true));
    }
    assert_eq!(store.listing_of(&ProductKey::new("SIZE-60")).await.expect("a read"), None);
}

#[tokio::test]
async fn only_what_turned_for_the_better_is_work() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let work = async || store.due(WORK, 0, at(100) + TimeDelta::hours(1), 10, None).await.expect("a read").len();
    for (second, available, expected) in [(1, true, 0), (2, false, 0), (3, false, 0), (4, true, 1), (5, true, 1)] {
        assert_eq!(puts(&store, &of_variants(second, 2, available)).await, Written::Done);
        assert_eq!(work().await, expected, "{second}");
    }
    let due = store.due(WORK, 0, at(100), 10, None).await.expect("a read");
    assert_eq!(due, [], "those who wait are not told before a sign that was just being written is there");
}

#[tokio::test]
async fn of_many_versions_at_once_the_newest_stands_and_knows_that_it_is_back() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    assert_eq!(puts(&store, &of_variants(1, 1, false)).await, Written::Done);
    let versions: Vec<Product> = (2..6).map(|second| of_variants(second, 1, second % 2 == 0)).collect();
    let written =
        futures_util::future::join_all(versions.iter().map(|product| store.put_product(product, at(100)))).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    let newest = store.listing(&versions[0].id).await.expect("a read").expect("a product");
    assert_eq!(newest.product.stamp.at, at(5));
}
