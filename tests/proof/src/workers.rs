//! Those who work for the shop: each invocation is an event and an answer, and whoever works on it may die.
//!
//! The event goes to the function's handler in this process, or to its binary in a process of its own.

use std::time::Duration;

use chrono::TimeDelta;
use cloud::door::Request;
use cloud::queue::{LocalMessage, SEND_TIMEOUT, SqsEvent, SqsMessage};
use retention::Time;
use retention::flow::Class;
use retention::ids::CustomerId;
use retention::token::Purpose;
use serde_json::{Value, json};

use crate::process::Process;
use crate::script::{Act, address, person};
use crate::shop::{SOURCE, TestedShop};

/// How long API Gateway waits for an answer, and the scan may run.
const DOOR_TIMEOUT: Duration = Duration::from_secs(29);
const SCAN_TIMEOUT: Duration = Duration::from_secs(55);
/// How long before its timeout the scan stops by itself.
const SCAN_MARGIN: TimeDelta = TimeDelta::seconds(5);

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// Takes in what storefronts tell.
    Intake,
    /// Finds who is due.
    Scan,
    /// Sends.
    Send,
    /// Hears what became of letters.
    Feedback,
    /// Opens the doors behind the links in letters.
    Preferences,
}

impl Function {
    /// The name of its binary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Scan => "scan",
            Self::Send => "send",
            Self::Feedback => "feedback",
            Self::Preferences => "preferences",
        }
    }

    /// How long it may run.
    pub(crate) fn timeout(self) -> Duration {
        match self {
            Self::Intake | Self::Preferences => DOOR_TIMEOUT,
            Self::Scan => SCAN_TIMEOUT,
            Self::Send | Self::Feedback => SEND_TIMEOUT,
        }
    }
}

/// One invocation. None where no answer came: the worker died, took too long, or said that it failed.
async fn invoked(shop: &TestedShop, process: &Process, function: Function, event: Value, name: &str) -> Option<Value> {
    process.works_as(function);
    if let Some(fleet) = &shop.fleet {
        return fleet.invoke(function, process, &event, name).await;
    }
    let ends = process.clock().now() + TimeDelta::from_std(function.timeout()).unwrap_or_default();
    let work = Box::pin(handled(shop, process, function, event, (name, ends)));
    process.lives(work, function.timeout()).await?
}

/// What the function's handler answers.
async fn handled(
    shop: &TestedShop,
    process: &Process,
    function: Function,
    event: Value,
    (name, ends): (&str, Time),
) -> Option<Value> {
    let answer = match function {
        Function::Intake => {
            let request: Request = serde_json::from_value(event).ok()?;
            serde_json::to_value(intake::handle(&shop.intake(process), &request).await)
        }
        Function::Scan => {
            let ran = scan::handle(&shop.scan(process), name, ends - SCAN_MARGIN).await.ok()?;
            Ok(json!(matches!(ran, scan::Ran::Done { .. })))
        }
        Function::Send => {
            let batch: SqsEvent = serde_json::from_value(event).ok()?;
            serde_json::to_value(send::handle(&shop.sender(process).ok()?, &batch, name, ends).await)
        }
        Function::Feedback => {
            let batch: SqsEvent = serde_json::from_value(event).ok()?;
            serde_json::to_value(feedback::handle(&shop.feedback(process), &batch).await)
        }
        Function::Preferences => {
            let request: Request = serde_json::from_value(event).ok()?;
            serde_json::to_value(preferences::handle(&shop.preferences(process).ok()?, &request).await)
        }
    };
    answer.ok()
}

/// One run of the scan.
pub async fn scans(shop: &TestedShop, process: &Process, name: &str) {
    // Whatever it came to: the next minute has the next one.
    let _ = invoked(shop, process, Function::Scan, json!({}), name).await;
}

/// One batch of sends: what SQS hands over, and what it does with the answer.
pub async fn sends(shop: &TestedShop, process: &Process, class: Class, messages: &[LocalMessage], name: &str) {
    let batch = batch(messages.iter().map(|message| (message.id.clone(), message.body.clone())));
    let answer = invoked(shop, process, Function::Send, batch, name).await;
    for id in done(messages.iter().map(|message| message.id.as_str()), answer.as_ref()) {
        shop.network.services().queues.delete(class, &id);
    }
}

/// One batch of events, by their numbers: those that are done.
pub async fn hears(shop: &TestedShop, process: &Process, events: &[(usize, Value)]) -> Vec<usize> {
    let ids: Vec<String> = events.iter().map(|(number, _)| number.to_string()).collect();
    let batch = batch(ids.iter().cloned().zip(events.iter().map(|(_, body)| body.to_string())));
    let answer = invoked(shop, process, Function::Feedback, batch, "events").await;
    let done = done(ids.iter().map(String::as_str), answer.as_ref());
    done.iter().filter_map(|id| id.parse().ok()).collect()
}

/// Somebody acts. Whether it is durable; if not, whoever told it tells it again.
pub async fn acts(shop: &TestedShop, process: &Process, act: &Act) -> bool {
    match act {
        Act::Told(webhook) => {
            let Ok(headers) = TestedShop::signed(&webhook.body, shop.network.now()) else { return false };
            let event = request("POST", &format!("/webhooks/{SOURCE}"), headers, &webhook.body);
            answers_well(invoked(shop, process, Function::Intake, event, "webhook").await)
        }
        Act::OptsOut(n) => follows_link(shop, process, *n, "POST").await,
        Act::LooksAtLink(n) => follows_link(shop, process, *n, "GET").await,
        Act::Erases(n) => erases(shop, process, *n).await,
        // The operator's own tool, which nothing befalls.
        Act::StopsMarketing(is_stopped) => {
            let store = shop.store(&shop.network.spared());
            store.stop_marketing(*is_stopped).await.is_ok() && (*is_stopped || store.reset_breaker().await.is_ok())
        }
    }
}

