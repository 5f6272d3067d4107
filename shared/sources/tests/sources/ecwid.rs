//! Ecwid: the store's currency beside each entity, lists by offset.

use retention::shop::SourceKind;
use serde_json::{Value, json};
use sources::Fetched;
use storefront::{FetchKind, Parsed};

use crate::vendor::{Answer, Asked, Vendor, fetch, line, ok, read, time};

const KIND: SourceKind = SourceKind::Ecwid;

fn order(number: u64) -> Value {
    json!({"id": format!("TEA-{number}"), "internalId": number, "email": "ada@example.com", "total": 10, "items": [],
        "paymentStatus": "PAID", "createTimestamp": 1_773_476_813, "updateTimestamp": 1_773_476_813 + number})
}

fn profile(asked: &Asked) -> Option<Answer> {
    let is = asked.path == "/api/v3/40500/profile";
    is.then(|| ok(json!({"formatsAndUnits": {"currency": "SEK", "currencyPrefix": "kr"}})))
}

#[tokio::test]
async fn an_order_comes_with_the_currency_of_the_store_which_is_asked_once() {
    let vendor = Vendor::start(|asked| profile(asked).unwrap_or_else(|| ok(order(4711)))).await;
    let client = vendor.client(KIND);
    for id in ["TEA-4711", "4711", "tea-4711"] {
        let Fetched::Found(body) = client.fetch(&fetch(FetchKind::Order, id)).await.unwrap() else { panic!("gone") };
        let Parsed::Event(event) = read(KIND, FetchKind::Order, &body) else { panic!("no event") };
        assert_eq!(event.aliases()[0].parts()[2], "shop:4711");
    }
    let targets = vendor.targets();
    assert_eq!(targets[0], "/api/v3/40500/orders/TEA-4711");
    let profiles = targets.iter().filter(|target| target.contains("/profile")).count();
    assert_eq!((profiles, targets[1].as_str()), (1, "/api/v3/40500/profile?responseFields=formatsAndUnits(currency)"));
    assert_eq!(vendor.asked()[0].headers["authorization"], "Bearer shpat_5ecret");
}

#[tokio::test]
async fn carts_customers_and_products_have_places_of_their_own() {
    let vendor = Vendor::start(|asked| {
        profile(asked).unwrap_or_else(|| match asked.path.split('/').nth(4) {
            Some("carts") => {
                ok(json!({"cartId": "AB-1", "email": "ada@example.com", "updateTimestamp": 1, "items": []}))
            }
            Some("customers") => {
                ok(json!({"id": 7, "email": "ada@example.com", "updated": "2026-03-14 08:26:53 +0000"}))
            }
            _ => ok(json!({"id": 7, "name": "Soap", "price": 1, "updateTimestamp": 1})),
        })
    })
    .await;
    let client = vendor.client(KIND);
    for (kind, id) in [(FetchKind::Cart, "AB-1"), (FetchKind::Customer, "7"), (FetchKind::Product, "7")] {
        let Fetched::Found(body) = client.fetch(&fetch(kind, id)).await.unwrap() else { panic!("gone") };
        assert!(matches!(read(KIND, kind, &body), Parsed::Event(_) | Parsed::Product(_)));
    }
}

#[tokio::test]
async fn a_list_is_read_by_offset_to_its_end() {
    let vendor = Vendor::start(|asked| {
        profile(asked).unwrap_or_else(|| {
            let offset: u64 = if asked.query.contains("offset=2") { 2 } else { 0 };
            let items: Vec<Value> = (offset..(offset + 2).min(3)).map(order).collect();
            ok(json!({"total": 3, "count": items.len(), "offset": offset, "limit": 100, "items": items}))
        })
    })
    .await;
    let client = vendor.client(KIND);
    let first = client.page(FetchKind::Order, Some(time("2026-03-01T00:00:00Z")), None).await.unwrap();
    let second = client.page(FetchKind::Order, None, first.next.as_ref()).await.unwrap();
    assert_eq!((first.bodies.len(), second.bodies.len(), second.next), (2, 1, None));
    let lists: Vec<String> = vendor.targets().into_iter().filter(|target| target.contains("/orders")).collect();
    let query = |offset| format!("/api/v3/40500/orders?limit=100&offset={offset}&updatedFrom=1772323200");
    assert_eq!(lists, [query(0), query(2)]);
}

#[tokio::test]
async fn a_list_that_does_not_move_on_ends() {
    let vendor = Vendor::start(|asked| {
        let list = json!({"total": 900, "count": 0, "offset": 0, "limit": 100, "items": []});
        profile(asked).unwrap_or_else(|| ok(list))
    })
    .await;
    assert_eq!(vendor.client(KIND).page(FetchKind::Cart, None, None).await.unwrap().next, None);
}

#[tokio::test]
async fn a_profile_without_a_currency_is_no_answer() {
    let vendor = Vendor::start(|asked| {
        if asked.path.ends_with("/profile") {
            ok(json!({"formatsAndUnits": {"currency": "kr"}}))
        } else {
            ok(order(4711))
        }
    })
    .await;
    let line = line(vendor.client(KIND).fetch(&fetch(FetchKind::Order, "4711")).await);
    assert!(line.ends_with("/api/v3/.../profile answered with another shape than its documentation has"), "{line}");
}
