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
    body["contact_email"] = json!(email);
    for time in ["created_at", "processed_at", "updated_at"] {
        body[time] = json!(at);
    }
    body["customer"]["id"] = json!(7_100_000_000 + person);
    body["customer"]["email"] = json!(email);
    Ok(body.to_string())
}

/// The headers that Shopify sends with a body, signed.
pub(super) fn headers(body: &str) -> Result<Vec<(&'static str, String)>, String> {
    let secrets = Secrets::new([SECRET]).map_err(|e| e.to_string())?;
    let signature = shopify::sign(body.as_bytes(), &secrets);
    Ok(vec![
        ("content-type", "application/json".to_owned()),
        (shopify::TOPIC_HEADER, TOPIC.to_owned()),
        (shopify::SIGNATURE_HEADER, signature),
    ])
}

/// The request as API Gateway hands it over.
pub(super) fn request(body: &str) -> Result<Request, String> {
    studio::http::event("POST", &format!("/webhooks/{SOURCE}"), headers(body)?, body.as_bytes())
        .map_err(|e| e.to_string())
}
