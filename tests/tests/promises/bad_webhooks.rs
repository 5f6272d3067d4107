//! What a storefront, or somebody who pretends to be one, may send.

use acceptance::{CONSENT, SECRET, TestShop, consent, order};
use serde_json::{Value, json};
use storefront::{Secrets, shopify};

const NORA: &str = "nora@example.com";
const TOPIC: (&str, &str) = (shopify::TOPIC_HEADER, "orders/create");

async fn shop() -> TestShop {
    TestShop::open("2026-03-02 10:00").await
}

fn sign(body: &[u8], secret: &str) -> String {
    shopify::sign(body, &Secrets::new([secret]).expect("a secret"))
}

async fn answers(headers: &[(&str, &str)], body: &[u8]) -> (i64, String) {
    let shop = shop().await;
    let answer = TestShop::read(shop.local.request(&TestShop::webhook(headers, body)).await);
    assert!(shop.letters().is_empty());
    if answer.0 != 200 {
        assert!(shop.local.store.walk().page().await.expect("a page").is_empty(), "nothing was written");
    }
    answer
}

#[tokio::test]
async fn a_wrong_missing_empty_or_doubled_signature_is_answered_401_and_writes_nothing() {
    let body = order(1, NORA, "2026-03-02 09:59").to_string();
    let body = body.as_bytes();
    let right = sign(body, SECRET);
    let wrong = sign(body, "another-secret-of-some-length");
    let doubled = format!("{right},{right}");
    for (signature, error) in [
        (Some(wrong.as_str()), "wrong"),
        (Some(""), "no signature"),
        (None, "no signature"),
        (Some(doubled.as_str()), "more than one"),
        (Some("not base64!"), "base64"),
    ] {
        let headers: Vec<(&str, &str)> =
            [TOPIC].into_iter().chain(signature.map(|s| (shopify::SIGNATURE_HEADER, s))).collect();
        let (status, said) = answers(&headers, body).await;
        assert_eq!(status, 401, "{signature:?}");
        assert!(said.contains(error), "{signature:?}: {said}");
    }
}

#[tokio::test]
async fn a_base64_flagged_body_is_verified_over_the_bytes_that_were_sent() {
    use base64::Engine as _;
    let shop = shop().await;
    let body = order(1, NORA, "2026-03-02 09:59").to_string();
    let mut request = TestShop::signed("orders/create", body.as_bytes());
    request.is_base64_encoded = true;
    assert_eq!(TestShop::read(shop.local.request(&request).await).0, 400, "flagged, and is not");
    request.body = Some(base64::engine::general_purpose::STANDARD.encode(&body));
    assert_eq!(TestShop::read(shop.local.request(&request).await), (200, "recorded".into()));
}

#[tokio::test]
async fn a_signed_body_that_cannot_be_read_is_kept_and_answered_200() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let long = format!("{{\"note\":\"{}\"}}", "x".repeat(6 * 1024 * 1024));
    for body in [&b"not json"[..], b"\xff\xfe{}", deep.as_bytes(), long.as_bytes(), b"{}"] {
        let signature = sign(body, SECRET);
        let (status, outcome) = answers(&[TOPIC, (shopify::SIGNATURE_HEADER, &signature)], body).await;
        assert_eq!((status, outcome.as_str()), (200, "quarantined"), "{} bytes", body.len());
    }
}

#[tokio::test]
async fn an_unknown_topic_is_answered_200_and_nothing_happens() {
    let shop = shop().await;
    let answer = shop.arrives("app/uninstalled", &json!({ "id": 1 })).await;
    assert_eq!(answer, (200, "unknown_topic".into()));
}

#[tokio::test]
async fn an_unknown_address_is_404_and_another_method_405() {
    let shop = shop().await;
    let none = Vec::<(String, String)>::new;
    let nowhere = studio::http::event("POST", "/webhooks/nobody", none(), b"{}").expect("a request");
    assert_eq!(TestShop::read(shop.local.request(&nowhere).await).0, 404);
    let get = studio::http::event("GET", "/webhooks/shopify", none(), b"").expect("a request");
    assert_eq!(TestShop::read(shop.local.request(&get).await).0, 405);
}

