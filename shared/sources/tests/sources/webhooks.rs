//! Webhooks are made once, whoever asks how often, and switched on again where they were switched off.

use axum::http::Method;
use retention::shop::SourceKind;
use serde_json::json;
use sources::SourceError;

use crate::vendor::{Answer, Vendor, line, ok};

const URL: &str = "https://hooks.shop.example/webhooks/shop";
const SECRET: &str = "a secret of the webhook's own";

fn names(topics: &[&str]) -> Vec<String> {
    topics.iter().map(|topic| (*topic).to_owned()).collect()
}

#[tokio::test]
async fn shopify_is_asked_to_send_only_what_it_does_not_send_yet() {
    let vendor = Vendor::start(|asked| match asked.method {
        Method::GET => ok(json!({"webhooks": [
            {"id": 1, "topic": "orders/create", "address": URL},
            {"id": 2, "topic": "orders/updated", "address": "https://another.example/hooks"}
        ]})),
        _ => Answer::Json(201, Vec::new(), json!({"webhook": {"id": 3}})),
    })
    .await;
    let client = vendor.client(SourceKind::Shopify);
    let done = client.subscribe(&["orders/updated", "orders/create", "orders/updated"], URL, SECRET).await.unwrap();
    assert_eq!((done.created, done.existing), (names(&["orders/updated"]), names(&["orders/create"])));
    let asked = vendor.asked();
    assert_eq!((asked.len(), asked[1].path.as_str()), (2, "/admin/api/2026-01/webhooks.json"));
    assert_eq!(asked[1].body, json!({"webhook": {"topic": "orders/updated", "address": URL, "format": "json"}}));
}

#[tokio::test]
async fn woocommerce_gets_the_secret_and_a_disabled_webhook_is_switched_on() {
    let vendor = Vendor::start(|asked| match asked.method {
        Method::GET if asked.query.ends_with("page=1") => Answer::Json(
            200,
            vec![("x-wp-totalpages", "2".into())],
            json!([{"id": 1, "topic": "order.created", "delivery_url": URL, "status": "active"}]),
        ),
        Method::GET => Answer::Json(
            200,
            vec![("x-wp-totalpages", "2".into())],
            json!([{"id": 2, "topic": "order.updated", "delivery_url": URL, "status": "disabled"}]),
        ),
        _ => Answer::Json(201, Vec::new(), json!({"id": 3})),
    })
    .await;
    let client = vendor.client(SourceKind::WooCommerce);
    let done = client.subscribe(&["order.created", "order.updated", "customer.created"], URL, SECRET).await.unwrap();
    assert_eq!(done.existing, names(&["order.created"]));
    assert_eq!((done.woken, done.created), (names(&["order.updated"]), names(&["customer.created"])));
    let told: Vec<_> = vendor.asked().into_iter().filter(|asked| asked.method != Method::GET).collect();
    assert_eq!((told[0].method.as_str(), told[0].body["secret"].as_str()), ("POST", Some(SECRET)));
    assert_eq!((told[1].method.as_str(), told[1].path.as_str()), ("PUT", "/wp/wp-json/wc/v3/webhooks/2"));
}

#[tokio::test]
async fn bigcommerce_is_asked_by_scope_and_wakes_what_it_has_switched_off() {
    let vendor = Vendor::start(|asked| match asked.method {
        Method::GET => ok(json!({"data": [
            {"id": 1, "scope": "store/order/*", "destination": URL, "is_active": false},
            {"id": 2, "scope": "store/cart/abandoned", "destination": URL, "is_active": true}
        ], "meta": {}})),
        _ => ok(json!({"data": {"id": 3}})),
    })
    .await;
    let client = vendor.client(SourceKind::BigCommerce);
    let topics = ["store/order/*", "store/cart/abandoned", "store/customer/*"];
    let done = client.subscribe(&topics, URL, SECRET).await.unwrap();
    assert_eq!((done.created, done.woken), (names(&["store/customer/*"]), names(&["store/order/*"])));
    let told: Vec<_> = vendor.asked().into_iter().filter(|asked| asked.method != Method::GET).collect();
    assert_eq!(told[0].body, json!({"scope": "store/customer/*", "destination": URL, "is_active": true}));
    assert_eq!(told[1].path, "/stores/q7example/v3/hooks/1");
}

#[tokio::test]
async fn what_had_no_answer_may_have_been_done_and_is_not_done_twice() {
    for status in [500, 504] {
        let vendor = Vendor::start(move |asked| match asked.method {
            Method::GET => ok(json!({"data": []})),
            _ => Answer::Nothing(status),
        })
        .await;
        let outcome = vendor.client(SourceKind::BigCommerce).subscribe(&["store/order/*"], URL, SECRET).await;
        assert!(matches!(outcome, Err(SourceError::Unavailable { tries: 1, .. })), "{outcome:?}");
    }
    let busy = Vendor::start(|asked| match (asked.method.as_str(), asked.before) {
        ("GET", _) => ok(json!({"data": []})),
        (_, 0) => Answer::Nothing(429),
        _ => ok(json!({"data": {"id": 1}})),
    })
    .await;
    let done = busy.client(SourceKind::BigCommerce).subscribe(&["store/order/*"], URL, SECRET).await.unwrap();
    assert_eq!(done.created.len(), 1, "what was refused for being too much was not done");
}

#[tokio::test]
async fn ecwid_has_no_webhooks_by_its_api_and_says_so() {
    let vendor = Vendor::start(|_| Answer::Nothing(500)).await;
    let line = line(vendor.client(SourceKind::Ecwid).subscribe(&["order.created"], URL, SECRET).await);
    assert_eq!(line, "the API of ecwid has no webhooks: they are set in the app's own settings");
    assert_eq!(vendor.asked().len(), 0);
}

#[tokio::test]
async fn webhooks_are_sent_to_https_only() {
    let vendor = Vendor::start(|_| Answer::Nothing(500)).await;
    for url in ["http://hooks.shop.example", "hooks.shop.example", "https://a b", ""] {
        let outcome = vendor.client(SourceKind::Shopify).subscribe(&["orders/create"], url, SECRET).await;
        assert_eq!(outcome, Err(SourceError::BadAddress), "{url}");
    }
    assert_eq!(vendor.asked().len(), 0);
}
