//! WooCommerce: pages by number, the key and the secret in the basic header.

use base64::Engine as _;
use retention::shop::SourceKind;
use serde_json::{Value, json};
use sources::Fetched;
use storefront::{FetchKind, Parsed};

use crate::vendor::{Answer, Vendor, fetch, ok, read, time};

const KIND: SourceKind = SourceKind::WooCommerce;

fn order(id: u64) -> Value {
    json!({"id": id, "number": id.to_string(), "status": "processing", "currency": "EUR", "total": "10.00", "customer_id": 3,
        "date_created_gmt": "2026-03-14T08:26:53", "date_modified_gmt": "2026-03-14T09:00:00", "line_items": [], "refunds": []})
}

#[tokio::test]
async fn an_order_is_fetched_from_the_shops_own_folder() {
    let vendor = Vendor::start(|_| ok(order(4711))).await;
    let found = vendor.client(KIND).fetch(&fetch(FetchKind::Order, "4711")).await.unwrap();
    let Fetched::Found(body) = found else { panic!("gone") };
    assert!(matches!(read(KIND, FetchKind::Order, &body), Parsed::Event(_)));
    let asked = &vendor.asked()[0];
    assert_eq!(asked.path, "/wp/wp-json/wc/v3/orders/4711");
    let pair = base64::engine::general_purpose::STANDARD.encode("ck_public:shpat_5ecret");
    assert_eq!(asked.headers["authorization"], format!("Basic {pair}"));
    assert_eq!(asked.query, "", "never in the address, which ends up in logs");
}

#[tokio::test]
async fn pages_are_read_to_the_one_that_the_shop_calls_the_last() {
    let vendor = Vendor::start(|asked| {
        let page = if asked.query.contains("page=2&") { [order(3), order(4)] } else { [order(1), order(2)] };
        Answer::Json(200, vec![("x-wp-totalpages", "2".into())], json!(page))
    })
    .await;
    let client = vendor.client(KIND);
    let first = client.page(FetchKind::Order, Some(time("2026-03-01T00:00:00Z")), None).await.unwrap();
    let second = client.page(FetchKind::Order, None, first.next.as_ref()).await.unwrap();
    assert_eq!((first.bodies.len(), second.bodies.len(), second.next), (2, 2, None));
    assert_eq!(first.newest, Some(time("2026-03-14T09:00:00Z")));
    let filter = "orderby=id&order=asc&modified_after=2026-03-01T00:00:00&dates_are_gmt=true";
    assert_eq!(
        vendor.targets(),
        [1, 2].map(|page| format!("/wp/wp-json/wc/v3/orders?per_page=100&page={page}&{filter}")),
        "a cursor remembers since when"
    );
}

#[tokio::test]
async fn new_customers_are_listed_until_one_who_was_known() {
    let vendor = Vendor::start(|asked| {
        let created = if asked.before == 0 {
            ["2026-03-14T00:00:00", "2026-03-10T00:00:00"]
        } else {
            ["2026-03-02T00:00:00", "2026-01-01T00:00:00"]
        };
        let customers = created
            .map(|at| json!({"id": 1, "email": "ada@example.com", "date_created_gmt": at, "date_modified_gmt": null}));
        Answer::Json(200, vec![("x-wp-totalpages", "900".into())], json!(customers))
    })
    .await;
    let client = vendor.client(KIND);
    let first = client.page(FetchKind::Customer, Some(time("2026-03-01T00:00:00Z")), None).await.unwrap();
    let second = client.page(FetchKind::Customer, None, first.next.as_ref()).await.unwrap();
    assert_eq!(second.next, None);
    assert!(vendor.targets()[1].ends_with("page=2&role=all&orderby=registered_date&order=desc"));
    let all = client.page(FetchKind::Customer, None, None).await.unwrap();
    assert!(all.next.is_some(), "all of them, to the last page");
}