async fn what_comes_of(change: impl Fn(&mut Value)) -> (String, Vec<String>) {
    let shop = shop().await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-01 10:00")).await;
    let mut body = order(1001, NORA, "2026-03-02 09:59");
    change(&mut body);
    let (status, outcome) = shop.arrives("orders/create", &body).await;
    assert_eq!(status, 200);
    shop.until("2026-03-05 10:00").await;
    (outcome, shop.what_left())
}

#[tokio::test]
async fn a_test_order_and_one_of_zero_total_are_stored_and_make_no_letter() {
    for change in [json!({ "test": true }), json!({ "total_price": "0.00" })] {
        let (outcome, left) = what_comes_of(|body| merge(body, &change)).await;
        assert_eq!((outcome.as_str(), left.len()), ("recorded", 0), "{change}");
    }
}

#[tokio::test]
async fn an_order_without_an_email_is_stored_with_its_customer_and_writes_to_nobody_new() {
    let change = json!({ "email": "", "customer": { "id": 99 } });
    let (outcome, left) = what_comes_of(|body| merge(body, &change)).await;
    assert_eq!((outcome.as_str(), left.len()), ("recorded", 0));
    let nobody = json!({ "email": null, "customer": null });
    let (outcome, left) = what_comes_of(|body| merge(body, &nobody)).await;
    assert_eq!((outcome.as_str(), left.len()), ("nobody", 0));
}

#[tokio::test]
async fn a_guests_order_is_matched_by_the_address() {
    let (outcome, left) = what_comes_of(|body| merge(body, &json!({ "customer": null }))).await;
    assert_eq!(outcome, "recorded");
    assert_eq!(left, ["order_status/confirmed", "first_order/thanks"], "known by the address, with its consent");
}

#[tokio::test]
async fn an_order_in_yen_shows_no_decimals() {
    let shop = shop().await;
    let mut body = order(1001, NORA, "2026-03-02 09:59");
    merge(&mut body, &json!({ "currency": "JPY", "total_price": "1780", "subtotal_price": "1290", "total_tax": "0" }));
    body["line_items"][0]["price"] = json!("1290");
    body["shipping_lines"][0]["price"] = json!("490");
    shop.arrives("orders/create", &body).await;
    let text = &shop.letters()[0].text;
    assert!(text.contains("¥1,780") && !text.contains("1,780.00"), "{text}");
}

#[tokio::test]
async fn a_time_with_an_offset_is_that_instant() {
    let (_, left) = what_comes_of(|body| {
        // 09:59 UTC, written in New York: a day later by the wrong reading.
        merge(body, &json!({ "processed_at": "2026-03-02T04:59:00-05:00" }));
    })
    .await;
    assert_eq!(left, ["order_status/confirmed", "first_order/thanks"]);
}

#[tokio::test]
async fn a_version_older_than_the_stored_one_changes_nothing() {
    let shop = shop().await;
    let mut newer = order(1001, NORA, "2026-03-02 09:59");
    newer["updated_at"] = json!("2026-03-02T10:00:00Z");
    newer["cancelled_at"] = json!("2026-03-02T10:00:00Z");
    assert_eq!(shop.arrives("orders/cancelled", &newer).await.1, "recorded");
    assert_eq!(shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await.1, "older");
    let people = shop.local.store.walk().page().await.expect("a page");
    assert_eq!(people[0].customer.order_count, 0);
    assert_eq!(shop.what_left(), ["order_status/cancelled"], "and it is not confirmed any more");
}

fn merge(body: &mut Value, change: &Value) {
    for (name, value) in change.as_object().expect("an object") {
        body[name] = value.clone();
    }
}
