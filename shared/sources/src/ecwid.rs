//! Ecwid's REST API, version 3.
//!
//! No entity names its currency: it is the store's, which is asked once and put beside each.
//!
//! Source: <https://docs.ecwid.com/api-reference/rest-api>.

use hyper::Method;
use retention::Time;
use retention::money::Currency;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use storefront::{Fetch, FetchKind};

use crate::client::Client;
use crate::cursor::Position;
use crate::error::SourceError;
use crate::head::Head;
use crate::http::Question;
use crate::object::object;
use crate::page::Page;

/// How many entities are asked for at once: the most that Ecwid gives.
const LIMIT: u32 = 100;

fn words(client: &Client, what: FetchKind) -> Result<(&'static str, &'static str), SourceError> {
    Ok(match what {
        FetchKind::Order => ("/orders", "/api/v3/.../orders"),
        FetchKind::Cart => ("/carts", "/api/v3/.../carts"),
        FetchKind::Customer => ("/customers", "/api/v3/.../customers"),
        FetchKind::Product => ("/products", "/api/v3/.../products"),
        FetchKind::Subscriber => return Err(client.not_offered("subscribers: its customers say what they agreed to")),
    })
}

const PROFILE: &str = "/api/v3/.../profile";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    formats_and_units: Formats,
}

#[derive(Deserialize)]
struct Formats {
    currency: String,
}

/// The store's currency, as JSON.
async fn currency(client: &Client) -> Result<&str, SourceError> {
    let ask = async || {
        let answer = client.get("/profile?responseFields=formatsAndUnits(currency)", PROFILE).await?;
        let profile: Profile = client.read(&answer, PROFILE)?;
        let currency = Currency::parse(&profile.formats_and_units.currency).map_err(|_| client.other_shape(PROFILE))?;
        Ok(format!("\"{}\"", currency.code()))
    };
    client.store().get_or_try_init(ask).await.map(String::as_str)
}

/// Asks for one entity.
pub(crate) async fn fetch(client: &Client, what: &Fetch) -> Result<Option<Vec<u8>>, SourceError> {
    let (path, label) = words(client, what.kind)?;
    let Some(answer) = client.find(&format!("{path}/{}", what.id()), label).await? else { return Ok(None) };
    let entity: Box<RawValue> = client.read(&answer, label)?;
    if !Head::of(&entity).has_id(what.id()) {
        return Err(client.other_entity(label));
    }
    Ok(Some(object(&[("currency", currency(client).await?), ("entity", entity.get())])))
}

/// Notes on a customer that they want no more letters. Needs `update_customers`.
pub(crate) fn opt_out(id: &str) -> Question {
    let body = json!({ "acceptMarketing": false }).to_string();
    Question {
        method: Method::PUT,
        target: format!("/customers/{id}"),
        label: "/api/v3/.../customers/...",
        body: Some(body),
    }
}

#[derive(Deserialize)]
struct List {
    total: u32,
    offset: u32,
    items: Vec<Box<RawValue>>,
}

/// Asks for a part of a list. Orders come the newest first and only customers can be sorted by their last change: there is
/// no upper bound to the change, so what changes meanwhile stays in the list, and parts may repeat something and leave
/// nothing out.
pub(crate) async fn page(
    client: &Client,
    what: FetchKind,
    since: Option<Time>,
    after: Option<Position>,
) -> Result<Page, SourceError> {
    let (path, label) = words(client, what)?;
    let (offset, since) = match after {
        None => (0, since),
        Some(Position::Number { number, since }) => (number, since),
        Some(Position::Token(_)) => return Err(SourceError::BadCursor),
    };
    let filter = since.map(|since| format!("&updatedFrom={}", since.timestamp())).unwrap_or_default();
    let answer = client.get(&format!("{path}?limit={LIMIT}&offset={offset}{filter}"), label).await?;
    let list: List = client.read(&answer, label)?;
    let heads: Vec<Head> = list.items.iter().map(|entity| Head::of(entity)).collect();
    let read = u32::try_from(list.items.len()).unwrap_or(u32::MAX);
    let end = list.offset.saturating_add(read);
    let more = read > 0 && end < list.total && end > offset;
    let next = more.then(|| client.cursor(what, &Position::Number { number: end, since })).flatten();
    let currency = if list.items.is_empty() { "null" } else { currency(client).await? };
    let body = |entity: &RawValue| object(&[("currency", currency), ("entity", entity.get())]);
    Ok(Page {
        newest: heads.iter().filter_map(Head::changed).max(),
        bodies: list.items.iter().map(AsRef::as_ref).map(body).collect(),
        next,
    })
}
