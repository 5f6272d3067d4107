//! What a storefront has of before is read once, goes on where it was broken off, and writes to nobody about the past.

use acceptance::{TestShop, at};
use cloud::queue::LocalQueues;
use cloud::recording::Recorder;
use cloud::snapshot::Snapshot;
use cloud::{Clock, Queue};
use retention::shop::{Source, SourceKind};
use retention::store_name::StoreName;
use serde_json::{Value, json};
use sources::{Access, Client, Patience, Waits};
use studio::backfill::{Report, backfill};
use testkit::Vendor;

const API: &str = "/admin/api/2026-01";

fn customer() -> Value {
    json!({ "id": 42, "email": "nora@example.com", "first_name": "Nora", "created_at": at("2025-01-01 10:00").to_rfc3339(),
        "updated_at": at("2025-01-01 10:00").to_rfc3339(), "email_marketing_consent": { "state": "subscribed",
        "opt_in_level": "single_opt_in", "consent_updated_at": at("2025-01-01 10:00").to_rfc3339() } })
}

fn order(id: u64, placed_at: &str) -> Value {
    let at = at(placed_at).to_rfc3339();
    json!({ "id": id, "name": format!("#{id}"), "email": "nora@example.com", "customer": { "id": 42 }, "created_at": at,
        "updated_at": at, "currency": "EUR", "total_price": "12.90", "financial_status": "paid",
        "line_items": [{ "sku": "TEA-FOG-100", "title": "Harbour Fog", "quantity": 1, "price": "12.90" }] })
}

struct Bench {
    shop: TestShop,
    vendor: Vendor,
    source: Source,
    client: Client,
    recorder: Recorder,
}

impl Bench {
    async fn open() -> Self {
        let shop = TestShop::open("2026-03-02 10:00").await;
        let vendor = Vendor::start().await;
        let mut source = shop.local.shop.source("shopify").expect("a source").clone();
        source.store = StoreName::parse(SourceKind::Shopify, "sample-shop").ok();
        let access = Access::new(SourceKind::Shopify, "sample-shop", "token").expect("access");
        let patience = Patience { waits: Waits::Note(std::sync::Arc::default()), ..Patience::default() };
        let client = Client::on_this_machine(access, "token/shopify", vendor.port(), patience).expect("a client");
        let recorder = Recorder {
            shop: shop.local.shop.clone(),
            store: shop.local.store.clone(),
            snapshot: Snapshot::default(),
            queue: Queue::Local(LocalQueues::default()),
            clock: Clock::Set(shop.local.clock.clone()),
        };
        vendor.answers(&format!("{API}/customers.json"), 200, Vec::new(), json!({ "customers": [customer()] }));
        vendor.answers(&format!("{API}/products.json"), 200, Vec::new(), json!({ "products": [] }));
        Self { shop, vendor, source, client, recorder }
    }

    async fn fills(&self) -> Result<Report, String> {
        backfill(&self.recorder, &self.source, &self.client, |_, _| {}).await.map_err(|error| error.to_string())
    }

    /// The orders, in two pages.
    fn answers_orders(&self) {
        let orders = format!("{API}/orders.json");
        let second = format!("<https://sample-shop.myshopify.com{orders}?limit=100&page_info=two>; rel=\"next\"");
        let first = json!({ "orders": [order(1, "2025-01-05 10:00"), order(2, "2025-09-05 10:00")] });
        self.vendor.answers(&orders, 200, vec![("link", second)], first);
    }
}

#[tokio::test]
async fn a_backfill_goes_on_where_it_was_and_twice_changes_nothing() {
    let bench = Bench::open().await;
    bench.answers_orders();
    let page = |asked: &str| asked.contains("page_info=two");
    // The second page does not come.
    let target = bench.second_page().await;
    bench.vendor.answers(&target, 503, Vec::new(), Value::Null);
    let broken = bench.fills().await.expect_err("broken off");
    assert!(broken.contains("run it again"), "{broken}");
    bench.vendor.asked();
    bench.vendor.answers(&target, 200, Vec::new(), json!({ "orders": [order(3, "2026-02-20 10:00")] }));
    assert_eq!(bench.fills().await, Ok(Report { recorded: 1, known: 0, unreadable: 0 }));
    let asked = bench.vendor.asked();
    assert!(page(&asked[0]) && !asked.iter().any(|asked| asked.contains("customers")), "{asked:?}");
    let before = bench.table().await;
    assert_eq!(bench.fills().await, Ok(Report { recorded: 0, known: 4, unreadable: 0 }));
    assert_eq!(bench.table().await, before, "twice is once");
}

#[tokio::test]
async fn history_writes_to_nobody_and_what_comes_then_does() {
    let bench = Bench::open().await;
    bench.answers_orders();
    let target = bench.second_page().await;
    bench.vendor.answers(&target, 200, Vec::new(), json!({ "orders": [order(3, "2026-02-20 10:00")] }));
    assert_eq!(bench.fills().await, Ok(Report { recorded: 4, known: 0, unreadable: 0 }));
    bench.shop.until("2026-03-02 12:00").await;
    assert!(bench.shop.letters().is_empty(), "{:?}", bench.shop.what_left());
    let person = &bench.shop.local.store.walk().page().await.expect("a page")[0];
    assert_eq!((person.customer.order_count, person.customer.consent.is_subscribed()), (3, true));
    // The tea of the last order runs out after the backfill.
    bench.shop.until("2026-06-02 12:00").await;
    assert_eq!(bench.shop.what_left().first().map(String::as_str), Some("replenish/soon"));
}

impl Bench {
    /// The path and query with which the second page of orders is asked for.
    async fn second_page(&self) -> String {
        let page = self.client.page(retention::fetch::FetchKind::Order, None, None).await.expect("a page");
        self.vendor.asked();
        self.client.page(retention::fetch::FetchKind::Order, None, page.next.as_ref()).await.expect("a page");
        self.vendor.asked().remove(0)
    }

    /// All that is kept of everybody.
    async fn table(&self) -> String {
        format!("{:?}", self.recorder.store.walk().page().await.expect("a page"))
    }
}
