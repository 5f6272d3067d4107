//! A product, and what the API keeps beside it: the names of its categories, the store's currency and address.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Data;
use crate::client::Client;
use crate::error::SourceError;
use crate::head::Head;
use crate::object::{self, object};

const CATEGORIES: &str = "/stores/.../v3/catalog/categories";
const STORE: &str = "/stores/.../v2/store";

/// How many categories are asked for at once: the most that BigCommerce gives.
const LIMIT: usize = 250;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    categories: Vec<u64>,
}

/// What is kept of the store. The API has more, of its owner too.
#[derive(Debug, Deserialize, Serialize)]
struct Store {
    currency: String,
    secure_url: String,
}

async fn store(client: &Client) -> Result<&str, SourceError> {
    let ask = async || {
        let answer = client.get("/v2/store", STORE).await?;
        let store: Store = client.read(&answer, STORE)?;
        serde_json::to_string(&store).map_err(|_| client.other_shape(STORE))
    };
    client.store().get_or_try_init(ask).await.map(String::as_str)
}

/// Each product with the store and the names of its categories.
pub(super) async fn whole(client: &Client, products: &[Box<RawValue>]) -> Result<Vec<Vec<u8>>, SourceError> {
    if products.is_empty() {
        return Ok(Vec::new());
    }
    let store = store(client).await?;
    let named: Vec<Named> =
        products.iter().map(|product| serde_json::from_str(product.get()).unwrap_or_default()).collect();
    let ids: BTreeSet<u64> = named.iter().flat_map(|named| named.categories.iter().copied()).take(LIMIT).collect();
    let categories = categories(client, &ids).await?;
    let body = |(product, named): (&RawValue, &Named)| {
        let own = categories.iter().filter(|(id, _)| named.categories.contains(id)).map(|(_, category)| category.get());
        object(&[("product", product.get()), ("categories", &object::list(own)), ("store", store)])
    };
    Ok(products.iter().map(AsRef::as_ref).zip(&named).map(body).collect())
}

async fn categories(client: &Client, ids: &BTreeSet<u64>) -> Result<Vec<(u64, Box<RawValue>)>, SourceError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    let path = format!("/v3/catalog/categories?id:in={}&include_fields=name&limit={LIMIT}", ids.join(","));
    let answer = client.get(&path, CATEGORIES).await?;
    let found: Data<Vec<Box<RawValue>>> = client.read(&answer, CATEGORIES)?;
    Ok(found.data.into_iter().filter_map(|category| Some((Head::of(&category).number()?, category))).collect())
}
