//! Those who work for the shop: each invocation is a process of its own, and may die.

use std::time::Duration;

use chrono::TimeDelta;
use cloud::door::Request;
use cloud::queue::{LocalMessage, SqsBatchResponse, SqsEvent, SqsMessage};
use cloud::recording::take_in;
use retention::flow::Class;
use retention::ids::CustomerId;
use serde_json::{Value, json};

use crate::network::Process;
use crate::script::{Act, person};
use crate::shop::{SEND_TIMEOUT, TestedShop};

/// How long API Gateway waits for an answer, and the scan may run.
const DOOR_TIMEOUT: Duration = Duration::from_secs(29);
const SCAN_TIMEOUT: Duration = Duration::from_secs(55);

/// One run of the scan. Whether it came to its end.
pub async fn scans(shop: &TestedShop, process: &Process, name: &str) -> bool {
    let scan = shop.scan(process);
    let deadline = process.clock().now() + TimeDelta::seconds(50);
    let ran = process.lives(Box::pin(scan::handle(&scan, name, deadline)), SCAN_TIMEOUT).await;
    ran.is_some_and(|ran| ran.is_ok())
}

/// One batch of sends: what SQS hands over, and what it does with the answer.
pub async fn sends(shop: &TestedShop, process: &Process, class: Class, messages: &[LocalMessage], name: &str) {
    let Ok(sender) = shop.sender(process) else { return };
    let batch = batch(messages.iter().map(|message| (message.id.clone(), message.body.clone())));
    let deadline = TestedShop::send_deadline(process);
    let answer = process.lives(Box::pin(send::handle(&sender, &batch, name, deadline)), SEND_TIMEOUT).await;
    let Some(done) = done(messages.iter().map(|message| message.id.as_str()), answer.as_ref()) else { return };
    for id in done {
        shop.network.services().queues.delete(class, &id);
    }
}

/// One batch of events, by their numbers: those that are done.
pub async fn hears(shop: &TestedShop, process: &Process, events: &[(usize, Value)]) -> Vec<usize> {
    let feedback = shop.feedback(process);
    let batch = batch(events.iter().map(|(number, body)| (number.to_string(), body.to_string())));
    let answer = process.lives(Box::pin(feedback::handle(&feedback, &batch)), SEND_TIMEOUT).await;
    let ids: Vec<String> = events.iter().map(|(number, _)| number.to_string()).collect();
    let done = done(ids.iter().map(String::as_str), answer.as_ref()).unwrap_or_default();
    done.iter().filter_map(|id| id.parse().ok()).collect()
}

/// Somebody acts. Whether it is durable; if not, whoever told it tells it again.
pub async fn acts(shop: &TestedShop, process: &Process, act: &Act) -> bool {
    match act {
        Act::Told(event) => {
            let recorder = shop.recorder(process);
            let taken = process.lives(Box::pin(take_in(&recorder, event)), DOOR_TIMEOUT).await;
            taken.is_some_and(|taken| taken.is_ok())
        }
        Act::OptsOut(n) => follows_link(shop, process, *n, "POST").await,
        Act::LooksAtLink(n) => follows_link(shop, process, *n, "GET").await,
    }
}

/// Follows the link in a letter to person `n`; somebody who got none has none.
async fn follows_link(shop: &TestedShop, process: &Process, n: usize, method: &str) -> bool {
    let Some(customer) = customer(shop, n).await else { return true };
    let (Ok(tokens), Ok(preferences)) = (TestedShop::tokens(), shop.preferences(process)) else { return false };
    let Some(request) = request(method, &format!("{}{}", preferences::PATH, tokens.sign(&customer))) else {
        return false;
    };
    let answer = process.lives(Box::pin(preferences::handle(&preferences, &request)), DOOR_TIMEOUT).await;
    answer.is_some_and(|answer| answer.status_code == 200)
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

fn request(method: &str, path: &str) -> Option<Request> {
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": {},
        "requestContext": {
            "accountId": "local", "apiId": "local", "stage": "$default", "timeEpoch": 0,
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "" },
        },
        "body": "List-Unsubscribe=One-Click", "isBase64Encoded": false,
    });
    serde_json::from_value(event).ok()
}

fn batch(messages: impl Iterator<Item = (String, String)>) -> SqsEvent {
    let record = |(id, body)| {
        let mut record = SqsMessage::default();
        (record.message_id, record.body) = (Some(id), Some(body));
        record
    };
    let mut batch = SqsEvent::default();
    batch.records = messages.map(record).collect();
    batch
}

/// Which messages SQS deletes: those of an answer that does not name them as failed, as it reads the answer itself. None where
/// no answer came. An answer that names no failures in SQS's own words stands for none.
fn done<'m>(ids: impl Iterator<Item = &'m str>, answer: Option<&SqsBatchResponse>) -> Option<Vec<String>> {
    let answer = serde_json::to_value(answer?).ok()?;
    let failures = answer["batchItemFailures"].as_array().cloned().unwrap_or_default();
    let failed = |id: &str| failures.iter().any(|failure| failure["itemIdentifier"] == id);
    Some(ids.filter(|id| !failed(id)).map(str::to_owned).collect())
}
