//! `regulars webhook`: signs a payload as the storefront would, posts it, prints the answer.

use std::path::Path;

use cloud::Store;
use retention::shop::Source;
use retention::{Shop, Time};
use serde_json::Value;
use storefront::adapter::{Adapter, has_topic_header};

use crate::failure::Failure;

/// Where a storefront delivers, and with which secret.
#[derive(Debug, Clone, Copy)]
pub struct Door<'d> {
    /// The storefront.
    pub source: &'d Source,
    /// Where the shop answers: a running studio, or a deployed shop.
    pub url: &'d str,
    /// The secret that it signs with.
    pub secret: &'d str,
    /// When it signs.
    pub now: Time,
}

/// The source of that name in `shop.toml`.
pub fn source<'s>(shop: &'s Shop, name: &str) -> Result<&'s Source, Failure> {
    shop.source(name).ok_or_else(|| {
        let names: Vec<&str> = shop.sources.iter().map(|s| s.name.as_str()).collect();
        Failure::new(format!("shop.toml has no source `{name}`: there are {}", names.join(", ")))
    })
}

/// Posts a file, and returns status and answer.
pub async fn post_file(door: &Door<'_>, file: &Path, topic: Option<&str>) -> Result<String, Failure> {
    let topic = match topic {
        Some(topic) => topic,
        None if has_topic_header(door.source.kind) => {
            let what = format!("`{}` says in a header what a body is about: name it with --topic", door.source.name);
            return Err(Failure::new(what));
        }
        None => "",
    };
    let body = std::fs::read(file).map_err(|e| Failure::new(format!("{} cannot be read: {e}", file.display())))?;
    let (line, good) = post(door, topic, body).await?;
    if good { Ok(line) } else { Err(Failure::new(line)) }
}

/// Sends everything of a source that could not be read through once more. What can be read now is forgotten where it was
/// kept.
pub async fn replay(door: &Door<'_>, store: &Store) -> Result<String, Failure> {
    let kept = store.quarantined(&door.source.name, door.now).await?;
    if kept.is_empty() {
        return Ok(format!("Nothing of `{}` is kept that could not be read.", door.source.name));
    }
    let mut lines = Vec::new();
    let mut left = 0;
    for body in &kept {
        let (answer, good) = post(door, &body.topic, body.body.clone()).await?;
        let outcome = answer.split_once(": ").and_then(|(_, json)| serde_json::from_str::<Value>(json).ok());
        let outcome = outcome.and_then(|json| json["outcome"].as_str().map(str::to_owned));
        // What still cannot be read stays as it is kept.
        if good && outcome.as_deref().is_some_and(|outcome| outcome != "quarantined") {
            store.end_quarantine(body).await?;
        } else {
            left += 1;
        }
        let topic = if body.topic.is_empty() { "(no topic)" } else { &body.topic };
        lines.push(format!("{topic}, {} bytes: {}", body.body.len(), outcome.unwrap_or(answer)));
    }
    lines.push(format!("{} were sent through again; {left} are still kept.", kept.len()));
    Ok(lines.join("\n"))
}

/// Posts a body signed by the storefront's rules; the line of its answer, and whether it was taken.
async fn post(door: &Door<'_>, topic: &str, body: Vec<u8>) -> Result<(String, bool), Failure> {
    let Door { source, url, secret, now } = *door;
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
    Ok((format!("{status}: {text}"), status.is_success()))
}
