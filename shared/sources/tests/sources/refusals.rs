//! What is refused: other hosts, other entities, ids and cursors that lead elsewhere, tokens that open nothing.

use retention::shop::SourceKind;
use serde_json::json;
use sources::{Cursor, SourceError};
use storefront::{Fetch, FetchKind};

use crate::vendor::{Answer, PARAMETER, Vendor, fetch, line, ok};

const KINDS: [SourceKind; 4] =
    [SourceKind::Shopify, SourceKind::WooCommerce, SourceKind::Ecwid, SourceKind::BigCommerce];

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Vendor::start(|_| ok(json!({"id": 4711}))).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/wp/wp-json/wc/v3/orders/4711", elsewhere.address());
        let vendor =
            Vendor::start(move |_| Answer::Json(status, vec![("location", location.clone())], json!({}))).await;
        let outcome = vendor.client(SourceKind::WooCommerce).fetch(&fetch(FetchKind::Order, "4711")).await;
        assert!(matches!(outcome, Err(SourceError::Redirected { .. })), "{status}");
        assert!(line(outcome).contains("redirects are not followed"));
        assert_eq!(vendor.asked().len(), 1);
    }
    assert_eq!(elsewhere.asked().len(), 0);
}

#[tokio::test]
async fn another_entity_than_was_asked_for_is_refused() {
    let vendor = Vendor::start(|asked| {
        if asked.path.contains("/v3/customers") {
            ok(json!({"data": [{"id": 999, "email": "grace@example.com"}]}))
        } else {
            ok(json!({"id": 999, "order": {"id": 999}, "internalId": 998, "email": "grace@example.com"}))
        }
    })
    .await;
    for kind in KINDS {
        let outcome = vendor.client(kind).fetch(&fetch(FetchKind::Order, "4711")).await;
        assert!(line(outcome).ends_with("answered with another entity than was asked for; it is not read"), "{kind:?}");
    }
    let outcome = vendor.client(SourceKind::BigCommerce).fetch(&fetch(FetchKind::Customer, "4711")).await;
    assert!(matches!(outcome, Err(SourceError::OtherEntity { .. })));
}

#[test]
fn an_id_that_leaves_its_path_cannot_be_asked_for() {
    for id in ["", "..", "../../customers", "1/../2", "1?x=1", "1#", "1%2f..", "1 2", "1\r\nx: y", "é", &"1".repeat(65)]
    {
        assert_eq!(Fetch::new(FetchKind::Order, id), None, "{id:?}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused_before_anything_is_asked() {
    let vendor = Vendor::start(|_| Answer::Nothing(500)).await;
    for text in ["ecwid/customer/5/", "shopify/order/token/x", "shopify/customer/7/", "woocommerce/order/1/", "a/b/c/d"]
    {
        let cursor = Cursor::parse(text).unwrap();
        for kind in KINDS {
            let belongs = matches!(
                (kind, text),
                (SourceKind::WooCommerce, "woocommerce/order/1/") | (SourceKind::Shopify, "shopify/order/token/x")
            );
            if !belongs {
                let outcome = vendor.client(kind).page(FetchKind::Order, None, Some(&cursor)).await;
                assert_eq!(outcome, Err(SourceError::BadCursor), "{text}");
            }
        }
    }
    assert_eq!(vendor.asked().len(), 0);
}

#[tokio::test]
async fn a_token_that_opens_nothing_is_named_by_its_parameter_and_never_shown() {
    for status in [401, 403] {
        let vendor = Vendor::start(move |asked| {
            // Some storefronts repeat what they were sent.
            let token = asked.headers.values().cloned().collect::<Vec<_>>().join(" ");
            Answer::Json(status, Vec::new(), json!({"errors": format!("Invalid API key or access token {token}")}))
        })
        .await;
        for kind in KINDS {
            let line = line(vendor.client(kind).fetch(&fetch(FetchKind::Order, "4711")).await);
            assert!(line.contains(PARAMETER) && line.contains(&status.to_string()), "{line}");
        }
        assert_eq!(vendor.asked().len(), KINDS.len(), "asked once each: a wrong token does not become right");
    }
}

#[tokio::test]
async fn any_other_refusal_names_the_place_without_ids() {
    let vendor = Vendor::start(|_| Answer::Json(422, Vec::new(), json!({"title": "4711 is odd"}))).await;
    for (kind, place) in [
        (SourceKind::Shopify, "/admin/orders/..."),
        (SourceKind::WooCommerce, "/wp-json/wc/v3/orders/..."),
        (SourceKind::Ecwid, "/api/v3/.../orders"),
        (SourceKind::BigCommerce, "/stores/.../v2/orders"),
    ] {
        let line = line(vendor.client(kind).fetch(&fetch(FetchKind::Order, "4711")).await);
        assert!(line.ends_with(&format!("{place} answered 422: look up what it asks for there")), "{line}");
    }
}

#[tokio::test]
async fn a_client_shows_nothing_of_itself() {
    let vendor = Vendor::start(|_| Answer::Nothing(500)).await;
    assert_eq!(format!("{:?}", vendor.client(SourceKind::Shopify)), "Client(shopify)");
}
