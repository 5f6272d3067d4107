//! Discount codes of Shopify, by its Admin API for GraphQL: one discount for all codes of the same terms.
//!
//! The limit of uses holds for each code by itself. Sources:
//! <https://shopify.dev/docs/api/admin-graphql/latest/mutations/discountCodeBasicCreate>,
//! <https://shopify.dev/docs/api/admin-graphql/latest/mutations/discountRedeemCodeBulkAdd> and
//! <https://shopify.dev/docs/api/admin-graphql/latest/queries/codeDiscountNodeByCode>.

use std::time::Duration;

use hyper::Method;
use retention::shop::Gives;
use retention::{Money, Time};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::VERSION;
use crate::client::Client;
use crate::codes::Terms;
use crate::error::SourceError;
use crate::http::Question;

const LABEL: &str = "/admin/graphql.json";

/// Codes are added by a job of Shopify's: how often and after what pause it is asked whether that is done.
const ASKS: usize = 6;
const PAUSE: Duration = Duration::from_millis(500);

const FIND: &str = "query($code: String!) { codeDiscountNodeByCode(code: $code) { id } }";
const BASIC: &str = "mutation($discount: DiscountCodeBasicInput!) { made: discountCodeBasicCreate(basicCodeDiscount: \
                     $discount) { codeDiscountNode { id } userErrors { code message } } }";
const SHIPPING: &str = "mutation($discount: DiscountCodeFreeShippingInput!) { made: \
                        discountCodeFreeShippingCreate(freeShippingCodeDiscount: $discount) { codeDiscountNode { id } \
                        userErrors { code message } } }";
const ADD: &str = "mutation($id: ID!, $codes: [DiscountRedeemCodeInput!]!) { added: discountRedeemCodeBulkAdd(discountId: \
                   $id, codes: $codes) { bulkCreation { id } userErrors { code message } } }";
const ADDED: &str = "query($id: ID!) { discountRedeemCodeBulkCreation(id: $id) { done codes(first: 250) { nodes { errors { \
                     code message } } } } }";

#[derive(Deserialize)]
struct Answered<T> {
    data: Option<T>,
    #[serde(default)]
    errors: Vec<Failed>,
}

#[derive(Deserialize)]
struct Failed {
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Default, Deserialize)]
struct Extensions {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
struct Node {
    id: String,
}

#[derive(Deserialize)]
struct UserError {
    code: Option<String>,
    #[serde(default)]
    message: String,
}

impl UserError {
    /// Whether it says that there is such a code already.
    fn is_taken(&self) -> bool {
        match self.code.as_deref() {
            Some(code) => matches!(code, "TAKEN" | "DUPLICATE"),
            None => self.message.contains("must be unique"),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    code_discount_node_by_code: Option<Node>,
}

#[derive(Deserialize)]
struct Create {
    made: Made,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    code_discount_node: Option<Node>,
    user_errors: Vec<UserError>,
}

#[derive(Deserialize)]
struct Add {
    added: Added,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    bulk_creation: Option<Node>,
    user_errors: Vec<UserError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    discount_redeem_code_bulk_creation: Option<Creation>,
}

#[derive(Deserialize)]
struct Creation {
    done: bool,
    codes: Nodes,
}

#[derive(Deserialize)]
struct Nodes {
    nodes: Vec<CodeMade>,
}

#[derive(Deserialize)]
struct CodeMade {
    errors: Vec<UserError>,
}

/// Makes codes of one discount, which is made with the first of them. Needs `write_discounts`.
pub(crate) async fn make(
    client: &Client,
    terms: &Terms,
    first: &str,
    codes: &[String],
    now: Time,
) -> Result<(), SourceError> {
    let discount = match find(client, first).await? {
        Some(id) => id,
        None => create(client, terms, first, now).await?,
    };
    let further: Vec<Value> = codes.iter().filter(|code| *code != first).map(|code| json!({ "code": code })).collect();
    if further.is_empty() {
        return Ok(());
    }
    let Add { added } = ask(client, ADD, json!({ "id": discount, "codes": further })).await?;
    let Some(Node { id }) = added.bulk_creation.filter(|_| added.user_errors.is_empty()) else {
        return Err(client.declined(LABEL));
    };
    for _ in 0..ASKS {
        let Job { discount_redeem_code_bulk_creation: job } = ask(client, ADDED, json!({ "id": id })).await?;
        let job = job.ok_or_else(|| client.other_shape(LABEL))?;
        if job.done {
            let mut errors = job.codes.nodes.iter().flat_map(|made| &made.errors);
            return if errors.all(UserError::is_taken) { Ok(()) } else { Err(client.declined(LABEL)) };
        }
        client.pause(PAUSE).await;
    }
    // It goes on there: asked again, all of them are found made.
    Err(client.busy(LABEL))
}

async fn find(client: &Client, code: &str) -> Result<Option<String>, SourceError> {
    let Found { code_discount_node_by_code: node } = ask(client, FIND, json!({ "code": code })).await?;
    Ok(node.map(|node| node.id))
}

async fn create(client: &Client, terms: &Terms, first: &str, now: Time) -> Result<String, SourceError> {
    let query = if terms.gives == Gives::FreeShipping { SHIPPING } else { BASIC };
    let Create { made } = ask(client, query, json!({ "discount": discount(terms, first, now) })).await?;
    if let Some(Node { id }) = made.code_discount_node {
        return Ok(id);
    }
    if !made.user_errors.iter().any(UserError::is_taken) {
        return Err(client.declined(LABEL));
    }
    // It was made meanwhile, by a question whose answer was lost.
    find(client, first).await?.ok_or_else(|| client.declined(LABEL))
}

fn discount(terms: &Terms, first: &str, now: Time) -> Value {
    let money = |minor| Money { minor, currency: terms.currency }.decimal();
    let items = if terms.products.is_empty() {
        json!({ "all": true })
    } else {
        let ids: Vec<String> = terms.products.iter().map(|id| format!("gid://shopify/Product/{id}")).collect();
        json!({ "products": { "productsToAdd": ids } })
    };
    let mut discount = json!({
        "title": terms.title,
        "code": first,
        "startsAt": now.to_rfc3339(),
        "usageLimit": 1,
        "context": { "all": "ALL" },
    });
    let gives = match terms.gives {
        Gives::Percent(part) => Some(json!({ "percentage": f64::from(part) / 100.0 })),
        Gives::Amount(minor) => {
            Some(json!({ "discountAmount": { "amount": money(minor), "appliesOnEachItem": false } }))
        }
        _ => None,
    };
    match gives {
        Some(value) => discount["customerGets"] = json!({ "value": value, "items": items }),
        None => discount["destination"] = json!({ "all": true }),
    }
    if let Some(minimum) = terms.minimum_minor {
        discount["minimumRequirement"] = json!({ "subtotal": { "greaterThanOrEqualToSubtotal": money(minimum) } });
    }
    discount
}

async fn ask<T: DeserializeOwned>(client: &Client, query: &str, variables: Value) -> Result<T, SourceError> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let target = format!("/admin/api/{VERSION}/graphql.json");
    let question = Question { method: Method::POST, target, label: LABEL, body: Some(body) };
    let answered: Answered<T> = client.read(&client.ask(question).await?, LABEL)?;
    match answered.errors.first().map(|error| error.extensions.code.as_str()) {
        None => answered.data.ok_or_else(|| client.other_shape(LABEL)),
        Some("THROTTLED") => Err(client.busy(LABEL)),
        Some("ACCESS_DENIED") => Err(client.unauthorised(LABEL)),
        Some(_) => Err(client.declined(LABEL)),
    }
}
