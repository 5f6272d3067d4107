//! Of a product the newest version stands, whatever comes last.

use cloud::store::Written;
use retention::ids::{ProductId, SourceName};
use retention::order::Stamp;
use retention::product::Product;
use testkit::Engine;

use crate::at;

fn version(second: i64, rank: u8, hash: &str) -> Product {
    let id = ProductId::new(&SourceName::parse("shopify").expect("a name"), "7");
    Product::gone(id, Stamp { at: at(second), rank, hash: hash.to_owned() })
}

#[tokio::test]
async fn an_older_version_and_the_same_one_change_nothing() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let newest = version(5, 1, "m");
    assert_eq!(store.put_product(&version(4, 9, "z")).await.expect("a write"), Written::Done);
    assert_eq!(store.put_product(&version(5, 0, "z")).await.expect("a write"), Written::Done, "a later second");
    assert_eq!(store.put_product(&version(5, 1, "a")).await.expect("a write"), Written::Done, "a higher rank");
    assert_eq!(store.put_product(&newest).await.expect("a write"), Written::Done, "another hash");
    for older in [version(4, 9, "z"), version(5, 0, "z"), version(5, 1, "a"), newest.clone()] {
        assert_eq!(store.put_product(&older).await.expect("a write"), Written::Moved, "{:?}", older.stamp);
    }
    assert_eq!(store.product(&newest.id).await.expect("a read"), Some(newest));
}
