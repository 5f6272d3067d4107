//! A shop that leaves a storefront takes what came from there with it, and nothing else.

use acceptance::{TestShop, order};
use serde_json::json;

const NORA: &str = "nora@example.com";
const KENJI: &str = "kenji@example.com";
const ZOFIA: &str = "zofia@example.com";

/// An order in the form of a shop of one's own.
fn own_order(id: &str, email: &str) -> String {
    json!({ "type": "order.paid", "timestamp": "2026-03-02T09:59:00Z", "data": {
        "id": id, "placed_at": "2026-03-02T09:59:00Z", "payment_status": "paid", "currency": "EUR", "total": "20.00",
        "lines": [{ "sku": "TEA", "title": "Tea", "quantity": 2, "unit_price": "10.00" }],
        "customer": { "email": email } } })
    .to_string()
}

async fn shop() -> TestShop {
    let sources = [("own", "standard", acceptance::STANDARD_SECRET)];
    let shop = TestShop::open_with_sources("2026-03-02 10:00", &sources).await;
    // Nora bought at both, Kenji at Shopify alone, Zofia at the other alone.
    for id in 1..=12 {
        shop.arrives("orders/create", &order(id, NORA, "2026-03-02 09:59")).await;
    }
    let mut kenjis = order(20, KENJI, "2026-03-02 09:59");
    kenjis["customer"]["id"] = json!(57);
    shop.arrives("orders/create", &kenjis).await;
    for (id, email) in [("1", NORA), ("2", ZOFIA)] {
        let body = own_order(id, email);
        let headers = shop.headers_of("own", acceptance::STANDARD_SECRET, "", body.as_bytes());
        assert_eq!(shop.arrives_at("own", &headers, body.as_bytes()).await, (200, "recorded".into()));
    }
    shop
}

#[tokio::test]
async fn who_was_there_alone_is_erased_and_who_buys_elsewhere_keeps_that() {
    let shop = shop().await;
    let leaves = json!({ "shop_id": 1, "shop_domain": "tea.example.com" });
    assert_eq!(shop.arrives("shop/redact", &leaves).await, (200, "erasure_noted".into()));
    shop.local.tick().await.expect("a run");
    let people = shop.local.store.walk().page().await.expect("a page");
    let of = |address: &str| people.iter().find(|p| p.customer.email.as_ref().is_some_and(|e| e.expose() == address));
    assert!(of(KENJI).is_none() && people.iter().filter(|p| p.customer.erased_at.is_some()).count() == 1);
    let nora = of(NORA).expect("nora");
    assert_eq!((nora.orders.len(), nora.customer.order_count, nora.customer.spent[0].minor), (1, 1, 2000));
    assert_eq!(nora.customer.orders.len(), 1);
    assert!(nora.customer.storefront_ids.is_empty());
    assert_eq!(of(ZOFIA).expect("zofia").customer.order_count, 1);
    assert_eq!((nora.customer.products.len(), nora.customer.products[0].units), (1, 2), "the tea of the other shop");
    // Letters keep their occasions, so that none is sent again; proofs of consent are the shop's own.
    let kept = format!("{:?} {:?}", nora.orders, nora.customer.orders);
    assert!(!kept.contains("shopify:"), "a trace in {kept}");
    let all = format!("{people:?}");
    // Once more changes nothing.
    shop.arrives("shop/redact", &leaves).await;
    shop.local.tick().await.expect("a run");
    assert_eq!(format!("{:?}", shop.local.store.walk().page().await.expect("a page")), all);
}
