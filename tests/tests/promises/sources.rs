//! Every kind of storefront, from the request to the letter, and none of them in the name of another.

use acceptance::{CONSENT, SECRET, STANDARD_SECRET, TestShop, at, consent, order};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use retention::order::Payment;
use retention::shop::SourceKind;
use serde_json::{Value, json};
use storefront::{shopify, standard, woocommerce};
use studio::webhook::{Door, post_file};

const NORA: &str = "nora@example.com";
const WOO_SECRET: &str = "typed by hand &amp; long enough";
const OUTLET_SECRET: &str = "another secret, of the outlet";

/// A shop that sells through WooCommerce twice, and through a system of its own.
async fn shop() -> TestShop {
    let sources = [
        ("woo", "woocommerce", WOO_SECRET),
        ("outlet", "woocommerce", OUTLET_SECRET),
        ("own", "standard", STANDARD_SECRET),
    ];
    TestShop::open_with_sources("2026-03-02 10:00", &sources).await
}

fn secret(source: &str) -> &'static str {
    match source {
        "woo" => WOO_SECRET,
        "outlet" => OUTLET_SECRET,
        "own" => STANDARD_SECRET,
        _ => SECRET,
    }
}

/// A webhook arrives as its source signs it.
async fn arrives(shop: &TestShop, source: &str, topic: &str, body: &Value) -> (i64, String) {
    let body = body.to_string();
    let headers = shop.headers_of(source, secret(source), topic, body.as_bytes());
    shop.arrives_at(source, &headers, body.as_bytes()).await
}

/// An order in WooCommerce's shape, paid, of one packet of tea that lasts 40 days, by a guest.
fn woo_order(id: u64, placed_at: &str) -> Value {
    let time = at(placed_at).format("%Y-%m-%dT%H:%M:%S").to_string();
    json!({
        "id": id,
        "number": id.to_string(),
        "status": "processing",
        "currency": "EUR",
        "prices_include_tax": true,
        "date_created_gmt": time,
        "date_modified_gmt": time,
        "date_paid_gmt": time,
        "date_completed_gmt": null,
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": "3.98",
        "shipping_tax": "0.92",
        "total": "17.80",
        "total_tax": "3.33",
        "customer_id": 0,
        "billing": { "first_name": "Nora", "country": "IE", "state": "CO", "email": NORA },
        "shipping": { "first_name": "", "country": "", "state": "" },
        "line_items": [{
            "id": 1, "name": "Harbour Fog", "product_id": 93, "variation_id": 0, "sku": "TEA-FOG-100", "quantity": 1,
            "subtotal": "10.49", "subtotal_tax": "2.41", "total": "10.49", "total_tax": "2.41", "price": 10.49,
            "meta_data": [], "parent_name": null,
        }],
        "coupon_lines": [],
        "refunds": [],
    })
}

/// An order in our own form, of the same packet.
fn own_order(id: &str, placed_at: &str) -> Value {
    let time = at(placed_at).to_rfc3339();
    json!({
        "type": "order.placed",
        "timestamp": time,
        "data": {
            "id": id,
            "number": format!("#{id}"),
            "placed_at": time,
            "payment_status": "paid",
            "currency": "EUR",
            "total": "17.80",
            "lines": [{ "sku": "TEA-FOG-100", "title": "Harbour Fog", "quantity": 1, "unit_price": "12.90" }],
            "customer": { "id": "42", "email": NORA, "first_name": "Nora", "country": "IE" },
        },
    })
}

