//! `regulars webhook`: signs a payload as the storefront would, posts it, prints the answer.

use std::path::Path;

use retention::shop::Source;
use retention::{Shop, Time};
use storefront::adapter::{Adapter, has_topic_header};

use crate::failure::Failure;

/// The source of that name in `shop.toml`.
pub fn source<'s>(shop: &'s Shop, name: &str) -> Result<&'s Source, Failure> {
    shop.source(name).ok_or_else(|| {
        let names: Vec<&str> = shop.sources.iter().map(|s| s.name.as_str()).collect();
        Failure::new(format!("shop.toml has no source `{name}`: there are {}", names.join(", ")))
    })
}

/// Posts a file to a running studio or a deployed shop, signed at `now`, and returns status and answer.
pub async fn post(
    source: &Source,
    file: &Path,
    url: &str,
    topic: Option<&str>,
    secret: &str,
    now: Time,
) -> Result<String, Failure> {
    let topic = match topic {
        Some(topic) => topic,
        None if has_topic_header(source.kind) => {
            let what = format!("`{}` says in a header what a body is about: name it with --topic", source.name);
            return Err(Failure::new(what));
        }
        None => "",
    };
    let body = std::fs::read(file).map_err(|e| Failure::new(format!("{} cannot be read: {e}", file.display())))?;
    let adapter = Adapter::new(source.kind, [secret]).map_err(|e| Failure::new(format!("the webhook secret: {e}")))?;
    let target = format!("{}/webhooks/{}", url.trim_end_matches('/'), source.name);
    let mut request = reqwest::Client::new().post(&target).header("content-type", "application/json");
    for (name, value) in adapter.sign(topic, &body, now) {
        request = request.header(name, value);
    }
    let sent = request.body(body).send().await;
    let answer = sent.map_err(|e| Failure::new(format!("{target} cannot be reached: {e}; is `regulars` running?")))?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    let line = format!("{status}: {text}");
    if status.is_success() { Ok(line) } else { Err(Failure::new(line)) }
}
