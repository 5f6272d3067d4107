//! What a shop reaches over the network: `DynamoDB` (the embedded engine, asked without a socket), the mail service, SQS and the
//! parameter store.

use std::sync::Mutex;

use cloud::queue::{LocalQueues, SendKey};
use dynoxide::Database;
use retention::Time;
use retention::flow::Class;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::network::locked;
use crate::ses::{Asked, GET_ACCOUNT, Ses};
use crate::shop::secret;

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) code: Option<&'static str>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn ok(body: String) -> Self {
        Self { status: 200, code: None, body }
    }

    pub(crate) fn error(status: u16, code: &'static str, message: &str) -> Self {
        Self { status, code: Some(code), body: json!({ "__type": code, "message": message }).to_string() }
    }

    /// A row is in another's transaction: that of one part of so many, or, without parts, the one row.
    pub(crate) fn conflict(parts: u32, which: u32) -> Self {
        const KIND: &str = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
        const CANCELLED: &str = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        if parts == 0 {
            return Self::error(400, KIND, "Transaction is ongoing for the item");
        }
        let reason = |part| {
            if part == which {
                json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" })
            } else {
                json!({ "Code": "None" })
            }
        };
        let reasons: Vec<Value> = (0..parts).map(reason).collect();
        let message = "Transaction cancelled, please refer cancellation reasons for specific reasons";
        let body = json!({ "__type": CANCELLED, "Message": message, "CancellationReasons": reasons });
        Self { status: 400, code: Some(CANCELLED), body: body.to_string() }
    }
}

/// A mark that the table took.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Which send.
    pub send: String,
    /// Which attempt.
    pub attempt: u32,
    /// The how manyth write of the table it was.
    pub write: u64,
}

/// A profile that became a tombstone.
#[derive(Debug, Clone)]
pub struct Burial {
    /// Whose.
    pub customer: String,
    /// The how manyth write of the table it was.
    pub write: u64,
}

/// The services.
pub struct Services {
    database: Database,
    /// The queues of sends.
    pub queues: LocalQueues,
    ses: Ses,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    marks: Vec<Mark>,
    burials: Vec<Burial>,
    writes: u64,
    messages_with_names: u64,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").finish_non_exhaustive()
    }
}

impl Services {
    pub(crate) fn new() -> Result<Self, String> {
        let database = Database::memory().map_err(|e| e.to_string())?;
        Ok(Self { database, queues: LocalQueues::default(), ses: Ses::default(), state: Mutex::default() })
    }

    pub(crate) fn ses(&self) -> &Ses {
        &self.ses
    }

