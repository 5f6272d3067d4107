//! The door of a shop over the embedded engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cloud::clock::SetClock;
use cloud::door::Request;
use cloud::parameters::Parameters;
use cloud::queue::LocalQueues;
use cloud::recording::Recorder;
use cloud::snapshot::Snapshot;
use cloud::telemetry::Counts;
use cloud::{Clock, Queue};
use intake::Intake;
use retention::Time;
use retention::shop::SourceKind;
use serde_json::{Value, json};
use storefront::adapter::Adapter;
use storefront::shopify;
use testkit::Engine;

pub(crate) const SECRET: &str = "a-secret-for-tests-only";
pub(crate) const STANDARD_SECRET: &str = "whsec_YS1zZWNyZXQtZm9yLXRlc3RzLW9ubHk7IGludmVudGVk";
pub(crate) const BODY: &str = r#"{"id":1}"#;

pub(crate) struct Door {
    pub(crate) engine: Engine,
    pub(crate) intake: Intake,
}

impl Door {
    /// The shop of the repository, whose storefront has this secret; `None`: nobody set one.
    pub(crate) async fn with(secret: Option<&str>) -> Self {
        Self::of(SourceKind::Shopify, secret).await
    }

    /// The same with a storefront of another kind, under the same name.
    pub(crate) async fn of(kind: SourceKind, secret: Option<&str>) -> Self {
        let engine = Engine::in_memory().await.expect("an engine");
        let mut tree = shop::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates")).expect("templates");
        tree.shop.sources[0].kind = kind;
        let secrets: BTreeMap<_, _> =
            secret.map(|secret| ("source/shopify".to_owned(), secret.to_owned())).into_iter().collect();
        let recorder = Recorder {
            shop: Arc::new(tree.shop),
            store: engine.store(),
            snapshot: Snapshot::default(),
            queue: Queue::Local(LocalQueues::default()),
            clock: Clock::Set(SetClock::standing(Time::UNIX_EPOCH)),
        };
        let intake = Intake { recorder, parameters: Parameters::Local(secrets) };
        Self { engine, intake }
    }

    /// Status of the answer to [`BODY`] from Shopify, and all that was counted.
    pub(crate) async fn answers(&self, topic: &str, signature: &str) -> (i64, BTreeMap<String, u64>) {
        let headers = [(shopify::TOPIC_HEADER, topic.to_owned()), (shopify::SIGNATURE_HEADER, signature.to_owned())];
        self.answers_to(&headers, BODY).await
    }

    /// Status of the answer to a request, and all that was counted.
    pub(crate) async fn answers_to(&self, headers: &[(&str, String)], body: &str) -> (i64, BTreeMap<String, u64>) {
        let mut counts = Counts::default();
        let response = intake::answer(&self.intake, &request(headers, body), &mut counts).await;
        (response.status_code, counts.all().clone())
    }

    /// The same for a body that the storefront signed with [`SECRET`], or [`STANDARD_SECRET`].
    pub(crate) async fn answers_signed(&self, topic: &str, body: &str) -> (i64, BTreeMap<String, u64>) {
        let source = &self.intake.recorder.shop.sources[0];
        let secret = if source.kind == SourceKind::Standard { STANDARD_SECRET } else { SECRET };
        let adapter = Adapter::new(source.kind, [secret]).expect("a secret");
        self.answers_to(&adapter.sign(topic, body.as_bytes(), self.intake.recorder.clock.now()), body).await
    }

    /// Sets the clock.
    pub(crate) fn sets_the_clock(&self, at: &str) {
        let Clock::Set(clock) = &self.intake.recorder.clock else { panic!("a clock that can be set") };
        clock.set(at.parse().expect("a time"));
    }

    /// A webhook of the storefront's arrives; its answer's outcome.
    pub(crate) async fn hears(&self, topic: &str, body: &Value) -> String {
        let source = &self.intake.recorder.shop.sources[0];
        let body = body.to_string();
        let adapter = Adapter::new(source.kind, [SECRET]).expect("a secret");
        let headers = adapter.sign(topic, body.as_bytes(), self.intake.recorder.clock.now());
        let response = intake::answer(&self.intake, &request(&headers, &body), &mut Counts::default()).await;
        let text =
            response.body.map(|body| String::from_utf8(body.as_ref().to_vec()).expect("text")).unwrap_or_default();
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        answer["outcome"].as_str().or(answer["error"].as_str()).expect("an answer").to_owned()
    }

    /// The topic of the one body in quarantine.
    pub(crate) async fn quarantined_topic(&self) -> String {
        let rows = self.engine.client().scan().table_name(testkit::engine::TABLE).send().await.expect("a scan");
        let topics: Vec<&String> = rows.items().iter().filter_map(|row| row.get("topic")?.as_s().ok()).collect();
        let [topic] = topics[..] else { panic!("not one body: {topics:?}") };
        topic.clone()
    }

    pub(crate) async fn rows(&self) -> i32 {
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

pub(crate) fn counted(name: &str) -> BTreeMap<String, u64> {
    [(name.to_owned(), 1)].into()
}
