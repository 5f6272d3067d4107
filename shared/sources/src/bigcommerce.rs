//! BigCommerce's REST Management API: orders and the store in version 2, the rest in version 3.
//!
//! Sources: <https://docs.bigcommerce.com/developer/api-reference/rest/admin> and, for the shapes, the repository
//! `bigcommerce/api-specs`.

mod hooks;
mod order;
mod product;
mod subscriber;

use retention::Time;
use serde::Deserialize;
use serde_json::value::RawValue;
use storefront::{Fetch, FetchKind};

use crate::client::Client;
use crate::cursor::Position;
use crate::error::SourceError;
use crate::head::Head;
use crate::http::Answer;
use crate::object::object;
use crate::page::{Page, after_sorted};

pub(crate) use hooks::{create, hooks, wake};
pub(crate) use subscriber::opt_out;

const ORDERS: &str = "/stores/.../v2/orders";
const CUSTOMERS: &str = "/stores/.../v3/customers";
const SUBSCRIBERS: &str = "/stores/.../v3/customers/subscribers";
const CARTS: &str = "/stores/.../v3/carts";
const PRODUCTS: &str = "/stores/.../v3/catalog/products";

/// What the answers of version 3 are wrapped in.
#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

/// Asks for one entity.
pub(crate) async fn fetch(client: &Client, what: &Fetch) -> Result<Option<Vec<u8>>, SourceError> {
    let id = what.id();
    let (path, label) = match what.kind {
        FetchKind::Order => (format!("/v2/orders/{id}"), ORDERS),
        FetchKind::Customer => (format!("/v3/customers?id:in={id}&include=addresses"), CUSTOMERS),
        FetchKind::Subscriber => (format!("/v3/customers/subscribers/{id}"), SUBSCRIBERS),
        FetchKind::Cart => (format!("/v3/carts/{id}"), CARTS),
        FetchKind::Product => (format!("/v3/catalog/products/{id}?include=variants,images"), PRODUCTS),
    };
    let Some(answer) = client.find(&path, label).await? else { return Ok(None) };
    let entity: Box<RawValue> = match what.kind {
        FetchKind::Order => client.read(&answer, label)?,
        FetchKind::Customer => match client.read::<Data<Vec<Box<RawValue>>>>(&answer, label)?.data.into_iter().next() {
            Some(entity) => entity,
            None => return Ok(None),
        },
        FetchKind::Subscriber | FetchKind::Cart | FetchKind::Product => {
            client.read::<Data<Box<RawValue>>>(&answer, label)?.data
        }
    };
    if !Head::of(&entity).has_id(id) {
        return Err(client.other_entity(label));
    }
    let mut bodies = whole(client, what.kind, &[entity]).await?;
    Ok(bodies.pop())
}

/// Asks for a page of a list.
pub(crate) async fn page(
    client: &Client,
    what: FetchKind,
    since: Option<Time>,
    after: Option<Position>,
) -> Result<Page, SourceError> {
    let (number, since) = match after {
        None => (1, since),
        Some(Position::Number { number, since }) => (number, since),
        Some(Position::Token(_)) => return Err(SourceError::BadCursor),
    };
    // Orders are few at once, since each of them takes up to four more questions.
    let (path, label, limit, filter) = match what {
        FetchKind::Order => ("/v2/orders?sort=date_modified:asc", ORDERS, 20, "min_date_modified"),
        FetchKind::Customer => {
            ("/v3/customers?include=addresses&sort=date_modified:asc", CUSTOMERS, 100, "date_modified:min")
        }
        FetchKind::Product => {
            let path = "/v3/catalog/products?include=variants,images&sort=date_modified&direction=asc";
            (path, PRODUCTS, 50, "date_modified:min")
        }
        FetchKind::Subscriber => ("/v3/customers/subscribers?", SUBSCRIBERS, 100, "date_modified:min"),
        FetchKind::Cart => return Err(client.not_offered("list of carts")),
    };
    let from = since.map(|since| format!("&{filter}={}", since.format("%Y-%m-%dT%H:%M:%SZ"))).unwrap_or_default();
    let answer = client.get(&format!("{path}&limit={limit}&page={number}{from}"), label).await?;
    let entities: Vec<Box<RawValue>> = match what {
        FetchKind::Order => list(client, &answer, label)?,
        _ => client.read::<Data<Vec<Box<RawValue>>>>(&answer, label)?.data,
    };
    let newest = entities.iter().filter_map(|entity| Head::of(entity).changed()).max();
    let position = match what {
        // The list of subscribers cannot be sorted.
        FetchKind::Subscriber => Position::Number { number: number.saturating_add(1), since },
        _ => after_sorted(number, since, newest),
    };
    let next = if entities.len() < limit { None } else { client.cursor(what, &position) };
    Ok(Page { bodies: whole(client, what, &entities).await?, next, newest })
}

/// The list in an answer of version 2, which says that there is nothing with 204 and no body.
fn list(client: &Client, answer: &Answer, label: &'static str) -> Result<Vec<Box<RawValue>>, SourceError> {
    if answer.body.is_empty() { Ok(Vec::new()) } else { client.read(answer, label) }
}

/// The entities with what the API keeps beside them.
async fn whole(client: &Client, what: FetchKind, entities: &[Box<RawValue>]) -> Result<Vec<Vec<u8>>, SourceError> {
    match what {
        FetchKind::Order => order::whole(client, entities).await,
        FetchKind::Product => product::whole(client, entities).await,
        FetchKind::Customer | FetchKind::Subscriber | FetchKind::Cart => {
            Ok(entities.iter().map(|entity| object(&[(what.name(), entity.get())])).collect())
        }
    }
}
