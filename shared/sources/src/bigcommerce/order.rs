//! An order, and what the API keeps beside it.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Data, list};
use crate::client::Client;
use crate::error::SourceError;
use crate::head::Head;
use crate::object::{self, object};

/// How many lines are asked for at once: the most that BigCommerce gives.
const LINES: usize = 250;
/// How often: orders are kept with 500 lines.
const PAGES: usize = 2;

const PRODUCTS: &str = "/stores/.../v2/orders/.../products";
const COUPONS: &str = "/stores/.../v2/orders/.../coupons";
const SHIPMENTS: &str = "/stores/.../v2/orders/.../shipments";
const REFUNDS: &str = "/stores/.../v3/orders/.../payment_actions/refunds";
const ORDER: &str = "/stores/.../v2/orders/...";

/// What an order says of the lists beside it: whether there is anything in them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Hints {
    status_id: Value,
    items_shipped: Value,
    coupon_discount: Value,
    refunded_amount: Value,
}

/// Each order with its lines, and with coupons, parcels and refunds where it says that there are some.
pub(super) async fn whole(client: &Client, orders: &[Box<RawValue>]) -> Result<Vec<Vec<u8>>, SourceError> {
    let mut whole = Vec::with_capacity(orders.len());
    for order in orders {
        let id = Head::of(order).number().ok_or_else(|| client.other_shape(ORDER))?;
        let hints: Hints = serde_json::from_str(order.get()).map_err(|_| client.other_shape(ORDER))?;
        let products = lines(client, id).await?;
        let mut lists = vec![("order", order.get().to_owned()), ("products", products)];
        if above_zero(&hints.coupon_discount) {
            lists.push(("coupons", beside(client, &format!("/v2/orders/{id}/coupons?limit=250"), COUPONS).await?));
        }
        if above_zero(&hints.items_shipped) || is_any(&hints.status_id, &[2, 3, 10]) {
            let path = format!("/v2/orders/{id}/shipments?limit=200");
            lists.push(("shipments", beside(client, &path, SHIPMENTS).await?));
        }
        if above_zero(&hints.refunded_amount) || is_any(&hints.status_id, &[4, 14]) {
            let answer = client.get(&format!("/v3/orders/{id}/payment_actions/refunds"), REFUNDS).await?;
            let refunds: Data<Vec<Box<RawValue>>> = client.read(&answer, REFUNDS)?;
            lists.push(("refunds", object::list(refunds.data.iter().map(|refund| refund.get()))));
        }
        let parts: Vec<(&str, &str)> = lists.iter().map(|(name, list)| (*name, list.as_str())).collect();
        whole.push(object(&parts));
    }
    Ok(whole)
}

async fn lines(client: &Client, id: u64) -> Result<String, SourceError> {
    let mut lines = Vec::new();
    for page in 1..=PAGES {
        let path = format!("/v2/orders/{id}/products?limit={LINES}&page={page}");
        let answer = client.get(&path, PRODUCTS).await?;
        let some = list(client, &answer, PRODUCTS)?;
        let last = some.len() < LINES;
        lines.extend(some);
        if last {
            break;
        }
    }
    Ok(object::list(lines.iter().map(|line| line.get())))
}

async fn beside(client: &Client, path: &str, label: &'static str) -> Result<String, SourceError> {
    let answer = client.get(path, label).await?;
    Ok(object::list(list(client, &answer, label)?.iter().map(|item| item.get())))
}

/// Whether an amount or a number, which may be text, is more than nothing. What is not there or is neither might be.
fn above_zero(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_none_or(|number| number > 0.0),
        Value::String(text) => text.trim().parse::<f64>().map_or(true, |number| number > 0.0),
        _ => true,
    }
}

fn is_any(value: &Value, numbers: &[u64]) -> bool {
    value.as_u64().is_some_and(|number| numbers.contains(&number))
}
