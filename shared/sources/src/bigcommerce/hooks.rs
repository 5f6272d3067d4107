//! The webhooks of an API account.

use hyper::Method;
use serde::Deserialize;
use serde_json::json;

use super::Data;
use crate::client::Client;
use crate::error::SourceError;
use crate::http::Question;
use crate::subscriptions::Hook;

const HOOKS: &str = "/stores/.../v3/hooks";
const HOOK: &str = "/stores/.../v3/hooks/...";
const LIMIT: usize = 250;

#[derive(Deserialize)]
struct Listed {
    id: u64,
    scope: String,
    destination: String,
    is_active: bool,
}

/// The webhooks that were made with this API account.
pub(crate) async fn hooks(client: &Client) -> Result<Vec<Hook>, SourceError> {
    const PAGES: usize = 20;
    let mut hooks = Vec::new();
    for number in 1..=PAGES {
        let answer = client.get(&format!("/v3/hooks?limit={LIMIT}&page={number}"), HOOKS).await?;
        let listed: Data<Vec<Listed>> = client.read(&answer, HOOKS)?;
        let last = listed.data.len() < LIMIT;
        hooks.extend(listed.data.into_iter().map(|hook| Hook {
            id: hook.id.to_string(),
            topic: hook.scope,
            address: hook.destination,
            active: hook.is_active,
        }));
        if last {
            break;
        }
    }
    Ok(hooks)
}

/// Makes a webhook. BigCommerce signs with the client secret of the API account.
pub(crate) fn create(scope: &str, url: &str) -> Question {
    let body = json!({"scope": scope, "destination": url, "is_active": true}).to_string();
    Question { method: Method::POST, target: "/v3/hooks".to_owned(), label: HOOKS, body: Some(body) }
}

/// Switches a webhook on that was switched off after two days of failures, or ninety days without anything to send.
pub(crate) fn wake(id: &str, hook: &Hook) -> Question {
    let body = json!({"scope": hook.topic, "destination": hook.address, "is_active": true}).to_string();
    Question { method: Method::PUT, target: format!("/v3/hooks/{id}"), label: HOOK, body: Some(body) }
}
