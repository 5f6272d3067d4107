//! What intake answers and counts, over the embedded engine.

use retention::Time;
use retention::shop::SourceKind;
use storefront::adapter::Adapter;
use storefront::{Secrets, shopify};

use crate::door::{BODY, Door, SECRET, STANDARD_SECRET, counted};

/// What any program computes with an empty key: HMAC-SHA256 of [`BODY`], base64.
const SIGNED_WITH_NOTHING: &str = "OH4HrEMyI2Gyl0Nx9AtqhHOTI11vM8Vi/iDRBFu925g=";

#[tokio::test]
async fn an_unknown_topic_is_answered_200_and_counted() {
    let door = Door::with(Some(SECRET)).await;
    let signature = shopify::sign(BODY.as_bytes(), &Secrets::new([SECRET]).expect("a secret"));
    assert_eq!(door.answers("app/uninstalled", &signature).await, (200, counted("unknown_topic")));
    assert_eq!(door.rows().await, 0);
}

#[tokio::test]
async fn a_known_topic_that_cannot_be_read_and_a_forgery_are_counted_apart() {
    let door = Door::with(Some(SECRET)).await;
    let signature = shopify::sign(BODY.as_bytes(), &Secrets::new([SECRET]).expect("a secret"));
    assert_eq!(door.answers("orders/create", &signature).await, (200, counted("quarantined")));
    assert_eq!(door.rows().await, 1, "the body is kept");
    assert_eq!(door.answers("orders/create", SIGNED_WITH_NOTHING).await, (401, counted("unverified")));
}

#[tokio::test]
async fn an_empty_or_missing_secret_believes_nobody_and_asks_to_send_again() {
    for secret in [None, Some(""), Some("\n"), Some("   \n  "), Some("short")] {
        let door = Door::with(secret).await;
        for topic in ["orders/create", "app/uninstalled"] {
            let answer = door.answers(topic, SIGNED_WITH_NOTHING).await;
            assert_eq!(answer, (503, counted("failed")), "{secret:?} {topic}");
        }
        assert_eq!(door.rows().await, 0, "{secret:?}: nothing was written");
    }
}

#[tokio::test]
async fn a_ping_of_woocommerce_is_answered_200_and_counted_even_before_there_is_a_secret() {
    for secret in [None, Some(SECRET)] {
        let door = Door::of(SourceKind::WooCommerce, secret).await;
        assert_eq!(door.answers_to(&[], "webhook_id=7").await, (200, counted("ping")));
        assert_eq!(door.rows().await, 0);
    }
    for kind in [SourceKind::Shopify, SourceKind::Standard] {
        let secret = if kind == SourceKind::Standard { STANDARD_SECRET } else { SECRET };
        let door = Door::of(kind, Some(secret)).await;
        assert_eq!(door.answers_to(&[], "webhook_id=7").await, (401, counted("unverified")), "{kind:?}");
    }
}

#[tokio::test]
async fn something_deleted_is_answered_200_and_counted() {
    let door = Door::of(SourceKind::WooCommerce, Some(SECRET)).await;
    assert_eq!(door.answers_signed("order.deleted", BODY).await, (200, counted("deleted")));
    assert_eq!(door.rows().await, 0);
}

#[tokio::test]
async fn a_body_in_quarantine_has_the_topic_that_its_kind_of_storefront_gave_it() {
    let typed = r#"{"type": "order.placed", "data": 7}"#;
    for (kind, topic, body, kept) in [
        (SourceKind::Shopify, "orders/create", BODY, "orders/create"),
        (SourceKind::WooCommerce, "order.created", BODY, "order.created"),
        (SourceKind::Standard, "", typed, "order.placed"),
        (SourceKind::Standard, "", "no JSON", ""),
    ] {
        let secret = if kind == SourceKind::Standard { STANDARD_SECRET } else { SECRET };
        let door = Door::of(kind, Some(secret)).await;
        assert_eq!(door.answers_signed(topic, body).await, (200, counted("quarantined")), "{kind:?}");
        assert_eq!(door.quarantined_topic().await, kept, "{kind:?}");
    }
}

#[tokio::test]
async fn a_secret_that_its_kind_of_storefront_does_not_take_believes_nobody() {
    let short = "&lt;&lt;&lt;&lt;&lt;&lt;";
    for (kind, secret) in [
        (SourceKind::WooCommerce, "typed"),
        (SourceKind::WooCommerce, short),
        (SourceKind::Standard, SECRET),
        (SourceKind::Standard, "whsec_c2hvcnQ="),
    ] {
        let door = Door::of(kind, Some(secret)).await;
        let signer = if kind == SourceKind::Standard { STANDARD_SECRET } else { SECRET };
        let headers = Adapter::new(kind, [signer]).expect("a secret").sign("order.created", b"{}", Time::UNIX_EPOCH);
        assert_eq!(door.answers_to(&headers, "{}").await, (503, counted("failed")), "{kind:?} {secret}");
        assert_eq!(door.rows().await, 0);
    }
}