fn merged(mut body: Value, change: &Value) -> Value {
    for (name, value) in change.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_signed_woocommerce_order_becomes_a_letter() {
    let shop = shop().await;
    let answer = arrives(&shop, "woo", "order.created", &woo_order(4711, "2026-03-02 09:59")).await;
    assert_eq!(answer, (200, "recorded".into()));
    let letters = shop.letters();
    assert_eq!((letters.len(), letters[0].what.as_str(), letters[0].to.as_str()), (1, "order_status/confirmed", NORA));
    for part in ["#4711", "Harbour Fog", "€12.90", "€4.90", "€17.80"] {
        assert!(letters[0].text.contains(part), "{part}\n{}", letters[0].text);
    }
    shop.until("2027-03-02 10:00").await;
    assert_eq!(shop.letters().len(), 1, "WooCommerce says nothing of consent");
}

#[tokio::test]
async fn a_standard_webhooks_order_becomes_a_letter() {
    let shop = shop().await;
    let answer = arrives(&shop, "own", "", &own_order("A-1", "2026-03-02 09:59")).await;
    assert_eq!(answer, (200, "recorded".into()));
    let letters = shop.letters();
    assert_eq!((letters.len(), letters[0].what.as_str(), letters[0].to.as_str()), (1, "order_status/confirmed", NORA));
    assert!(letters[0].text.contains("#A-1") && letters[0].text.contains("€17.80"), "{}", letters[0].text);
}

#[tokio::test]
async fn consent_of_standard_webhooks_opens_and_closes_marketing() {
    let shop = shop().await;
    let yes =
        json!({ "state": "subscribed", "acted_at": "2026-03-02T09:58:00Z", "source": "checkout", "wording": "v1" });
    let mut body = own_order("A-1", "2026-03-02 09:59");
    body["data"]["customer"]["consent"] = yes;
    arrives(&shop, "own", "", &body).await;
    shop.until("2026-03-05 10:00").await;
    assert_eq!(shop.what_left(), ["order_status/confirmed", "first_order/thanks"]);
    let no = json!({ "state": "unsubscribed", "acted_at": "2026-03-05T09:58:00Z", "source": "account page" });
    let body = json!({ "type": "consent.changed", "timestamp": "2026-03-05T09:58:00Z", "data": { "id": "42", "consent": no } });
    assert_eq!(arrives(&shop, "own", "", &body).await, (200, "recorded".into()));
    shop.until("2027-03-02 10:00").await;
    assert_eq!(shop.letters().len(), 2, "nothing after the opt-out");
}

#[tokio::test]
async fn the_ping_of_a_new_woocommerce_webhook_is_answered_exactly_200_and_has_no_effect() {
    let shop = shop().await;
    let form = [("content-type", "application/x-www-form-urlencoded".to_owned())];
    assert_eq!(shop.arrives_at("woo", &form, b"webhook_id=7").await, (200, "ping".into()));
    // API Gateway hands form data over as base64.
    let mut request = studio::http::event("POST", "/webhooks/woo", form.clone(), b"").expect("a request");
    (request.body, request.is_base64_encoded) = (Some(STANDARD.encode("webhook_id=7")), true);
    assert_eq!(TestShop::read(shop.local.request(&request).await), (200, "ping".into()));
    assert!(shop.local.store.walk().page().await.expect("a page").is_empty());
    for source in ["shopify", "own"] {
        assert_eq!(shop.arrives_at(source, &form, b"webhook_id=7").await.0, 401, "{source} sends no pings");
    }
}

#[tokio::test]
async fn two_orders_in_one_second_with_one_delivery_id_both_live() {
    let shop = shop().await;
    for id in [4711, 4712] {
        let body = woo_order(id, "2026-03-02 09:59").to_string();
        let mut headers = shop.headers_of("woo", WOO_SECRET, "order.created", body.as_bytes());
        headers.push(("x-wc-webhook-delivery-id", "b1a2c3d4".to_owned()));
        assert_eq!(shop.arrives_at("woo", &headers, body.as_bytes()).await, (200, "recorded".into()), "{id}");
    }
    assert_eq!(shop.what_left(), ["order_status/confirmed", "order_status/confirmed"]);
    let people = shop.local.store.walk().page().await.expect("a page");
    assert_eq!((people.len(), people[0].orders.len(), people[0].customer.order_count), (1, 2, 2));
}

#[tokio::test]
async fn an_order_that_arrives_pending_is_confirmed_when_it_is_paid_and_a_late_pending_changes_nothing() {
    let shop = shop().await;
    let paid = woo_order(4711, "2026-03-02 09:59");
    let pending = merged(paid.clone(), &json!({ "status": "pending", "date_paid_gmt": null }));
    assert_eq!(arrives(&shop, "woo", "order.created", &pending).await.1, "recorded");
    assert!(shop.letters().is_empty());
    assert_eq!(arrives(&shop, "woo", "order.updated", &paid).await.1, "recorded");
    assert_eq!(arrives(&shop, "woo", "order.updated", &paid).await.1, "already");
    let late = merged(pending, &json!({ "customer_note": "the same second" }));
    assert_eq!(arrives(&shop, "woo", "order.updated", &late).await.1, "older");
    let people = shop.local.store.walk().page().await.expect("a page");
    assert_eq!((people[0].orders[0].payment, people[0].customer.order_count), (Payment::Paid, 1));
    assert_eq!(shop.what_left(), ["order_status/confirmed"]);
}

#[tokio::test]
async fn a_refund_lowers_spend_and_a_deleted_order_changes_nothing() {
    let shop = shop().await;
    let order = woo_order(4711, "2026-03-02 09:59");
    arrives(&shop, "woo", "order.created", &order).await;
    let change = json!({ "date_modified_gmt": "2026-03-02T09:59:30", "refunds": [{ "id": 1, "total": "-4.90" }] });
    assert_eq!(arrives(&shop, "woo", "order.updated", &merged(order, &change)).await.1, "recorded");
    for topic in ["order.deleted", "customer.deleted"] {
        assert_eq!(arrives(&shop, "woo", topic, &json!({ "id": 4711 })).await, (200, "deleted".into()));
    }
    let people = shop.local.store.walk().page().await.expect("a page");
    let customer = &people[0].customer;
    assert_eq!((customer.order_count, customer.spent[0].minor, people.len()), (1, 1290, 1));
}

#[tokio::test]
async fn a_signature_of_one_source_is_not_believed_at_another() {
    let shop = shop().await;
    let body = woo_order(4711, "2026-03-02 09:59").to_string();
    let woo = shop.headers_of("woo", WOO_SECRET, "order.created", body.as_bytes());
    let theirs = order(1, NORA, "2026-03-02 09:59").to_string();
    let shopify = shop.headers_of("shopify", SECRET, "orders/create", theirs.as_bytes());
    let ours = own_order("A-1", "2026-03-02 09:59").to_string();
    let own = shop.headers_of("own", STANDARD_SECRET, "", ours.as_bytes());
    for (at, headers, body) in [
        ("outlet", &woo, &body),
        ("shopify", &woo, &body),
        ("own", &woo, &body),
        ("woo", &shopify, &theirs),
        ("own", &shopify, &theirs),
        ("woo", &own, &ours),
        ("shopify", &own, &ours),
    ] {
        assert_eq!(shop.arrives_at(at, headers, body.as_bytes()).await.0, 401, "at {at}: {headers:?}");
    }
    assert!(shop.local.store.walk().page().await.expect("a page").is_empty() && shop.letters().is_empty());
}

#[tokio::test]
async fn a_header_swapped_between_sources_has_no_effect() {
    let shop = shop().await;
    let body = woo_order(4711, "2026-03-02 09:59").to_string();
    let signature = |kind, secret| {
        let adapter = storefront::adapter::Adapter::new(kind, [secret]).expect("a secret");
        let headers = adapter.sign("", body.as_bytes(), shop.local.clock.now());
        headers.into_iter().find(|(name, _)| name.contains("hmac") || name.contains("signature")).expect("one").1
    };
    let woo = signature(SourceKind::WooCommerce, WOO_SECRET);
    // The right signature under the name of another storefront's header, at either address.
    for source in ["woo", "shopify"] {
        let swapped =
            [(shopify::SIGNATURE_HEADER, woo.clone()), (woocommerce::TOPIC_HEADER, "order.created".to_owned())];
        assert_eq!(shop.arrives_at(source, &swapped, body.as_bytes()).await.0, 401, "{source}");
    }
    let swapped = [(standard::SIGNATURE_HEADER, format!("v1,{woo}"))];
    assert_eq!(shop.arrives_at("own", &swapped, body.as_bytes()).await.0, 401);
    // Another storefront's topic is no topic.
    let other_topic =
        [(woocommerce::SIGNATURE_HEADER, woo.clone()), (shopify::TOPIC_HEADER, "orders/create".to_owned())];
    assert_eq!(shop.arrives_at("woo", &other_topic, body.as_bytes()).await, (200, "unknown_topic".into()));
    assert!(shop.local.store.walk().page().await.expect("a page").is_empty());
    // And one that stands beside the right one changes nothing.
    let mut both = shop.headers_of("woo", WOO_SECRET, "order.created", body.as_bytes());
    both.extend([
        (shopify::TOPIC_HEADER, "customers/update".to_owned()),
        (shopify::SIGNATURE_HEADER, "AAAA".to_owned()),
        (standard::SIGNATURE_HEADER, "v1,AAAA".to_owned()),
    ]);
    assert_eq!(shop.arrives_at("woo", &both, body.as_bytes()).await, (200, "recorded".into()));
    assert_eq!(shop.what_left(), ["order_status/confirmed"]);
}

#[tokio::test]
async fn a_standard_webhook_is_believed_for_five_minutes_and_then_no_more() {
    let shop = shop().await;
    let body = own_order("A-1", "2026-03-02 09:59").to_string();
    let headers = shop.headers_of("own", STANDARD_SECRET, "", body.as_bytes());
    assert_eq!(shop.arrives_at("own", &headers, body.as_bytes()).await.1, "recorded");
    shop.until("2026-03-02 10:05").await;
    assert_eq!(shop.arrives_at("own", &headers, body.as_bytes()).await, (200, "already".into()));
    shop.until("2026-03-02 10:06").await;
    let (status, why) = shop.arrives_at("own", &headers, body.as_bytes()).await;
    assert!(status == 401 && why.contains("too long before"), "{status} {why}");
}

#[tokio::test]
async fn a_person_who_orders_in_two_shops_is_one_person() {
    let shop = shop().await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:57")).await;
    arrives(&shop, "woo", "order.created", &woo_order(7, "2026-03-02 09:58")).await;
    arrives(&shop, "outlet", "order.created", &woo_order(7, "2026-03-02 09:59")).await;
    arrives(&shop, "own", "", &own_order("7", "2026-03-02 10:00")).await;
    let people = shop.local.store.walk().page().await.expect("a page");
    assert_eq!((people.len(), people[0].customer.order_count), (1, 3), "one number in three shops is three orders");
}

#[tokio::test]
async fn a_file_is_posted_as_its_source_would_sign_it() {
    let shop = shop().await;
    let files = [
        ("shopify", Some("orders/create"), order(1, NORA, "2026-03-02 09:59")),
        ("woo", Some("order.created"), woo_order(2, "2026-03-02 09:59")),
        ("own", None, own_order("3", "2026-03-02 09:59")),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let rules = shop.local.shop.clone();
    let (listener, now) = (tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port"), shop.local.clock.now());
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let serving = shop.serve(listener);
    for (source, topic, body) in files {
        let file = folder.path().join(format!("{source}.json"));
        std::fs::write(&file, body.to_string()).expect("a file");
        let source = studio::webhook::source(&rules, source).expect("a source");
        let secret = secret(source.name.as_str());
        let door = Door { source, url: &url, secret, now };
        let posted = post_file(&door, &file, topic).await;
        assert!(posted.as_ref().is_ok_and(|answer| answer.contains("recorded")), "{posted:?}");
        if topic.is_some() {
            let without = post_file(&door, &file, None).await.expect_err("a topic is needed");
            assert!(without.to_string().contains("--topic"), "{without}");
        }
    }
    serving.abort();
}
