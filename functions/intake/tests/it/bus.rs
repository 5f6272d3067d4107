//! Shopify's webhooks over EventBridge are read as those over HTTP, and anything else on the bus is nobody's.

use std::sync::Arc;

use intake::bus::invoke;
use retention::shop::SourceKind;
use retention::store_name::StoreName;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use crate::door::{Door, SECRET};

fn order() -> Value {
    json!({
        "id": 1, "email": "nora@example.com", "created_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T10:00:00Z",
        "financial_status": "paid", "currency": "EUR", "total_price": "20.00", "customer": { "id": 42 },
        "line_items": [{ "sku": "TEA", "title": "Tea", "quantity": 1, "price": "20.00" }],
    })
}

fn event(domain: &str, topic: &str, payload: &Value) -> Box<RawValue> {
    let event = json!({
        "version": "0", "id": "1", "detail-type": "shopifyWebhook",
        "source": "aws.partner/shopify.com/1/regulars", "account": "111122223333", "region": "eu-central-1",
        "time": "2026-03-02T10:00:01Z", "resources": [],
        "detail": { "payload": payload, "metadata": { "Content-Type": "application/json",
            "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": domain } },
    });
    to_raw_value(&event).expect("JSON")
}

async fn door() -> Door {
    let mut door = Door::with(Some(SECRET)).await;
    let mut shop = door.intake.recorder.shop.as_ref().clone();
    shop.sources[0].store = StoreName::parse(SourceKind::Shopify, "sample-shop").ok();
    door.intake.recorder.shop = Arc::new(shop);
    door.sets_the_clock("2026-03-02T10:01:00Z");
    door
}

async fn people(door: &Door) -> usize {
    door.intake.recorder.store.walk().page().await.expect("a page").len()
}

#[tokio::test]
async fn an_order_on_the_bus_is_recorded_once_whichever_door_it_comes_by() {
    let door = door().await;
    let event = event("sample-shop.myshopify.com", "orders/create", &order());
    assert!(invoke(&door.intake, &event).await.expect("taken").is_none());
    assert_eq!(people(&door).await, 1);
    assert_eq!(door.hears("orders/create", &order()).await, "already");
    assert!(invoke(&door.intake, &event).await.is_ok());
    let person = &door.intake.recorder.store.walk().page().await.expect("a page")[0];
    assert_eq!((person.customer.order_count, person.sends.len()), (1, 1));
}

#[tokio::test]
async fn what_is_not_ours_on_the_bus_is_nobodys() {
    let door = door().await;
    for (from, domain) in [
        ("aws.partner/shopify.com/1/regulars", "another-shop.myshopify.com"),
        ("aws.partner/shopify.com/1/regulars", "sample-shop.myshopify.com.example.com"),
        ("my.own.application", "sample-shop.myshopify.com"),
    ] {
        let mut event: Value = serde_json::from_str(event(domain, "orders/create", &order()).get()).expect("JSON");
        event["source"] = json!(from);
        assert!(invoke(&door.intake, &to_raw_value(&event).expect("JSON")).await.is_ok());
    }
    assert_eq!(people(&door).await, 0);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_kept() {
    let door = door().await;
    let event = event("sample-shop.myshopify.com", "orders/create", &json!({ "id": "x" }));
    assert!(invoke(&door.intake, &event).await.is_ok());
    assert_eq!(door.quarantined_topic().await, "orders/create");
}

#[tokio::test]
async fn a_request_whose_body_looks_like_an_event_is_a_request() {
    let door = door().await;
    let body = event("sample-shop.myshopify.com", "orders/create", &order()).get().to_owned();
    let request = json!({
        "version": "2.0", "rawPath": "/webhooks/shopify", "headers": { "detail-type": "shopifyWebhook" },
        "requestContext": { "stage": "$default", "http": { "method": "POST", "path": "/webhooks/shopify" } },
        "body": body, "isBase64Encoded": false,
    });
    let answer = invoke(&door.intake, &to_raw_value(&request).expect("JSON")).await.expect("an answer");
    assert_eq!((answer.expect("a response").status_code, people(&door).await), (401, 0), "it is not signed");
    let neither = to_raw_value(&json!("neither")).expect("JSON");
    assert!(invoke(&door.intake, &neither).await.is_err());
}
