//! The second door: Shopify's webhooks over the partner event bus of EventBridge, read by the same parser.
//!
//! The function is invoked by API Gateway and, where the stack has an event source of Shopify's, by the rule on its bus.
//! Which of them it is stands at the top of what Lambda hands over, where no sender's bytes ever are: API Gateway puts a
//! request's body into a string.

use cloud::door::{Request, Response};
use cloud::telemetry::Counts;
use retention::shop::{Source, SourceKind};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use storefront::shopify;

use crate::{Answer, Intake, handle, quarantine, take};

/// The `detail-type` of all events of Shopify's.
const DETAIL_TYPE: &str = "shopifyWebhook";
/// How the name of each event source of Shopify's begins.
const SOURCE: &str = "aws.partner/shopify.com/";

/// Why an invocation came to nothing durable. Lambda hands an event of the bus over again.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Neither a request nor an event of the bus. What could not be read is not quoted: it may name a person.
    #[error("the invocation is neither a request of API Gateway's nor an event of Shopify's bus")]
    Unknown,
    /// Nothing durable was written.
    #[error("an event of the bus could not be recorded; it comes again")]
    Again,
}

impl From<serde_json::Error> for Failed {
    fn from(_: serde_json::Error) -> Self {
        Self::Unknown
    }
}

/// What tells an event of the bus from a request.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "detail-type")]
    detail_type: Option<IgnoredAny>,
}

/// An event of the bus.
#[derive(Debug, Deserialize)]
pub struct BusEvent {
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Detail,
}

#[derive(Debug, Deserialize)]
struct Detail {
    metadata: Metadata,
    payload: Box<RawValue>,
}

/// What stands in headers at the other door.
#[derive(Debug, Deserialize)]
struct Metadata {
    #[serde(rename = "X-Shopify-Topic")]
    topic: String,
    #[serde(rename = "X-Shopify-Shop-Domain")]
    shop_domain: String,
}

/// Handles an invocation, whichever door it came by. An event of the bus has no answer.
pub async fn invoke(intake: &Intake, invocation: &RawValue) -> Result<Option<Response>, Failed> {
    let head: Head = serde_json::from_str(invocation.get())?;
    if head.detail_type.is_none() {
        let request: Request = serde_json::from_str(invocation.get())?;
        return Ok(Some(handle(intake, &request).await));
    }
    let event: BusEvent = serde_json::from_str(invocation.get())?;
    let mut counts = Counts::default();
    let answer = take_event(intake, &event, &mut counts).await;
    counts.emit("intake", intake.recorder.clock.now());
    match answer {
        Answer::Again => Err(Failed::Again),
        _ => Ok(None),
    }
}

/// Takes in one event of the bus, and counts what came of it.
async fn take_event(intake: &Intake, event: &BusEvent, counts: &mut Counts) -> Answer {
    if event.detail_type != DETAIL_TYPE || !event.source.starts_with(SOURCE) {
        counts.add("not_shopifys", 1);
        tracing::error!("an event of the bus is not one of Shopify's; look at the rule that sends it here");
        return Answer::Done("not_shopifys");
    }
    let metadata = &event.detail.metadata;
    let Some(source) = source_of(intake, &metadata.shop_domain) else {
        counts.add("other_store", 1);
        return Answer::Done("other_store");
    };
    let payload = event.detail.payload.get().as_bytes();
    let verified = shopify::from_bus(&metadata.topic, payload);
    match shopify::parse(&verified, &source.name, intake.recorder.clock.now()) {
        Ok(parsed) => take(intake, source, parsed, counts).await,
        Err(why) => quarantine(intake, source, &metadata.topic, &why, payload, counts).await,
    }
}

/// The source whose store the domain is of: `sample-shop` for `sample-shop.myshopify.com`.
fn source_of<'i>(intake: &'i Intake, domain: &str) -> Option<&'i Source> {
    let store = domain.strip_suffix(".myshopify.com")?;
    let is_it = |source: &&Source| {
        source.kind == SourceKind::Shopify && source.store.as_ref().is_some_and(|known| known.as_str() == store)
    };
    intake.recorder.shop.sources.iter().find(is_it)
}
