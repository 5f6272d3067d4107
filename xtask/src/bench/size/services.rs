//! What the functions ask of SSM, SQS and SES, and no more: secrets, a queue that takes every message, a mail service
//! that takes every letter.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::bench::orders;

/// Invented, and of use to nobody: they live as long as the bench.
pub(super) const HASH_KEY: &str = "a hash key that exists for the length of one run";
const TOKEN_KEYS: &str = "a token key that exists for the length of one run";

/// The services. They end when this is dropped.
pub(super) struct Services {
    address: SocketAddr,
    taken: Taken,
    server: JoinHandle<()>,
}

/// What they were given since they last forgot.
type Taken = Arc<Mutex<Given>>;

#[derive(Debug, Default)]
struct Given {
    messages: Vec<String>,
    letters: usize,
}

impl Services {
    /// Starts them on a free port of this machine.
    pub(super) async fn start() -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let taken = Taken::default();
        let routes = Router::new().fallback(answer).with_state(taken.clone());
        let server = tokio::spawn(async move {
            // It serves until it is aborted.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { address, taken, server })
    }

    /// Where they are.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Forgets what they were given.
    pub(super) fn forget(&self) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = Given::default();
    }

    /// The messages that were put on a queue.
    pub(super) fn queued(&self) -> Vec<String> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).messages.clone()
    }

    /// How many letters the mail service took.
    pub(super) fn letters(&self) -> usize {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).letters
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(
    State(taken): State<Taken>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Result<Json<Value>, StatusCode> {
    let asked: Value = serde_json::from_str(&body).unwrap_or_default();
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
    let said = match target.split('.').next_back().unwrap_or_default() {
        "GetParameter" => parameter(asked["Name"].as_str().unwrap_or_default()).ok_or(StatusCode::BAD_REQUEST)?,
        "SendMessageBatch" => {
            let entries = asked["Entries"].as_array().cloned().unwrap_or_default();
            taken.messages.extend(entries.iter().filter_map(|entry| Some(entry["MessageBody"].as_str()?.to_owned())));
            let done = |entry: &Value| json!({ "Id": entry["Id"], "MessageId": "message", "MD5OfMessageBody": "" });
            json!({ "Successful": entries.iter().map(done).collect::<Vec<Value>>(), "Failed": [] })
        }
        "GetQueueAttributes" => json!({ "Attributes": {
            "ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0",
        } }),
        _ if uri.path() == "/v2/email/account" => json!({
            "SendQuota": { "MaxSendRate": 1000.0, "Max24HourSend": -1.0, "SentLast24Hours": 0.0 },
            "SendingEnabled": true,
        }),
        _ if uri.path() == "/v2/email/outbound-emails" => {
            taken.letters += 1;
            json!({ "MessageId": format!("letter-{}", taken.letters) })
        }
        _ => return Err(StatusCode::NOT_IMPLEMENTED),
    };
    Ok(Json(said))
}

fn parameter(name: &str) -> Option<Value> {
    let value = match name.strip_prefix("/regulars/bench/")? {
        "hash-key" => HASH_KEY,
        "token-keys" => TOKEN_KEYS,
        "source/shopify" => orders::SECRET,
        _ => return None,
    };
    Some(json!({ "Parameter": { "Name": name, "Type": "SecureString", "Value": value, "Version": 1 } }))
}
