//! The webhooks of the benches: an invented order in Shopify's shape, of all the fields that such a body has.

use cloud::door::Request;
use retention::Time;
use serde_json::{Value, json};
use storefront::{Secrets, shopify};

/// The source of the sample shop.
pub(super) const SOURCE: &str = "shopify";
/// The secret that signs the webhooks. Invented, and of use to nobody.
pub(super) const SECRET: &str = "a webhook secret of the benches";
/// The topic of an order.
pub(super) const TOPIC: &str = "orders/create";

/// The body of order `order`, placed by person `person` at `at`: about 11 kB.
pub(super) fn body(person: u64, order: u64, at: Time) -> Result<String, String> {
    let mut body: Value = serde_json::from_str(include_str!("order.json")).map_err(|e| format!("order.json: {e}"))?;
    let (email, at) = (format!("buyer{person}@example.com"), at.to_rfc3339());
    body["id"] = json!(5_600_000_000 + order);
    body["name"] = json!(format!("#{order}"));
    body["email"] = json!(email);
    for token in ["checkout_token", "cart_token", "token"] {
        body[token] = json!(format!("{token}-{order}"));
    }
    body["contact_email"] = json!(email);
    for time in ["created_at", "processed_at", "updated_at"] {
        body[time] = json!(at);
    }
    body["customer"]["id"] = json!(7_100_000_000 + person);
    body["customer"]["email"] = json!(email);
    Ok(body.to_string())
}

/// A body of each other kind, about person 1 and their order 1, with its topic and a name for the figure. They are to arrive
/// in this order, after that order.
pub(super) fn others(at: Time) -> Vec<(&'static str, &'static str, Value)> {
    let (at, id, order) = (at.to_rfc3339(), 7_100_000_001_u64, 5_600_000_001_u64);
    let line = json!([{ "sku": "TEA", "title": "Tea", "quantity": 1, "price": "12.90" }]);
    vec![
        (
            "customer",
            "customers/update",
            json!({ "id": id, "email": "buyer1@example.com", "first_name": "Nora",
            "created_at": at, "updated_at": at }),
        ),
        (
            "consent",
            shopify::CONSENT_TOPIC,
            json!({ "customer_id": id, "email_address": "buyer1@example.com",
            "email_marketing_consent": { "state": "subscribed", "opt_in_level": "single_opt_in",
            "consent_updated_at": at } }),
        ),
        (
            "cart",
            "checkouts/update",
            json!({ "token": "t1", "email": "buyer1@example.com", "currency": "EUR",
            "created_at": at, "updated_at": at, "total_price": "12.90", "line_items": line }),
        ),
        (
            "parcel",
            "fulfillments/create",
            json!({ "id": 1, "order_id": order, "status": "success", "created_at": at,
            "updated_at": at, "tracking_number": "1Z2345" }),
        ),
        (
            "carrier",
            "fulfillment_events/create",
            json!({ "id": 1, "fulfillment_id": 1, "order_id": order,
            "status": "delivered", "happened_at": at }),
        ),
        (
            "refund",
            "refunds/create",
            json!({ "id": 1, "order_id": order, "created_at": at, "transactions": [
            { "kind": "refund", "status": "success", "amount": "1.00", "currency": "EUR" }] }),
        ),
        (
            "refund_before_its_order",
            "refunds/create",
            json!({ "id": 2, "order_id": 1, "created_at": at,
            "transactions": [{ "kind": "refund", "status": "success", "amount": "1.00", "currency": "EUR" }] }),
        ),
        (
            "product",
            "products/update",
            json!({ "id": 1, "title": "Tea", "updated_at": at,
            "variants": [{ "id": 1, "sku": "TEA", "price": "12.90" }] }),
        ),
        (
            "question",
            "customers/data_request",
            json!({ "shop_domain": "tea.example.com", "customer": { "id": id },
            "data_request": { "id": 1 } }),
        ),
        (
            "erasure",
            "customers/redact",
            json!({ "shop_domain": "tea.example.com", "customer": { "id": id },
            "orders_to_redact": [] }),
        ),
    ]
}

/// The headers that Shopify sends with a body, signed.
fn headers(topic: &str, body: &str) -> Result<Vec<(&'static str, String)>, String> {
    let secrets = Secrets::new([SECRET]).map_err(|e| e.to_string())?;
    let signature = shopify::sign(body.as_bytes(), &secrets);
    Ok(vec![
        ("content-type", "application/json".to_owned()),
        (shopify::TOPIC_HEADER, topic.to_owned()),
        (shopify::SIGNATURE_HEADER, signature),
    ])
}

/// The request as API Gateway hands it over.
pub(super) fn request(topic: &str, body: &str) -> Result<Request, String> {
    studio::http::event("POST", &format!("/webhooks/{SOURCE}"), headers(topic, body)?, body.as_bytes())
        .map_err(|e| e.to_string())
}
