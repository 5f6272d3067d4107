//! BigCommerce: an order is put together from several places, lists go on from the last time that was seen.

use retention::event::Entity;
use retention::shop::SourceKind;
use serde_json::{Value, json};
use sources::Fetched;
use storefront::{FetchKind, Parsed};

use crate::vendor::{Answer, Asked, Vendor, fetch, ok, read, time};

const KIND: SourceKind = SourceKind::BigCommerce;

fn order(id: u64, more: &Value) -> Value {
    let mut order = json!({"id": id, "customer_id": 318, "date_created": "Sat, 14 Mar 2026 08:26:53 +0000",
        "date_modified": format!("Sun, 15 Mar 2026 10:00:{:02} +0000", id % 60), "status_id": 11, "payment_status": "captured",
        "total_inc_tax": "57.9000", "default_currency_code": "EUR", "coupon_discount": "0.0000", "refunded_amount": "0.0000",
        "items_shipped": 0, "billing_address": {"email": "ada@example.com"}});
    order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    order
}

/// What lies beside an order.
fn beside(asked: &Asked) -> Option<Answer> {
    let (_, list) = asked.path.strip_prefix("/stores/q7example/")?.split_once("/4711/")?;
    Some(match list {
        "products" => ok(
            json!([{"product_id": 93, "variant_id": 94, "sku": "OAT", "name": "Oat", "quantity": 2, "price_inc_tax": "20.0000"}]),
        ),
        "coupons" => ok(json!([{"id": 1, "code": "SPRING10"}])),
        "shipments" => {
            ok(json!([{"id": 6, "date_created": "Sun, 15 Mar 2026 09:30:00 +0000", "tracking_number": "PN1"}]))
        }
        "payment_actions/refunds" => {
            ok(json!({"data": [{"id": 3, "created": "2026-03-20T12:00:00Z", "total_amount": 7.5}], "meta": {}}))
        }
        _ => return None,
    })
}

async fn fetched(more: Value) -> (retention::Order, Vec<String>) {
    let vendor = Vendor::start(move |asked| beside(asked).unwrap_or_else(|| ok(order(4711, &more)))).await;
    let found = vendor.client(KIND).fetch(&fetch(FetchKind::Order, "4711")).await.unwrap();
    let Fetched::Found(body) = found else { panic!("gone") };
    let Parsed::Event(event) = read(KIND, FetchKind::Order, &body) else { panic!("no event") };
    let Entity::Order(order) = event.entity else { panic!("no order") };
    assert_eq!(vendor.asked()[0].headers["x-auth-token"], "shpat_5ecret");
    (*order, vendor.targets())
}

#[tokio::test]
async fn an_order_comes_with_its_lines_and_nothing_is_asked_that_it_does_not_have() {
    let (order, targets) = fetched(json!({})).await;
    assert_eq!((order.lines.len(), order.after.refunds.len()), (1, 0));
    let base = "/stores/q7example/v2/orders/4711";
    assert_eq!(targets, [base.to_owned(), format!("{base}/products?limit=250&page=1")]);
}

#[tokio::test]
async fn coupons_parcels_and_refunds_are_asked_for_where_there_are_some() {
    let more = json!({"coupon_discount": "6.0000", "refunded_amount": "7.5000", "items_shipped": 2, "status_id": 14});
    let (order, targets) = fetched(more).await;
    assert_eq!((order.codes.len(), order.after.fulfilments.len(), order.after.refunds.len()), (1, 1, 1));
    assert_eq!((order.refunded_minor, targets.len()), (750, 5));
}

#[tokio::test]
async fn an_order_of_more_lines_than_one_page_has_them_all() {
    let line = json!({"product_id": 93, "sku": "OAT", "name": "Oat", "quantity": 1, "price_inc_tax": "1.0000"});
    let vendor =
        Vendor::start(move |asked| match (asked.path.ends_with("/products"), asked.query.ends_with("page=1")) {
            (false, _) => ok(order(4711, &json!({}))),
            (true, true) => ok(json!(vec![line.clone(); 250])),
            (true, false) => ok(json!(vec![line.clone(); 50])),
        })
        .await;
    let found = vendor.client(KIND).fetch(&fetch(FetchKind::Order, "4711")).await.unwrap();
    let Fetched::Found(body) = found else { panic!("gone") };
    let Parsed::Event(event) = read(KIND, FetchKind::Order, &body) else { panic!("no event") };
    let Entity::Order(order) = event.entity else { panic!("no order") };
    assert_eq!(order.lines.len(), 300);
}

#[tokio::test]
async fn an_order_that_was_there_when_it_was_asked_for_and_not_its_lines_is_asked_for_again_later() {
    let vendor = Vendor::start(|asked| {
        if asked.path.ends_with("/products") { Answer::Nothing(503) } else { ok(order(4711, &json!({}))) }
    })
    .await;
    let error = vendor.client(KIND).fetch(&fetch(FetchKind::Order, "4711")).await.unwrap_err();
    assert!(error.again(), "{error}");
}

