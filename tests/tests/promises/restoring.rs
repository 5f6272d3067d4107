//! A table that was restored from a backup sends nothing of what may have left before.

use acceptance::{TestShop, order};
use cloud::rows;

const NORA: &str = "nora@example.com";

/// The shop's table is taken for a copy of another, as it is after a restore.
async fn is_restored(shop: &TestShop) {
    let (client, table) = shop.local.store.raw();
    let row = [("pk", "X"), ("sk", "identity"), ("table_id", "the table before")];
    let item = row.map(|(name, value)| (name.to_owned(), rows::text(value)));
    client.put_item().table_name(table).set_item(Some(item.into())).send().await.expect("a write");
}

#[tokio::test]
async fn a_restored_table_sends_nothing_until_it_is_released_by_hand_and_then_only_what_is_new() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    let release =
        async || studio::release::release(&shop.local.store, shop.local.clock.now()).await.expect("an answer");
    assert!(release().await.contains("sends already"), "there is nothing to release");
    is_restored(&shop).await;
    shop.until("2026-03-02 10:01").await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 10:01")).await;
    shop.until("2026-03-02 12:00").await;
    assert_eq!(shop.letters().len(), 0, "an order is taken in, and nothing leaves");
    let said = release().await;
    assert!(said.starts_with("Released.") && said.contains("2026-03-02 12:00 UTC"), "{said}");
    shop.until("2026-03-02 13:00").await;
    assert_eq!(shop.letters().len(), 0, "it may have left before the table was restored");
    let why = studio::why::why(&shop.local.store, &shop.local.shop, NORA, shop.local.clock.now()).await.expect("why");
    assert!(why.contains("expired: it fell due before the table was restored"), "{why}");
    shop.arrives("orders/create", &order(1002, NORA, "2026-03-02 13:00")).await;
    shop.until("2026-03-02 14:00").await;
    assert_eq!(shop.what_left(), ["order_status/confirmed"]);
    assert!(release().await.contains("sends already"));
}
