//! What intake answers and counts, over the embedded engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cloud::clock::SetClock;
use cloud::door::Request;
use cloud::parameters::Parameters;
use cloud::queue::LocalQueues;
use cloud::snapshot::Snapshot;
use cloud::telemetry::Counts;
use cloud::{Clock, Queue};
use intake::Intake;
use retention::Time;
use retention::shop::SourceKind;
use serde_json::json;
use storefront::adapter::Adapter;
use storefront::{Secrets, shopify};
use testkit::Engine;

const SECRET: &str = "a-secret-for-tests-only";
const STANDARD_SECRET: &str = "whsec_YS1zZWNyZXQtZm9yLXRlc3RzLW9ubHk7IGludmVudGVk";
/// What any program computes with an empty key: HMAC-SHA256 of [`BODY`], base64.
const SIGNED_WITH_NOTHING: &str = "OH4HrEMyI2Gyl0Nx9AtqhHOTI11vM8Vi/iDRBFu925g=";
const BODY: &str = r#"{"id":1}"#;

struct Door {
    engine: Engine,
    intake: Intake,
}

impl Door {
    /// The shop of the repository, whose storefront has this secret; `None`: nobody set one.
    async fn with(secret: Option<&str>) -> Self {
        Self::of(SourceKind::Shopify, secret).await
    }

    /// The same with a storefront of another kind, under the same name.
    async fn of(kind: SourceKind, secret: Option<&str>) -> Self {
        let engine = Engine::in_memory().await.expect("an engine");
        let mut tree = shop::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates")).expect("templates");
        tree.shop.sources[0].kind = kind;
        let secrets: BTreeMap<_, _> =
            secret.map(|secret| ("source/shopify".to_owned(), secret.to_owned())).into_iter().collect();
        let intake = Intake {
            shop: Arc::new(tree.shop),
            store: engine.store(),
            snapshot: Snapshot::default(),
            queue: Queue::Local(LocalQueues::default()),
            parameters: Parameters::Local(secrets),
            clock: Clock::Set(SetClock::standing(Time::UNIX_EPOCH)),
        };
        Self { engine, intake }
    }

    /// Status of the answer to [`BODY`] from Shopify, and all that was counted.
    async fn answers(&self, topic: &str, signature: &str) -> (i64, BTreeMap<String, u64>) {
        let headers = [(shopify::TOPIC_HEADER, topic.to_owned()), (shopify::SIGNATURE_HEADER, signature.to_owned())];
        self.answers_to(&headers, BODY).await
    }

    /// Status of the answer to a request, and all that was counted.
    async fn answers_to(&self, headers: &[(&str, String)], body: &str) -> (i64, BTreeMap<String, u64>) {
        let mut counts = Counts::default();
        let response = intake::answer(&self.intake, &request(headers, body), &mut counts).await;
        (response.status_code, counts.all().clone())
    }

    /// The same for a body that the storefront signed with [`SECRET`], or [`STANDARD_SECRET`].
    async fn answers_signed(&self, topic: &str, body: &str) -> (i64, BTreeMap<String, u64>) {
        let source = &self.intake.shop.sources[0];
        let secret = if source.kind == SourceKind::Standard { STANDARD_SECRET } else { SECRET };
        let adapter = Adapter::new(source.kind, [secret]).expect("a secret");
        self.answers_to(&adapter.sign(topic, body.as_bytes(), self.intake.clock.now()), body).await
    }

    /// The topic of the one body in quarantine.
    async fn quarantined_topic(&self) -> String {
        let rows = self.engine.client().scan().table_name(testkit::engine::TABLE).send().await.expect("a scan");
        let topics: Vec<&String> = rows.items().iter().filter_map(|row| row.get("topic")?.as_s().ok()).collect();
        let [topic] = topics[..] else { panic!("not one body: {topics:?}") };
        topic.clone()
    }

    async fn rows(&self) -> i32 {
        let rows = self.engine.client().scan().table_name(testkit::engine::TABLE).send().await.expect("a scan");
        rows.count()
    }
}

fn request(headers: &[(&str, String)], body: &str) -> Request {
    let headers: BTreeMap<&str, &str> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let event = json!({
        "version": "2.0",
        "rawPath": "/webhooks/shopify",
        "headers": headers,
        "requestContext": { "stage": "$default", "http": { "method": "POST", "path": "/webhooks/shopify" } },
        "body": body,
        "isBase64Encoded": false,
    });
    serde_json::from_value(event).expect("a request")
}

fn counted(name: &str) -> BTreeMap<String, u64> {
    [(name.to_owned(), 1)].into()
}

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