#[tokio::test]
async fn a_customer_who_is_not_in_the_list_is_gone() {
    let vendor = Vendor::start(|asked| {
        if asked.query.starts_with("id:in=32&") { ok(json!({"data": [{"id": 32, "email": "ada@example.com", "date_modified": "2026-03-14T08:26:53Z"}], "meta": {}})) } else { ok(json!({"data": [], "meta": {}})) }
    })
    .await;
    let client = vendor.client(KIND);
    let Fetched::Found(body) = client.fetch(&fetch(FetchKind::Customer, "32")).await.unwrap() else { panic!("gone") };
    assert!(matches!(read(KIND, FetchKind::Customer, &body), Parsed::Event(_)));
    assert_eq!(client.fetch(&fetch(FetchKind::Customer, "33")).await, Ok(Fetched::Gone));
}

#[tokio::test]
async fn subscribers_and_carts_are_fetched_by_their_ids() {
    let vendor = Vendor::start(|asked| {
        if asked.path.contains("/subscribers/") { ok(json!({"data": {"id": 5, "email": "grace@example.com", "date_created": "2026-03-01T12:00:00Z"}, "meta": {}})) } else { ok(json!({"data": {"id": "5d3c-1", "email": "ada@example.com", "currency": {"code": "EUR"},
            "updated_time": "2026-03-14T08:20:00+00:00", "line_items": {}}, "meta": {}})) }
    })
    .await;
    for (kind, id) in [(FetchKind::Subscriber, "5"), (FetchKind::Cart, "5d3c-1")] {
        let Fetched::Found(body) = vendor.client(KIND).fetch(&fetch(kind, id)).await.unwrap() else { panic!("gone") };
        assert!(matches!(read(KIND, kind, &body), Parsed::Event(_)));
    }
}

#[tokio::test]
async fn a_product_comes_with_its_categories_and_of_the_store_only_what_is_needed() {
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/stores/q7example/v2/store" => ok(json!({"currency": "EUR", "secure_url": "https://shop.example",
            "admin_email": "owner@example.com", "first_name": "Grace"})),
        "/stores/q7example/v3/catalog/categories" => {
            ok(json!({"data": [{"id": 5, "name": "Hair"}, {"id": 9, "name": "Other"}]}))
        }
        _ => ok(json!({"data": {"id": 93, "name": "Oat", "price": 18, "date_modified": "2026-03-14T08:20:00Z",
            "categories": [5], "custom_url": {"url": "/oat/"}}})),
    })
    .await;
    let found = vendor.client(KIND).fetch(&fetch(FetchKind::Product, "93")).await.unwrap();
    let Fetched::Found(body) = found else { panic!("gone") };
    assert!(!String::from_utf8_lossy(&body).contains("Grace"));
    let Parsed::Product(product) = read(KIND, FetchKind::Product, &body) else { panic!("no product") };
    assert_eq!(
        (product.categories.as_slice(), product.url.as_deref()),
        (&["Hair".to_owned()][..], Some("https://shop.example/oat/"))
    );
}

#[tokio::test]
async fn a_list_goes_on_from_the_last_time_that_was_seen_and_ends_with_a_page_that_is_not_full() {
    let vendor = Vendor::start(|asked| {
        let last = asked.query.contains("10:00:19");
        match asked.path.as_str() {
            "/stores/q7example/v2/orders" if last => ok(json!([order(20, &json!({}))])),
            "/stores/q7example/v2/orders" => ok(json!((1..=20).map(|id| order(id, &json!({}))).collect::<Vec<_>>())),
            _ => Answer::Nothing(204),
        }
    })
    .await;
    let client = vendor.client(KIND);
    let first = client.page(FetchKind::Order, Some(time("2026-03-01T00:00:00Z")), None).await.unwrap();
    assert_eq!((first.bodies.len(), first.newest), (20, Some(time("2026-03-15T10:00:20Z"))));
    let second = client.page(FetchKind::Order, None, first.next.as_ref()).await.unwrap();
    assert_eq!(
        (second.bodies.len(), second.next),
        (1, None),
        "what was listed last comes again, and nothing is left out"
    );
    let lists: Vec<String> = vendor.targets().into_iter().filter(|target| target.contains("/orders?")).collect();
    let list =
        |since| format!("/stores/q7example/v2/orders?sort=date_modified:asc&limit=20&page=1&min_date_modified={since}");
    assert_eq!(lists, [list("2026-03-01T00:00:00Z"), list("2026-03-15T10:00:19Z")]);
}

#[tokio::test]
async fn a_list_of_nothing_is_204_and_empty() {
    let vendor = Vendor::start(|_| Answer::Nothing(204)).await;
    let page = vendor.client(KIND).page(FetchKind::Order, None, None).await.unwrap();
    assert_eq!((page.bodies.len(), page.next, page.newest), (0, None, None));
}
