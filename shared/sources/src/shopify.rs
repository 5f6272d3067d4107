//! Shopify's Admin API, REST.
//!
//! Sources: <https://shopify.dev/docs/api/admin-rest>, <https://shopify.dev/docs/api/usage/pagination-rest> and
//! <https://shopify.dev/docs/api/usage/limits>.

pub(crate) mod codes;

use std::collections::BTreeMap;

use hyper::header::LINK;
use hyper::{HeaderMap, Method};
use retention::Time;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use storefront::{Fetch, FetchKind};

use crate::client::Client;
use crate::cursor::Position;
use crate::error::SourceError;
use crate::head::Head;
use crate::http::Question;
use crate::page::Page;
use crate::subscriptions::Hook;

/// The version of the API. One that is no longer served is answered by the oldest that is.
const VERSION: &str = "2026-01";

/// How one kind of entity is called, and how many of them are asked for at once.
struct Words {
    one: &'static str,
    many: &'static str,
    label: &'static str,
    list_label: &'static str,
    filter: &'static str,
}

fn words(client: &Client, what: FetchKind) -> Result<Words, SourceError> {
    Ok(match what {
        FetchKind::Order => Words {
            one: "order",
            many: "orders",
            label: "/admin/orders/...",
            list_label: "/admin/orders.json",
            // Without it, only orders that are open are listed.
            filter: "limit=100&status=any&order=updated_at%20asc",
        },
        FetchKind::Customer => Words {
            one: "customer",
            many: "customers",
            label: "/admin/customers/...",
            list_label: "/admin/customers.json",
            filter: "limit=250&order=updated_at%20asc",
        },
        FetchKind::Product => Words {
            one: "product",
            many: "products",
            label: "/admin/products/...",
            list_label: "/admin/products.json",
            filter: "limit=50",
        },
        FetchKind::Subscriber => return Err(client.not_offered("subscribers: its customers say what they agreed to")),
        FetchKind::Cart => return Err(client.not_offered("carts: its webhooks carry them whole")),
    })
}

/// Asks for one entity.
pub(crate) async fn fetch(client: &Client, what: &Fetch) -> Result<Option<Vec<u8>>, SourceError> {
    let Words { one, many, label, .. } = words(client, what.kind)?;
    let path = format!("/admin/api/{VERSION}/{many}/{}.json", what.id());
    let Some(answer) = client.find(&path, label).await? else { return Ok(None) };
    let mut wrapped: BTreeMap<String, Box<RawValue>> = client.read(&answer, label)?;
    let entity = wrapped.remove(one).ok_or_else(|| client.other_shape(label))?;
    if !Head::of(&entity).has_id(what.id()) {
        return Err(client.other_entity(label));
    }
    Ok(Some(entity.get().as_bytes().to_vec()))
}

/// Asks for a part of a list. The next part is named by a word of Shopify's own, which remembers the filters.
pub(crate) async fn page(
    client: &Client,
    what: FetchKind,
    since: Option<Time>,
    after: Option<Position>,
) -> Result<Page, SourceError> {
    let Words { many, list_label, filter, .. } = words(client, what)?;
    let query = match after {
        None => {
            let since = since.map(|since| format!("&updated_at_min={}", since.format("%Y-%m-%dT%H:%M:%SZ")));
            format!("{filter}{}", since.unwrap_or_default())
        }
        Some(Position::Token(token)) => {
            let limit = filter.split('&').next().unwrap_or_default();
            format!("{limit}&page_info={token}")
        }
        Some(Position::Number { .. }) => return Err(SourceError::BadCursor),
    };
    let answer = client.get(&format!("/admin/api/{VERSION}/{many}.json?{query}"), list_label).await?;
    let mut wrapped: BTreeMap<String, Vec<Box<RawValue>>> = client.read(&answer, list_label)?;
    let entities = wrapped.remove(many).ok_or_else(|| client.other_shape(list_label))?;
    let next = match next_page(&answer.headers) {
        None => None,
        // A word that cannot be kept would end the list before its end.
        Some(token) => {
            let cursor = client.cursor(what, &Position::Token(token));
            Some(cursor.ok_or_else(|| client.other_shape(list_label))?)
        }
    };
    Ok(Page {
        newest: entities.iter().filter_map(|entity| Head::of(entity).changed()).max(),
        bodies: entities.iter().map(|entity| entity.get().as_bytes().to_vec()).collect(),
        next,
    })
}

/// The word for the next page, from the `Link` header: `<https://...?page_info=WORD&limit=50>; rel="next"`.
fn next_page(headers: &HeaderMap) -> Option<String> {
    let links = headers.get(LINK)?.to_str().ok()?;
    let next = links.split(',').find(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))?;
    let (address, _) = next.trim().strip_prefix('<')?.split_once('>')?;
    let (_, query) = address.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("page_info=")).map(str::to_owned)
}

const HOOKS: &str = "/admin/webhooks.json";

#[derive(Deserialize)]
struct Hooks {
    webhooks: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    id: u64,
    topic: String,
    address: String,
}

/// The webhooks that this app has.
pub(crate) async fn hooks(client: &Client) -> Result<Vec<Hook>, SourceError> {
    let answer = client.get(&format!("/admin/api/{VERSION}/webhooks.json?limit=250"), HOOKS).await?;
    let hooks: Hooks = client.read(&answer, HOOKS)?;
    let hook = |Listed { id, topic, address }| Hook { id: id.to_string(), topic, address, active: true };
    Ok(hooks.webhooks.into_iter().map(hook).collect())
}

/// Makes a webhook. Shopify signs with the app's client secret.
pub(crate) fn create(topic: &str, url: &str) -> Question {
    let body = json!({"webhook": {"topic": topic, "address": url, "format": "json"}});
    let target = format!("/admin/api/{VERSION}/webhooks.json");
    Question { method: Method::POST, target, label: HOOKS, body: Some(body.to_string()) }
}

/// Notes on a customer that they want no more letters. Needs `write_customers`.
pub(crate) fn opt_out(id: &str, at: Time) -> Question {
    let consent =
        json!({ "state": "unsubscribed", "opt_in_level": "single_opt_in", "consent_updated_at": at.to_rfc3339() });
    let body = json!({ "customer": { "id": id.parse::<u64>().ok(), "email_marketing_consent": consent } });
    let target = format!("/admin/api/{VERSION}/customers/{id}.json");
    Question { method: Method::PUT, target, label: "/admin/customers/...", body: Some(body.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_one_that_is_called_so() {
        let next = |link: &str| next_page(&HeaderMap::from_iter([(LINK, link.parse().unwrap())]));
        let previous = r#"<https://a.example/x.json?page_info=abc&limit=2>; rel="previous""#;
        assert_eq!(next(previous), None);
        let both = format!("{previous}, <https://a.example/x.json?limit=2&page_info=d-E_f%3D>; rel=\"next\"");
        assert_eq!(next(&both), Some("d-E_f%3D".into()));
        for odd in ["", "rel=\"next\"", "<>; rel=\"next\"", "<https://a.example>; rel=\"next\""] {
            assert_eq!(next(odd), None, "{odd}");
        }
    }
}
