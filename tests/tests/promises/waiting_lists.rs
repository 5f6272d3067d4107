//! Whoever waits for a product is told when it is there again or costs less, once, and only while that is so.

use acceptance::TestShop;
use serde_json::{Value, json};

const SECRET: &str = "whsec_d2FpdGluZyBsaXN0cyBvZiB0aGUgdGVzdHM=";

async fn shop() -> TestShop {
    let sources = [("own", "standard", SECRET)];
    TestShop::open_with_flows("2026-03-02 10:00", &sources, &["back_in_stock", "price_drop", "cart"]).await
}

async fn hears(shop: &TestShop, what: &str, timestamp: &str, data: Value) {
    let body = json!({ "type": what, "timestamp": format!("{}:00Z", timestamp.replace(' ', "T")), "data": data });
    let body = body.to_string();
    let headers = shop.headers_of("own", SECRET, "", body.as_bytes());
    assert_eq!(shop.arrives_at("own", &headers, body.as_bytes()).await, (200, "recorded".into()), "{body}");
}

/// The pot, in one size, of which so many are there at a price.
async fn pot(shop: &TestShop, timestamp: &str, stock: u32, price: &str) {
    let variant =
        json!({ "sku": "POT-NIGHT", "title": "Stone", "price": price, "stock": stock, "available": stock > 0 });
    let product = json!({ "id": "pot", "title": "Night Pot", "url": "https://twoherons.example/pot", "currency": "EUR",
        "variants": [variant] });
    hears(shop, "product.changed", timestamp, product).await;
}

async fn waits(shop: &TestShop, what: &str, email: &str, timestamp: &str) {
    let consent =
        json!({ "state": "subscribed", "acted_at": "2026-03-02T09:00:00Z", "source": "form", "wording": "v1" });
    let customer = json!({ "email": email, "country": "IE", "consent": consent });
    hears(shop, what, timestamp, json!({ "customer": customer, "product": { "sku": "POT-NIGHT" } })).await;
}

const ASKED: &str = "back_in_stock.requested";

#[tokio::test]
async fn whoever_waits_is_told_within_minutes_and_sees_what_it_costs_now() {
    let shop = shop().await;
    pot(&shop, "2026-03-02 10:00", 0, "48.00").await;
    waits(&shop, ASKED, "nora@example.com", "2026-03-02 10:00").await;
    shop.until("2026-03-10 10:00").await;
    assert_eq!(shop.what_left(), [""; 0]);
    pot(&shop, "2026-03-10 10:00", 7, "48.00").await;
    shop.until("2026-03-10 10:10").await;
    assert_eq!(shop.what_left(), ["back_in_stock/back"]);
    let letter = &shop.letters()[0];
    assert!(letter.text.contains("Night Pot") && letter.html.contains("€48.00"), "{}", letter.text);
    assert!(letter.html.contains("https://twoherons.example/pot"));
}

#[tokio::test]
async fn what_is_sold_out_again_is_not_written_about() {
    let shop = shop().await;
    pot(&shop, "2026-03-02 10:00", 0, "48.00").await;
    waits(&shop, ASKED, "nora@example.com", "2026-03-02 10:00").await;
    // By night nothing is sent.
    shop.until("2026-03-10 23:00").await;
    pot(&shop, "2026-03-10 23:00", 1, "48.00").await;
    shop.until("2026-03-11 06:00").await;
    pot(&shop, "2026-03-11 06:00", 0, "48.00").await;
    shop.until("2026-03-20 10:00").await;
    assert_eq!(shop.what_left(), [""; 0]);
    // The next time counts anew.
    pot(&shop, "2026-03-20 10:00", 1, "48.00").await;
    shop.until("2026-03-20 10:10").await;
    assert_eq!(shop.what_left(), ["back_in_stock/back"]);
}

#[tokio::test]
async fn a_sign_that_arrives_after_the_others_were_told_is_told_too() {
    let shop = shop().await;
    pot(&shop, "2026-03-02 10:00", 0, "48.00").await;
    shop.until("2026-03-10 10:00").await;
    pot(&shop, "2026-03-10 10:00", 7, "48.00").await;
    shop.until("2026-03-10 10:30").await;
    waits(&shop, ASKED, "nora@example.com", "2026-03-09 10:00").await;
    shop.until("2026-03-10 10:40").await;
    assert_eq!(shop.what_left(), ["back_in_stock/back"]);
}

#[tokio::test]
async fn whoever_likes_a_product_is_told_that_it_costs_less_unless_it_costs_more_again() {
    let shop = shop().await;
    pot(&shop, "2026-03-02 10:00", 5, "48.00").await;
    waits(&shop, "favourite.added", "nora@example.com", "2026-03-02 10:00").await;
    shop.until("2026-03-10 10:00").await;
    pot(&shop, "2026-03-10 10:00", 5, "47.50").await;
    shop.until("2026-03-10 23:00").await;
    assert_eq!(shop.what_left(), [""; 0], "a fiftieth less is no news");
    pot(&shop, "2026-03-10 23:00", 5, "40.00").await;
    shop.until("2026-03-11 06:00").await;
    pot(&shop, "2026-03-11 06:00", 5, "48.00").await;
    shop.until("2026-03-12 10:00").await;
    assert_eq!(shop.what_left(), [""; 0], "by the morning it costs as much as before");
    pot(&shop, "2026-03-12 10:00", 5, "40.00").await;
    shop.until("2026-03-12 10:10").await;
    assert_eq!(shop.what_left(), ["price_drop/less"]);
}

#[tokio::test]
async fn a_favourite_that_was_taken_back_is_not_told() {
    let shop = shop().await;
    pot(&shop, "2026-03-02 10:00", 5, "48.00").await;
    waits(&shop, "favourite.added", "nora@example.com", "2026-03-02 10:00").await;
    shop.until("2026-03-02 11:00").await;
    waits(&shop, "favourite.removed", "nora@example.com", "2026-03-02 11:00").await;
    shop.until("2026-03-10 10:00").await;
    pot(&shop, "2026-03-10 10:00", 5, "40.00").await;
    shop.until("2026-03-12 10:00").await;
    assert_eq!(shop.what_left(), [""; 0]);
}

#[tokio::test]
async fn of_a_cart_that_is_sold_out_nobody_is_reminded() {
    let shop = shop().await;
    let consent =
        json!({ "state": "subscribed", "acted_at": "2026-03-02T09:00:00Z", "source": "form", "wording": "v1" });
    for (number, email, sku) in [(1, "nora@example.com", "POT-NIGHT"), (2, "kenji@example.com", "TEA-FOG-100")] {
        let customer = json!({ "email": email, "country": "IE", "consent": consent });
        let line = json!({ "product_id": sku, "sku": sku, "title": "A thing", "quantity": 1, "unit_price": "48.00" });
        let cart = json!({ "id": format!("cart-{number}"), "customer": customer, "currency": "EUR", "total": "48.00",
            "lines": [line] });
        hears(&shop, "cart.changed", "2026-03-02 10:00", cart).await;
    }
    pot(&shop, "2026-03-02 10:00", 0, "48.00").await;
    shop.until("2026-03-03 13:00").await;
    let to: Vec<String> = shop.letters().into_iter().map(|letter| letter.to).collect();
    assert!(!to.is_empty() && to.iter().all(|to| to == "kenji@example.com"), "{to:?}");
}
