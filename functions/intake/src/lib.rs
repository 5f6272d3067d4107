//! API Gateway to the store: verify, decide, record.
//!
//! One delivery is one transaction: the order, the customer and every send that the decision wants are written
//! together or not at all. The answer is 2xx once something durable stands, and 5xx only if nothing does.

pub mod bus;
mod requests;

use cloud::door::{Request, Response};
use cloud::parameters::Parameters;
use cloud::recording::{Recorder, take_in};
use cloud::store::{Work, Written};
use cloud::telemetry::Counts;
use cloud::{StoreError, door};
use retention::Time;
use retention::shop::Source;
use retention::store_name::StoreName;
use storefront::adapter::{self, Adapter};
use storefront::{Delivery, Parsed, Unreadable, Unverified};

/// What intake works with.
#[derive(Debug, Clone)]
pub struct Intake {
    /// What records: the shop, its table, the queues, the clock.
    pub recorder: Recorder,
    /// The storefronts' secrets.
    pub parameters: Parameters,
}

/// The path below which each source has its own address.
const PATH: &str = "/webhooks/";
const JSON: &str = "application/json";

/// What one delivery came to.
enum Answer {
    /// It is dealt with.
    Done(&'static str),
    /// It is not believed.
    Unverified(Unverified),
    /// Nothing here has this address.
    NowhereTo,
    /// Only POST is taken.
    NotPost,
    /// The request cannot be what the sender sent.
    BadRequest(String),
    /// Nothing durable was written: send it again.
    Again,
}

/// Answers one request, and writes what is counted of it.
pub async fn handle(intake: &Intake, request: &Request) -> Response {
    let mut counts = Counts::default();
    let response = answer(intake, request, &mut counts).await;
    counts.emit("intake", intake.recorder.clock.now());
    response
}

/// Answers one request, and counts what came of it.
pub async fn answer(intake: &Intake, request: &Request, counts: &mut Counts) -> Response {
    match deliver(intake, request, counts).await {
        Answer::Done(outcome) => door::answer(200, JSON, format!(r#"{{"outcome":"{outcome}"}}"#)),
        Answer::Unverified(why) => {
            counts.add("unverified", 1);
            door::answer(401, JSON, format!(r#"{{"error":"{why}"}}"#))
        }
        Answer::NowhereTo => door::answer(404, JSON, r#"{"error":"no such address"}"#),
        Answer::NotPost => door::answer(405, JSON, r#"{"error":"only POST is taken here"}"#),
        Answer::BadRequest(why) => door::answer(400, JSON, format!(r#"{{"error":"{why}"}}"#)),
        Answer::Again => {
            counts.add("failed", 1);
            door::answer_with(503, &[("content-type", JSON), ("retry-after", "30")], r#"{"error":"try again"}"#)
        }
    }
}

async fn deliver(intake: &Intake, request: &Request, counts: &mut Counts) -> Answer {
    let Some(source) = door::path(request).strip_prefix(PATH).and_then(|name| intake.recorder.shop.source(name)) else {
        return Answer::NowhereTo;
    };
    if door::method(request) != "POST" {
        return Answer::NotPost;
    }
    let body = match door::body(request) {
        Ok(body) => body,
        Err(why) => return Answer::BadRequest(why.to_string()),
    };
    let headers = request.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let delivery = Delivery::new(headers, &body);
    if adapter::is_ping(source.kind, &delivery) {
        counts.add("ping", 1);
        return Answer::Done("ping");
    }
    let now = intake.recorder.clock.now();
    match verify_and_parse(intake, source, &delivery, now).await {
        Ok(parsed) => take(intake, source, parsed, counts).await,
        Err(Refused::Unverified(why)) => Answer::Unverified(why),
        Err(Refused::NoSecret) => Answer::Again,
        Err(Refused::Unreadable(why)) => {
            let topic = adapter::topic(source.kind, &delivery);
            quarantine(intake, source, &topic, &why, &body, counts).await
        }
    }
}

/// Does what a delivery says.
async fn take(intake: &Intake, source: &Source, parsed: Parsed, counts: &mut Counts) -> Answer {
    match parsed {
        Parsed::UnknownTopic(topic) => {
            counts.add("unknown_topic", 1);
            tracing::info!(source = %source.name, topic, "a topic that is not read here");
            Answer::Done("unknown_topic")
        }
        Parsed::Deleted => {
            counts.add("deleted", 1);
            Answer::Done("deleted")
        }
        Parsed::OtherStore => {
            counts.add("other_store", 1);
            Answer::Done("other_store")
        }
        Parsed::Nobody => {
            counts.add("nobody", 1);
            Answer::Done("nobody")
        }
        Parsed::Event(event) => {
            done(source, take_in(&intake.recorder, &event).await.map(|outcome| outcome.name()), counts)
        }
        Parsed::Product(product) => {
            let now = intake.recorder.clock.now();
            done(source, intake.recorder.store.put_product(&product, now).await.map(outcome), counts)
        }
        Parsed::Coupon(coupon) => {
            done(source, intake.recorder.store.put_shop_coupon(&coupon).await.map(outcome), counts)
        }
        Parsed::Request(request) => done(source, requests::take_in(intake, source, &request).await, counts),
        Parsed::Fetch(what) => {
            let work = Work::Fetch(source.name.clone(), what);
            let due = intake.recorder.clock.now();
            done(source, intake.recorder.store.put_work(&work, due).await.map(|()| "to_fetch"), counts)
        }
    }
}

/// The answer to what was recorded, or could not be.
fn done(source: &Source, outcome: Result<&'static str, StoreError>, counts: &mut Counts) -> Answer {
    match outcome {
        Ok(outcome) => {
            counts.add(outcome, 1);
            Answer::Done(outcome)
        }
        Err(error) => {
            tracing::error!(source = %source.name, error = %error, "a webhook could not be recorded");
            Answer::Again
        }
    }
}

fn outcome(written: Written) -> &'static str {
    match written {
        Written::Done => "recorded",
        Written::Moved => "older",
    }
}

enum Refused {
    Unverified(Unverified),
    Unreadable(Unreadable),
    NoSecret,
}

async fn verify_and_parse(
    intake: &Intake,
    source: &Source,
    delivery: &Delivery<'_>,
    now: Time,
) -> Result<Parsed, Refused> {
    let name = secret_name(source);
    let secrets = intake.parameters.secrets(&name, now).await.map_err(|error| {
        tracing::error!(error = %error, "a storefront's secret is missing");
        Refused::NoSecret
    })?;
    let check = |values: &[String]| {
        let adapter = Adapter::new(source.kind, values.iter().map(String::as_str)).map_err(|error| {
            tracing::error!(parameter = name, error = %error, "a storefront's secret cannot be used");
            Refused::NoSecret
        })?;
        let adapter = adapter.of_store(source.store.as_ref().map(StoreName::as_str));
        adapter.verify(delivery, now).map_err(Refused::Unverified)
    };
    let verified = match check(&secrets) {
        // A new secret may have been set since: read it again, at most once a minute.
        Err(Refused::Unverified(Unverified::Wrong)) => match intake.parameters.reread(&name, now).await {
            Ok(Some(newer)) => check(&newer)?,
            Ok(None) => return Err(Refused::Unverified(Unverified::Wrong)),
            Err(error) => {
                tracing::warn!(error = %error, "a signature is wrong by the secret that is known, and there may be a newer one");
                return Err(Refused::Unverified(Unverified::Wrong));
            }
        },
        verified => verified?,
    };
    verified.parse(&source.name, now).map_err(Refused::Unreadable)
}

/// The name of a source's secret below the shop's path in the parameter store.
pub fn secret_name(source: &Source) -> String {
    format!("source/{}", source.name)
}

async fn quarantine(
    intake: &Intake,
    source: &Source,
    topic: &str,
    why: &Unreadable,
    body: &[u8],
    counts: &mut Counts,
) -> Answer {
    let kept = intake
        .recorder
        .store
        .quarantine(&source.name, topic, &why.to_string(), body, intake.recorder.clock.now())
        .await;
    match kept {
        Ok(()) => {
            counts.add("quarantined", 1);
            tracing::error!(source = %source.name, why = %why, "a signed body could not be read; it is kept for 14 days");
            Answer::Done("quarantined")
        }
        Err(error) => {
            tracing::error!(source = %source.name, error = %error, "a body could not be kept");
            Answer::Again
        }
    }
}
