//! Coupons of WooCommerce, made a hundred at a time.
//!
//! Source: <https://developer.woocommerce.com/docs/apis/rest-api/v3/coupons/>.

use hyper::Method;
use retention::Money;
use retention::shop::Gives;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Client;
use crate::codes::Terms;
use crate::error::SourceError;
use crate::http::Question;

const BATCH: &str = "/wp-json/wc/v3/coupons/batch";

#[derive(Deserialize)]
struct Answered {
    #[serde(default)]
    create: Vec<Made>,
}

#[derive(Deserialize)]
struct Made {
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
}

/// What WooCommerce says of a code that there is.
const THERE: &str = "woocommerce_rest_coupon_code_already_exists";

/// Makes coupons, each for one use.
pub(crate) async fn make(client: &Client, terms: &Terms, codes: &[String]) -> Result<(), SourceError> {
    let coupons = codes.iter().map(|code| coupon(terms, code)).collect::<Result<Vec<Value>, SourceError>>()?;
    let body = json!({ "create": coupons }).to_string();
    let question = Question { method: Method::POST, target: BATCH.to_owned(), label: BATCH, body: Some(body) };
    let answered: Answered = client.read(&client.ask(question).await?, BATCH)?;
    if answered.create.len() != codes.len() {
        return Err(client.other_shape(BATCH));
    }
    let is_there = |made: &Made| made.error.as_ref().is_none_or(|error| error.code == THERE);
    if answered.create.iter().all(is_there) { Ok(()) } else { Err(client.declined(BATCH)) }
}

fn coupon(terms: &Terms, code: &str) -> Result<Value, SourceError> {
    let money = |minor| Money { minor, currency: terms.currency }.decimal();
    let (kind, amount) = match terms.gives {
        Gives::Percent(part) => ("percent", part.to_string()),
        Gives::Amount(minor) => ("fixed_cart", money(minor)),
        _ => ("fixed_cart", "0".to_owned()),
    };
    let products = terms.products.iter().map(|id| id.parse().map_err(|_| SourceError::BadId));
    let products = products.collect::<Result<Vec<u64>, SourceError>>()?;
    Ok(json!({
        "code": code,
        "description": terms.title,
        "discount_type": kind,
        "amount": amount,
        "free_shipping": terms.gives == Gives::FreeShipping,
        "usage_limit": 1,
        "minimum_amount": money(terms.minimum_minor.unwrap_or_default()),
        "product_ids": products,
    }))
}
