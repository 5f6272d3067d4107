//! Shopify: entities unwrapped, lists by the word in the `Link` header.

use retention::shop::SourceKind;
use serde_json::{Value, json};
use sources::{Cursor, Fetched};
use storefront::{FetchKind, Parsed};

use crate::vendor::{Answer, Vendor, fetch, line, ok, read, time};

const KIND: SourceKind = SourceKind::Shopify;

fn order(id: u64) -> Value {
    json!({"id": id, "name": format!("#{id}"), "email": "ada@example.com", "created_at": "2026-03-14T08:26:53+01:00",
        "updated_at": format!("2026-03-14T09:00:{:02}+01:00", id % 60), "currency": "EUR", "total_price": "10.00",
        "financial_status": "paid", "line_items": []})
}

#[tokio::test]
async fn an_order_is_fetched_unwrapped_with_the_token_in_its_header() {
    let vendor = Vendor::start(|_| ok(json!({"order": order(4711)}))).await;
    let Fetched::Found(body) = vendor.client(KIND).fetch(&fetch(FetchKind::Order, "4711")).await.unwrap() else {
        panic!("gone")
    };
    assert!(matches!(read(KIND, FetchKind::Order, &body), Parsed::Event(_)));
    let asked = &vendor.asked()[0];
    assert_eq!(asked.path, "/admin/api/2026-01/orders/4711.json");
    assert_eq!(asked.headers["x-shopify-access-token"], "shpat_5ecret");
    assert!(!asked.headers.contains_key("authorization") && asked.query.is_empty());
}

#[tokio::test]
async fn what_is_not_there_is_gone() {
    let vendor = Vendor::start(|_| Answer::Json(404, Vec::new(), json!({"errors": "Not Found"}))).await;
    for kind in [FetchKind::Order, FetchKind::Customer, FetchKind::Product] {
        assert_eq!(vendor.client(KIND).fetch(&fetch(kind, "4711")).await, Ok(Fetched::Gone));
    }
}

#[tokio::test]
async fn a_list_is_read_to_its_end_and_on_from_a_cursor_that_was_stored() {
    let vendor = Vendor::start(|asked| {
        let link = |word: &str| {
            format!(
                "<https://sample-shop.myshopify.com/admin/api/x/orders.json?limit=100&page_info={word}>; rel=\"next\""
            )
        };
        let page = |first: u64, links: Vec<(&'static str, String)>| {
            Answer::Json(200, links, json!({"orders": [order(first), order(first + 1)]}))
        };
        match asked.query.as_str() {
            "limit=100&page_info=eyJsYXN0In0" => page(3, vec![("link", link("eyJl%3D"))]),
            "limit=100&page_info=eyJl%3D" => page(5, Vec::new()),
            _ => page(1, vec![("link", link("eyJsYXN0In0"))]),
        }
    })
    .await;
    let client = vendor.client(KIND);
    let first = client.page(FetchKind::Order, Some(time("2026-03-01T00:00:00Z")), None).await.unwrap();
    assert_eq!((first.bodies.len(), first.newest), (2, Some(time("2026-03-14T08:00:02Z"))));
    let stored = first.next.unwrap().to_string();
    // Another process, later.
    let cursor = Cursor::parse(&stored).unwrap();
    let second = vendor.client(KIND).page(FetchKind::Order, None, Some(&cursor)).await.unwrap();
    let third = client.page(FetchKind::Order, None, second.next.as_ref()).await.unwrap();
    assert_eq!((third.bodies.len(), third.next), (2, None));
    assert_eq!(
        vendor.targets(),
        [
            "/admin/api/2026-01/orders.json?limit=100&status=any&order=updated_at%20asc&updated_at_min=2026-03-01T00:00:00Z",
            "/admin/api/2026-01/orders.json?limit=100&page_info=eyJsYXN0In0",
            "/admin/api/2026-01/orders.json?limit=100&page_info=eyJl%3D",
        ],
        "with the word for the next page goes nothing but the limit"
    );
}

#[tokio::test]
async fn there_are_no_subscribers_and_no_carts() {
    let vendor = Vendor::start(|_| Answer::Nothing(500)).await;
    for kind in [FetchKind::Subscriber, FetchKind::Cart] {
        assert!(line(vendor.client(KIND).fetch(&fetch(kind, "1")).await).starts_with("the API of shopify has no "));
        assert!(line(vendor.client(KIND).page(kind, None, None).await).starts_with("the API of shopify has no "));
    }
    assert_eq!(vendor.asked().len(), 0);
}
