//! What no webhook brought is found, recorded and counted.

use chrono::TimeDelta;
use retention::Time;
use retention::shop::SourceKind;
use serde_json::{Value, json};

use crate::bench::Bench;

const ORDERS: &str = "/admin/api/2026-01/orders.json";

fn order(id: u64, at: Time) -> Value {
    json!({ "id": id, "name": format!("#{id}"), "email": "nora@example.com", "created_at": at.to_rfc3339(),
        "updated_at": at.to_rfc3339(), "currency": "EUR", "total_price": "10.00", "financial_status": "paid",
        "line_items": [{ "sku": "TEA", "title": "Tea", "quantity": 1, "price": "10.00" }] })
}

async fn bench() -> Bench {
    let bench = Bench::of(SourceKind::Shopify, "sample-shop").await;
    bench.answers("/admin/api/2026-01/customers.json", 200, json!({ "customers": [] }));
    bench.answers("/admin/api/2026-01/products.json", 200, json!({ "products": [] }));
    bench.answers(ORDERS, 200, json!({ "orders": [] }));
    bench
}

#[tokio::test]
async fn a_gap_is_filled_and_counted_once() {
    let bench = bench().await;
    bench.runs().await;
    assert!(bench.asked().is_empty(), "what was before is for the backfill");
    let missed = order(1, bench.now() + TimeDelta::minutes(10));
    bench.pass(TimeDelta::hours(1));
    bench.answers(ORDERS, 200, json!({ "orders": [missed] }));
    assert_eq!(bench.runs().await["missed"], 1);
    let since = bench.asked().into_iter().find(|asked| asked.contains("orders")).expect("a question");
    assert!(since.contains("updated_at_min"), "only what changed is asked for: {since}");
    assert_eq!(bench.people().await[0].customer.order_count, 1);
    bench.runs().await;
    assert!(bench.asked().is_empty(), "once an hour");
    bench.pass(TimeDelta::hours(1));
    let counts = bench.runs().await;
    assert_eq!((counts.get("missed"), counts["known"]), (None, 1));
}

#[tokio::test]
async fn what_is_young_has_its_webhook_on_the_way_and_is_looked_at_next_time() {
    let bench = bench().await;
    bench.runs().await;
    bench.pass(TimeDelta::hours(1));
    bench.answers(ORDERS, 200, json!({ "orders": [order(1, bench.now())] }));
    let counts = bench.runs().await;
    assert_eq!((counts.get("missed"), counts["too_young"]), (None, 1));
    assert!(bench.people().await.is_empty());
    bench.pass(TimeDelta::hours(1));
    assert_eq!(bench.runs().await["missed"], 1);
}

#[tokio::test]
async fn a_storefront_that_does_not_answer_is_asked_on_from_where_it_was() {
    let bench = bench().await;
    bench.runs().await;
    let missed = order(1, bench.now() + TimeDelta::minutes(10));
    bench.pass(TimeDelta::hours(1));
    bench.answers(ORDERS, 503, Value::Null);
    assert_eq!(bench.runs().await["unanswered"], 1);
    bench.asked();
    bench.pass(TimeDelta::minutes(5));
    bench.answers(ORDERS, 200, json!({ "orders": [missed] }));
    assert_eq!(bench.runs().await["missed"], 1);
    assert!(!bench.asked().iter().any(|asked| asked.contains("customers")), "the customers were asked for before");
}
