//! `regulars webhook`: signs a payload as the storefront would, posts it, prints the answer.

use std::path::Path;

use retention::Shop;
use storefront::{Secrets, shopify};

use crate::failure::Failure;

/// Posts a file to a running studio or a deployed shop, and returns status and answer.
pub async fn post(
    shop: &Shop,
    file: &Path,
    source: &str,
    url: &str,
    topic: &str,
    secret: &str,
) -> Result<String, Failure> {
    if shop.source(source).is_none() {
        let names: Vec<&str> = shop.sources.iter().map(|s| s.name.as_str()).collect();
        return Err(Failure::new(format!("shop.toml has no source `{source}`: there are {}", names.join(", "))));
    }
    let body = std::fs::read(file).map_err(|e| Failure::new(format!("{} cannot be read: {e}", file.display())))?;
    let secrets = Secrets::new([secret]).map_err(|e| Failure::new(format!("the webhook secret: {e}")))?;
    let target = format!("{}/webhooks/{source}", url.trim_end_matches('/'));
    let sent = reqwest::Client::new()
        .post(&target)
        .header("content-type", "application/json")
        .header(shopify::TOPIC_HEADER, topic)
        .header(shopify::SIGNATURE_HEADER, shopify::sign(&body, &secrets))
        .body(body)
        .send()
        .await;
    let answer = sent.map_err(|e| Failure::new(format!("{target} cannot be reached: {e}; is `regulars` running?")))?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    let line = format!("{status}: {text}");
    if status.is_success() { Ok(line) } else { Err(Failure::new(line)) }
}
