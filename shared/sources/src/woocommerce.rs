//! WooCommerce's REST API, version 3.
//!
//! Source: <https://woocommerce.github.io/woocommerce-rest-api-docs/>.

pub(crate) mod codes;

use hyper::Method;
use retention::Time;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use storefront::{Fetch, FetchKind};

use crate::client::Client;
use crate::cursor::Position;
use crate::error::SourceError;
use crate::head::Head;
use crate::http::{Answer, Question};
use crate::page::Page;
use crate::subscriptions::Hook;

/// How many entities are asked for at once: the most that WordPress gives.
const LIMIT: usize = 100;

fn words(client: &Client, what: FetchKind) -> Result<(&'static str, &'static str), SourceError> {
    Ok(match what {
        FetchKind::Order => ("/wp-json/wc/v3/orders", "/wp-json/wc/v3/orders/..."),
        FetchKind::Customer => ("/wp-json/wc/v3/customers", "/wp-json/wc/v3/customers/..."),
        FetchKind::Product => ("/wp-json/wc/v3/products", "/wp-json/wc/v3/products/..."),
        FetchKind::Subscriber => return Err(client.not_offered("subscribers: plugins keep them, each in its own way")),
        FetchKind::Cart => return Err(client.not_offered("carts")),
    })
}

/// Asks for one entity.
pub(crate) async fn fetch(client: &Client, what: &Fetch) -> Result<Option<Vec<u8>>, SourceError> {
    let (path, label) = words(client, what.kind)?;
    let Some(answer) = client.find(&format!("{path}/{}", what.id()), label).await? else { return Ok(None) };
    let entity: Box<RawValue> = client.read(&answer, label)?;
    if !Head::of(&entity).has_id(what.id()) {
        return Err(client.other_entity(label));
    }
    Ok(Some(entity.get().as_bytes().to_vec()))
}

/// Asks for a page of a list.
///
/// Orders and products are filtered by their last change and sorted by id: what changes meanwhile joins the list, so that
/// pages may repeat something and leave nothing out. Customers cannot be filtered: the newest come first, and the list ends
/// with the first of them who was there before `since`. What changed of an older one comes by webhook only.
pub(crate) async fn page(
    client: &Client,
    what: FetchKind,
    since: Option<Time>,
    after: Option<Position>,
) -> Result<Page, SourceError> {
    let (path, label) = words(client, what)?;
    let (number, since) = match after {
        None => (1, since),
        Some(Position::Number { number, since }) => (number, since),
        Some(Position::Token(_)) => return Err(SourceError::BadCursor),
    };
    let filter = match (what, since) {
        (FetchKind::Customer, None) => "role=all&orderby=id&order=asc".to_owned(),
        (FetchKind::Customer, Some(_)) => "role=all&orderby=registered_date&order=desc".to_owned(),
        (_, None) => "orderby=id&order=asc".to_owned(),
        (_, Some(since)) => {
            let since = since.format("%Y-%m-%dT%H:%M:%S");
            format!("orderby=id&order=asc&modified_after={since}&dates_are_gmt=true")
        }
    };
    let answer = client.get(&format!("{path}?per_page={LIMIT}&page={number}&{filter}"), label).await?;
    let entities: Vec<Box<RawValue>> = client.read(&answer, label)?;
    let heads: Vec<Head> = entities.iter().map(|entity| Head::of(entity)).collect();
    let known_before = |since: Time| heads.iter().any(|head| head.created().is_some_and(|created| created < since));
    let seen_all = what == FetchKind::Customer && since.is_some_and(known_before);
    let more = !seen_all && number < pages(&answer, entities.len(), number);
    let next = more.then(|| client.cursor(what, &Position::Number { number: number + 1, since })).flatten();
    Ok(Page {
        newest: heads.iter().filter_map(Head::changed).max(),
        bodies: entities.iter().map(|entity| entity.get().as_bytes().to_vec()).collect(),
        next,
    })
}

/// How many pages there are. Where a proxy has taken the header away, a full page is followed by another.
fn pages(answer: &Answer, items: usize, number: u32) -> u32 {
    let told = answer.headers.get("x-wp-totalpages").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    told.unwrap_or(if items == LIMIT { number + 1 } else { number })
}

const HOOKS: &str = "/wp-json/wc/v3/webhooks";
const HOOK: &str = "/wp-json/wc/v3/webhooks/...";

#[derive(Deserialize)]
struct Listed {
    id: u64,
    topic: String,
    delivery_url: String,
    status: String,
}

/// The webhooks of the shop.
pub(crate) async fn hooks(client: &Client) -> Result<Vec<Hook>, SourceError> {
    const PAGES: u32 = 20;
    let mut hooks = Vec::new();
    for number in 1..=PAGES {
        let answer = client.get(&format!("{HOOKS}?per_page={LIMIT}&page={number}"), HOOKS).await?;
        let listed: Vec<Listed> = client.read(&answer, HOOKS)?;
        let last = number >= pages(&answer, listed.len(), number);
        hooks.extend(listed.into_iter().map(|hook| Hook {
            id: hook.id.to_string(),
            topic: hook.topic,
            address: hook.delivery_url,
            active: hook.status == "active",
        }));
        if last {
            break;
        }
    }
    Ok(hooks)
}

/// Makes a webhook, signed with `secret`.
pub(crate) fn create(topic: &str, url: &str, secret: &str) -> Question {
    let name = format!("Regulars: {topic}");
    let body = json!({"name": name, "topic": topic, "delivery_url": url, "secret": secret, "status": "active"});
    Question { method: Method::POST, target: HOOKS.to_owned(), label: HOOKS, body: Some(body.to_string()) }
}

/// Switches a webhook on that was disabled after five failures.
pub(crate) fn wake(id: &str) -> Question {
    let body = json!({"status": "active"}).to_string();
    Question { method: Method::PUT, target: format!("{HOOKS}/{id}"), label: HOOK, body: Some(body) }
}
