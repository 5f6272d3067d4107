//! What could not be read is kept, and read once it can be.

use acceptance::{SECRET, TestShop, order};
use studio::webhook::{Door, replay};
use tokio::net::TcpListener;

const NORA: &str = "nora@example.com";

#[tokio::test]
async fn what_can_be_read_now_is_recorded_and_forgotten_where_it_was_kept() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    let (store, now) = (shop.local.store.clone(), shop.local.clock.now());
    let rules = shop.local.shop.clone();
    let source = rules.source("shopify").expect("a source");
    // One that older code could not read, longer than a row holds; and one that nobody can.
    let mut good = order(1001, NORA, "2026-03-02 09:59");
    good["note"] = (0..90_000_u64).map(|n| (n * n * n % 1_000_003).to_string()).collect::<Vec<_>>().concat().into();
    let good = good.to_string();
    store.quarantine(&source.name, "orders/create", "unreadable", good.as_bytes(), now).await.expect("kept");
    let (status, outcome) = shop.arrives("orders/updated", &serde_json::json!({ "id": "x" })).await;
    assert_eq!((status, outcome.as_str()), (200, "quarantined"));
    assert_eq!(store.quarantined(&source.name, now).await.expect("a read").len(), 2);
    shop.arrives("orders/updated", &serde_json::json!({ "id": "x" })).await;
    assert_eq!(store.quarantined(&source.name, now).await.expect("a read").len(), 2, "the same body is kept once");

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let serving = shop.serve(listener);
    let door = Door { source, url: &url, secret: SECRET, now };
    for (first, said) in [
        (true, "2 were sent through again; 1 are still kept."),
        (false, "1 were sent through again; 1 are still kept."),
    ] {
        let lines = replay(&door, &store).await.expect("an answer");
        assert!(lines.ends_with(said) && lines.contains("recorded") == first, "{lines}");
    }
    let people = store.walk().page().await.expect("a page");
    assert_eq!((people.len(), people[0].orders.len()), (1, 1));
    let [left] = &store.quarantined(&source.name, now).await.expect("a read")[..] else { panic!("not one") };
    assert_eq!((left.topic.as_str(), left.body.as_slice()), ("orders/updated", br#"{"id":"x"}"#.as_slice()));
    serving.abort();
}