/// Has the data of person `n` erased, by the link that was mailed for it; of whom nothing is known has none.
async fn erases(shop: &TestedShop, process: &Process, n: usize) -> bool {
    let Some(customer) = customer(shop, n).await else { return true };
    let Ok(tokens) = TestedShop::tokens() else { return false };
    let token = tokens.sign_until(Purpose::Data, &customer, shop.network.now() + TimeDelta::days(1));
    let path = format!("{}{token}/your-data", preferences::PATH);
    let event = request("POST", &path, Vec::new(), "do=erase&sure=yes");
    answers_well(invoked(shop, process, Function::Preferences, event, "erase").await)
}

/// Follows the link in a letter to person `n`; somebody who got none has none.
async fn follows_link(shop: &TestedShop, process: &Process, n: usize, method: &str) -> bool {
    let Some(customer) = customer(shop, n).await else { return true };
    let Ok(tokens) = TestedShop::tokens() else { return false };
    let path = format!("{}{}", preferences::PATH, tokens.sign(&customer));
    let event = request(method, &path, Vec::new(), "List-Unsubscribe=One-Click");
    answers_well(invoked(shop, process, Function::Preferences, event, "link").await)
}

fn answers_well(answer: Option<Value>) -> bool {
    answer.is_some_and(|answer| answer["statusCode"] == 200)
}

/// Hands each function an event of a form that it cannot read, with a person in it: what it then writes and tells its runtime
/// must not name them.
pub(crate) async fn misled(shop: &TestedShop) {
    for function in [Function::Intake, Function::Scan, Function::Send, Function::Feedback, Function::Preferences] {
        let process = shop.network.process(false);
        let somebody = format!("Person 1 <{}>", address(1));
        let event = json!({ "Records": somebody, "body": { somebody.clone(): somebody }, "requestContext": somebody });
        // Whatever it came to: that it says.
        let _ = invoked(shop, &process, function, event, "misled").await;
    }
}

/// Under which ids person `n` is known.
pub async fn ids(shop: &TestedShop, n: usize) -> Vec<CustomerId> {
    let Some(id) = customer(shop, n).await else { return Vec::new() };
    let known = shop.store(&shop.network.spared()).customer(&id).await.ok().flatten();
    let former = known.map(|known| known.customer.former).unwrap_or_default();
    std::iter::once(id).chain(former).collect()
}

/// Under which id person `n` is known.
pub async fn customer(shop: &TestedShop, n: usize) -> Option<CustomerId> {
    let store = shop.store(&shop.network.spared());
    let found = store.find(&person(n).aliases()).await.ok()?;
    found.customer
}

/// A request as API Gateway hands it over.
fn request(method: &str, path: &str, headers: Vec<(&str, String)>, body: &str) -> Value {
    let headers: serde_json::Map<String, Value> =
        headers.into_iter().map(|(name, value)| (name.to_lowercase(), Value::String(value))).collect();
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {
            "accountId": "local", "apiId": "local", "stage": "$default", "timeEpoch": 0,
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "" },
        },
        "body": body, "isBase64Encoded": false,
    })
}

/// A batch as SQS hands it over.
fn batch(messages: impl Iterator<Item = (String, String)>) -> Value {
    let record = |(id, body)| {
        let mut record = SqsMessage::default();
        (record.message_id, record.body) = (Some(id), Some(body));
        record
    };
    let mut batch = SqsEvent::default();
    batch.records = messages.map(record).collect();
    serde_json::to_value(batch).unwrap_or_default()
}

/// Which messages SQS deletes: those of an answer that does not name them as failed, as Lambda reads the answer itself. An answer
/// that names no failures in Lambda's own words stands for none. One of which an item has another key, names nothing, or names a
/// message that is not of this batch stands for the failure of all
/// (<https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>), as does none at all.
fn done<'m>(ids: impl Iterator<Item = &'m str>, answer: Option<&Value>) -> Vec<String> {
    let ids: Vec<&str> = ids.collect();
    let failures = answer.map(|answer| answer["batchItemFailures"].as_array().cloned().unwrap_or_default());
    let failed: Option<Vec<String>> = failures.and_then(|failures| {
        let known =
            |failure: &Value| failure["itemIdentifier"].as_str().filter(|id| ids.contains(id)).map(str::to_owned);
        failures.iter().map(known).collect()
    });
    let Some(failed) = failed else { return Vec::new() };
    ids.into_iter().map(str::to_owned).filter(|id| !failed.contains(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deleted(answer: &Value) -> Vec<String> {
        done(["one", "two"].into_iter(), Some(answer))
    }

    #[test]
    fn what_an_answer_names_as_failed_comes_again_and_the_rest_does_not() {
        assert_eq!(deleted(&json!({ "batchItemFailures": [{ "itemIdentifier": "one" }] })), ["two"]);
        for none in [json!({ "batchItemFailures": [] }), json!({ "batchItemFailures": null }), json!({})] {
            assert_eq!(deleted(&none), ["one", "two"], "{none}");
        }
    }

    #[test]
    fn an_answer_that_lambda_cannot_read_fails_the_whole_batch() {
        assert!(done(["one"].into_iter(), None).is_empty());
        for wrong in [json!({ "id": "one" }), json!({ "itemIdentifier": "" }), json!({ "itemIdentifier": "three" })] {
            assert!(deleted(&json!({ "batchItemFailures": [wrong] })).is_empty(), "{wrong}");
        }
    }
}
