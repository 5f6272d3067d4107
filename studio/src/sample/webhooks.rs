//! The webhooks of the sample shop's last weeks, in Shopify's shape, signed as Shopify signs them.

use chrono::TimeDelta;
use cloud::door::Request;
use retention::Time;
use serde_json::{Value, json};
use storefront::{Secrets, shopify};

use super::history::{cents, order_id};
use super::people::{Bought, Human, PRODUCTS, iso};
use super::{BACK, PEOPLE};
use crate::failure::Failure;
use crate::http::event;

/// A webhook before it is signed.
pub(crate) struct Webhook {
    pub(crate) at: Time,
    topic: &'static str,
    body: Value,
}

impl Webhook {
    /// The request as API Gateway hands it over.
    pub(crate) fn request(&self, source: &str, secret: &str) -> Result<Request, Failure> {
        let body = self.body.to_string();
        let secrets = Secrets::new([secret]).map_err(|e| Failure::new(format!("REGULARS_SHOPIFY_SECRET: {e}")))?;
        let headers = [
            ("content-type", "application/json".to_owned()),
            (shopify::TOPIC_HEADER, self.topic.to_owned()),
            (shopify::SIGNATURE_HEADER, shopify::sign(body.as_bytes(), &secrets)),
        ];
        event("POST", &format!("/webhooks/{source}"), headers, body.as_bytes())
    }
}

/// Everything that arrives from `begins` to `until`, in order.
pub(crate) fn webhooks(people: &[Human], begins: Time, until: Time) -> Vec<Webhook> {
    let mut all = Vec::new();
    for human in people {
        if human.number >= PEOPLE {
            all.extend(human.orders.first().map(|first| joins(human, first.at - TimeDelta::minutes(4))));
        }
        for order in human.orders.iter().filter(|order| order.at >= begins && order.at <= begins + BACK) {
            all.push(Webhook { at: order.at, topic: "orders/create", body: order_body(human, order, None) });
            let left = order.at + TimeDelta::hours(20);
            all.push(Webhook { at: left, topic: "orders/fulfilled", body: order_body(human, order, Some(left)) });
        }
    }
    all.retain(|webhook| webhook.at <= until);
    all.sort_by_key(|webhook| webhook.at);
    all
}

fn joins(human: &Human, at: Time) -> Webhook {
    let state = if human.subscribed { "subscribed" } else { "not_subscribed" };
    let mut body = customer_body(human, at);
    body["email_marketing_consent"] =
        json!({ "state": state, "opt_in_level": "single_opt_in", "consent_updated_at": at.to_rfc3339() });
    Webhook { at, topic: "customers/create", body }
}

fn customer_body(human: &Human, at: Time) -> Value {
    let metafields =
        human.birthday.map(|day| json!([{ "namespace": "facts", "key": "birth_date", "value": iso(day) }]));
    json!({
        "id": 7_100_000_000_u64 + human.number as u64,
        "email": human.email,
        "first_name": human.first_name,
        "last_name": human.last_name,
        "created_at": at.to_rfc3339(),
        "updated_at": at.to_rfc3339(),
        "default_address": address(human),
        "metafields": metafields.unwrap_or_else(|| json!([])),
    })
}

fn address(human: &Human) -> Value {
    let province = (!human.region.is_empty()).then_some(human.region);
    json!({ "country_code": human.country, "province_code": province, "first_name": human.first_name })
}

fn order_body(human: &Human, order: &Bought, fulfilled: Option<Time>) -> Value {
    let line = |(index, (product, quantity)): (usize, &(usize, i64))| {
        let (sku, title, price, _) = PRODUCTS[*product];
        json!({
            "id": order.number * 10 + index,
            "product_id": 9_000 + product,
            "variant_id": 90_000 + product,
            "sku": sku,
            "title": title,
            "quantity": quantity,
            "price": cents(price),
        })
    };
    let lines: Vec<Value> = order.lines.iter().enumerate().map(line).collect();
    let goods = order.total();
    let shipping = if goods >= 4000 { 0 } else { 490 };
    let total = goods + shipping;
    let updated = fulfilled.unwrap_or(order.at);
    let left = |at: Time| json!({ "status": "success", "created_at": at.to_rfc3339() });
    let fulfilments: Vec<Value> = fulfilled.map(left).into_iter().collect();
    json!({
        "id": order_id(order.number).parse::<u64>().unwrap_or_default(),
        "name": format!("#{}", order.number),
        "email": human.email,
        "created_at": order.at.to_rfc3339(),
        "processed_at": order.at.to_rfc3339(),
        "updated_at": updated.to_rfc3339(),
        "currency": "EUR",
        "total_price": cents(total),
        "subtotal_price": cents(goods),
        "total_discounts": "0.00",
        "total_tax": cents(total * 23 / 123),
        "shipping_lines": [{ "title": "Post", "price": cents(shipping) }],
        "financial_status": "paid",
        "fulfillment_status": fulfilled.map(|_| "fulfilled"),
        "fulfillments": fulfilments,
        "test": false,
        "line_items": lines,
        "customer": customer_body(human, order.at),
        "shipping_address": address(human),
        "billing_address": address(human),
    })
}