    /// Every request to send a letter, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked_since(0)
    }

    /// All but the first so many requests to send a letter, in order.
    pub fn asked_since(&self, first: usize) -> Vec<Asked> {
        self.ses.asked_since(first)
    }

    /// Every mark, in order.
    pub fn marks(&self) -> Vec<Mark> {
        locked(&self.state).marks.clone()
    }

    /// Every burial, in order.
    pub fn burials(&self) -> Vec<Burial> {
        locked(&self.state).burials.clone()
    }

    /// How many calls brought a queue something with an address in it.
    pub fn messages_with_names(&self) -> u64 {
        locked(&self.state).messages_with_names
    }

    /// How many writes the table has taken.
    pub fn writes(&self) -> u64 {
        locked(&self.state).writes
    }

    pub(crate) fn answer(&self, target: &str, body: &[u8], now: Time) -> Reply {
        match target {
            GET_ACCOUNT => self.ses.account(now),
            "AmazonSQS.SendMessageBatch" => self.take_messages(body, now),
            "AmazonSQS.GetQueueAttributes" => Reply::ok(
                json!({ "Attributes": { "ApproximateNumberOfMessages": "0",
                    "ApproximateNumberOfMessagesNotVisible": "0" } })
                .to_string(),
            ),
            "AmazonSSM.GetParameter" => parameter(body),
            _ => match target.strip_prefix("DynamoDB_20120810.") {
                Some(operation) => self.table(operation, body),
                None => Reply::error(404, "UnknownOperation", target),
            },
        }
    }

    fn take_messages(&self, body: &[u8], now: Time) -> Reply {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let is_marketing = asked["QueueUrl"].as_str().is_some_and(|url| url.ends_with("marketing"));
        let class = if is_marketing { Class::Marketing } else { Class::Transactional };
        locked(&self.state).messages_with_names += u64::from(body.contains(&b'@'));
        let entries = asked["Entries"].as_array().cloned().unwrap_or_default();
        let keys = entries.iter().filter_map(|entry| SendKey::parse(entry["MessageBody"].as_str()?));
        self.queues.put(class, &keys.collect::<Vec<_>>(), now);
        let done = |entry: &Value| json!({ "Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "" });
        let done: Vec<Value> = entries.iter().map(done).collect();
        Reply::ok(json!({ "Successful": done, "Failed": [] }).to_string())
    }

    fn table(&self, operation: &str, body: &[u8]) -> Reply {
        let Self { database, .. } = self;
        let text = String::from_utf8_lossy(body);
        let reply = match operation {
            "CreateTable" => asked(&text, |request| database.create_table(request)),
            "DescribeTable" => asked(&text, |request| database.describe_table(request)),
            "PutItem" => asked(&text, |request| database.put_item(request)),
            "GetItem" => asked(&text, |request| database.get_item(request)),
            "DeleteItem" => asked(&text, |request| database.delete_item(request)),
            "UpdateItem" => asked(&text, |request| database.update_item(request)),
            "Query" => asked(&text, |request| database.query(request)),
            "Scan" => asked(&text, |request| database.scan(request)),
            "BatchGetItem" => asked(&text, |request| database.batch_get_item(request)),
            "BatchWriteItem" => asked(&text, |request| database.batch_write_item(request)),
            "TransactWriteItems" => asked(&text, |request| database.transact_write_items(request)),
            "TransactGetItems" => asked(&text, |request| database.transact_get_items(request)),
            _ => Reply::error(400, "UnknownOperationException", operation),
        };
        let writes = !matches!(operation, "GetItem" | "Query" | "Scan" | "DescribeTable" | "BatchGetItem");
        if writes && reply.status == 200 {
            let mut state = locked(&self.state);
            state.writes += 1;
            if let Some((send, attempt)) = marked(operation, &text) {
                let write = state.writes;
                state.marks.push(Mark { send, attempt, write });
            }
            if let Some(customer) = buried(operation, &text) {
                let write = state.writes;
                state.burials.push(Burial { customer, write });
            }
        }
        reply
    }
}

fn parameter(body: &[u8]) -> Reply {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    let name = asked["Name"].as_str().unwrap_or_default();
    match secret(name) {
        Some(value) => {
            let parameter = json!({ "Name": name, "Type": "SecureString", "Value": value, "Version": 1 });
            Reply::ok(json!({ "Parameter": parameter }).to_string())
        }
        None => Reply::error(400, "ParameterNotFound", name),
    }
}

fn asked<Q: DeserializeOwned, A: Serialize>(text: &str, ask: impl FnOnce(Q) -> dynoxide::Result<A>) -> Reply {
    let said = serde_json::from_str(text)
        .map_err(|e| Reply::error(400, "SerializationException", &e.to_string()))
        .and_then(|request| ask(request).map_err(|e| failed(&e)))
        .and_then(|said| {
            serde_json::to_string(&said).map_err(|e| Reply::error(500, "InternalServerError", &e.to_string()))
        });
    said.map_or_else(|reply| reply, Reply::ok)
}

fn failed(error: &dynoxide::DynoxideError) -> Reply {
    Reply { status: error.status_code(), code: None, body: error.to_json() }
}

/// The send and the attempt that a transaction marks.
fn marked(operation: &str, text: &str) -> Option<(String, u32)> {
    if operation != "TransactWriteItems" || !text.contains("\"submitting\"") {
        return None;
    }
    let asked: Value = serde_json::from_str(text).ok()?;
    let item = asked["TransactItems"].as_array()?.iter().map(|part| &part["Put"]["Item"]).find(|item| {
        item["state"]["S"] == "submitting" && item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("send#"))
    })?;
    let attempt = item["attempt"]["N"].as_str()?.parse().ok()?;
    Some((item["id"]["S"].as_str()?.to_owned(), attempt))
}

/// The customer whose profile a transaction replaces by a tombstone.
fn buried(operation: &str, text: &str) -> Option<String> {
    if operation != "TransactWriteItems" || !text.contains("\"erased_at\"") {
        return None;
    }
    let asked: Value = serde_json::from_str(text).ok()?;
    let item = asked["TransactItems"].as_array()?.iter().map(|part| &part["Put"]["Item"]).find(|item| {
        item["sk"]["S"] == "profile" && !item["erased_at"].is_null() && item["erased_at"]["NULL"] != true
    })?;
    Some(item["id"]["S"].as_str()?.to_owned())
}
