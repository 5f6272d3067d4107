//! What a shop reaches over the network: `DynamoDB` (the embedded engine, asked without a socket), SES, SQS and the parameter
//! store.
//!
//! SES's own log is the oracle: what it took is noted before anything is answered, and by nobody else.

use std::collections::BTreeSet;
use std::sync::Mutex;

use cloud::queue::{LocalQueues, SendKey};
use dynoxide::Database;
use retention::Time;
use retention::flow::Class;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::network::locked;
use crate::shop::secret;

/// The target of `SendEmail`.
pub(crate) const SEND_EMAIL: &str = "POST /v2/email/outbound-emails";
const GET_ACCOUNT: &str = "GET /v2/email/account";

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) code: Option<&'static str>,
    pub(crate) body: String,
}

impl Reply {
    fn ok(body: String) -> Self {
        Self { status: 200, code: None, body }
    }

    pub(crate) fn error(status: u16, code: &'static str, message: &str) -> Self {
        Self { status, code: Some(code), body: json!({ "__type": code, "message": message }).to_string() }
    }
}

/// A request to SES to send a letter.
#[derive(Debug, Clone)]
pub struct Asked {
    /// When, by the network's clock.
    pub at: Time,
    /// To whom.
    pub to: String,
    /// Of which customer, by its tag.
    pub customer: String,
    /// Which send, by its tag.
    pub send: String,
    /// Which attempt, by its tag.
    pub attempt: u32,
    /// The people whom its subject, its HTML or its text names or writes the address of.
    pub speaks_of: BTreeSet<usize>,
    /// Under which id it was taken; none if it was not.
    pub taken: Option<String>,
    /// How many writes the table had taken by then.
    pub after: u64,
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

/// The services.
pub struct Services {
    database: Database,
    /// The queues of sends.
    pub queues: LocalQueues,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    asked: Vec<Asked>,
    marks: Vec<Mark>,
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
        Ok(Self { database, queues: LocalQueues::default(), state: Mutex::default() })
    }

    /// Every request to send a letter, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked_since(0)
    }

    /// All but the first so many requests to send a letter, in order.
    pub fn asked_since(&self, first: usize) -> Vec<Asked> {
        locked(&self.state).asked.get(first..).unwrap_or_default().to_vec()
    }

    /// Every mark, in order.
    pub fn marks(&self) -> Vec<Mark> {
        locked(&self.state).marks.clone()
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
            SEND_EMAIL => {
                let id = self.note(body, true, now).unwrap_or_default();
                Reply::ok(json!({ "MessageId": id }).to_string())
            }
            GET_ACCOUNT => Reply::ok(
                json!({ "SendQuota": { "MaxSendRate": 500.0, "Max24HourSend": -1.0, "SentLast24Hours": 0.0 } })
                    .to_string(),
            ),
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

    /// SES answers in one of eight odd ways. None: not at all; the connection breaks off or hangs.
    pub(crate) fn answer_oddly(&self, body: &[u8], mode: u32, now: Time) -> Option<Reply> {
        match mode {
            0 | 1 => {
                // Taken; the answer never comes, or the connection is reset.
                self.note(body, true, now);
                None
            }
            2 => {
                self.note(body, true, now);
                Some(Reply::error(500, "InternalFailure", "it was taken all the same"))
            }
            3 => {
                self.note(body, false, now);
                Some(Reply::error(500, "InternalFailure", "it was not taken"))
            }
            4 => {
                self.note(body, true, now);
                Some(Reply::ok("{}".to_owned()))
            }
            5 => {
                self.note(body, true, now);
                Some(Reply::ok("{\"Mess".to_owned()))
            }
            6 => {
                self.note(body, false, now);
                Some(Reply::error(400, "SendingPausedException", "paused"))
            }
            _ => {
                self.note(body, false, now);
                Some(Reply::error(429, "TooManyRequestsException", "Maximum sending rate exceeded."))
            }
        }
    }

    fn note(&self, body: &[u8], taken: bool, now: Time) -> Option<String> {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let tag = |name: &str| {
            let tags = asked["EmailTags"].as_array()?;
            let tag = tags.iter().find(|tag| tag["Name"] == name)?;
            tag["Value"].as_str().map(str::to_owned)
        };
        let simple = &asked["Content"]["Simple"];
        let part = |value: &Value| people_in(value["Data"].as_str().unwrap_or_default());
        let mut state = locked(&self.state);
        let id = taken.then(|| format!("ses-{}", state.asked.len() + 1));
        let after = state.writes;
        state.asked.push(Asked {
            at: now,
            to: asked["Destination"]["ToAddresses"][0].as_str().unwrap_or_default().to_owned(),
            customer: tag("customer").unwrap_or_default(),
            send: tag("send").unwrap_or_default(),
            attempt: tag("attempt").and_then(|tag| tag.parse().ok()).unwrap_or_default(),
            speaks_of: [&simple["Subject"], &simple["Body"]["Html"], &simple["Body"]["Text"]]
                .into_iter()
                .flat_map(part)
                .collect(),
            taken: id.clone(),
            after,
        });
        id
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
        }
        reply
    }
}

/// The people whom a text names or writes the address of: `Person 7`, `person7@`.
fn people_in(text: &str) -> Vec<usize> {
    let behind = |word: &str| -> Vec<usize> {
        let number = |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
        text.split(word).skip(1).filter_map(number).collect()
    };
    [behind("Person "), behind("person")].concat()
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
