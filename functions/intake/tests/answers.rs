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
use serde_json::json;
use storefront::{Secrets, shopify};
use testkit::Engine;

const SECRET: &str = "a-secret-for-tests-only";
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
        let engine = Engine::in_memory().await.expect("an engine");
        let tree = shop::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates")).expect("templates");
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

    /// Status of the answer to [`BODY`], and all that was counted.
    async fn answers(&self, topic: &str, signature: &str) -> (i64, BTreeMap<String, u64>) {
        let mut counts = Counts::default();
        let response = intake::answer(&self.intake, &request(topic, signature), &mut counts).await;
        (response.status_code, counts.all().clone())
    }

    async fn rows(&self) -> i32 {
        let rows = self.engine.client().scan().table_name(testkit::engine::TABLE).send().await.expect("a scan");
        rows.count()
    }
}

fn request(topic: &str, signature: &str) -> Request {
    let event = json!({
        "version": "2.0",
        "rawPath": "/webhooks/shopify",
        "headers": { shopify::TOPIC_HEADER: topic, shopify::SIGNATURE_HEADER: signature },
        "requestContext": { "stage": "$default", "http": { "method": "POST", "path": "/webhooks/shopify" } },
        "body": BODY,
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
