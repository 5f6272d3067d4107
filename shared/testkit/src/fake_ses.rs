//! A fake SES v2 on a socket of this machine: it is asked to `SendEmail`, answers as the test says, and keeps its own log.
//! Asked what the account may send, it says that too.
//!
//! The log is the oracle: what was asked, and whether the letter was taken, is noted before anything is answered (on disk,
//! where a file is named), and by nobody but the fake. Unless it is told to keep connections, each carries one request, so
//! that connections count attempts.

mod exchange;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use cloud::Mailer;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use exchange::{Answer, Asked};

/// The configuration set of the fake's mailer.
pub const CONFIGURATION_SET: &str = "regulars-test";
/// How long the fake's mailer waits where a test says nothing else: longer than any test takes.
pub const PATIENT: Duration = Duration::from_mins(1);
/// The path of `SendEmail`.
const SEND_EMAIL: &str = "POST /v2/email/outbound-emails";
/// The path of `GetAccount`.
const GET_ACCOUNT: &str = "GET /v2/email/account";

/// A running fake. It stops when it is dropped.
#[derive(Debug)]
pub struct FakeSes {
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
}

/// What the fake's account may send.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// Letters a second.
    pub per_second: f64,
    /// Letters in 24 hours; -1 for no limit.
    pub per_day: f64,
    /// Letters of the last 24 hours.
    pub sent: f64,
}

/// How a fake behaves beside its answers.
#[derive(Debug)]
pub struct Manner {
    /// Whether a connection carries more than one request.
    pub keeps_connections: bool,
    /// Where the log is written, and synced, before an answer.
    pub log: Option<File>,
    /// One in so many requests is throttled.
    pub throttles_one_in: Option<usize>,
    /// Whether the log in memory keeps what was asked, and not only when.
    pub keeps_letters: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self { keeps_connections: false, log: None, throttles_one_in: None, keeps_letters: true }
    }
}

impl Manner {
    /// Writes the log into a new file.
    pub fn logged(path: &Path) -> io::Result<Self> {
        Ok(Self { log: Some(File::create(path)?), ..Self::default() })
    }
}

#[derive(Debug)]
struct State {
    manner: Manner,
    quota: Mutex<Option<Quota>>,
    /// How often all connections so far were forgotten.
    forgotten: AtomicUsize,
    script: Mutex<Script>,
    log: Mutex<Vec<Asked>>,
    /// How many requests are in the log.
    asked: watch::Sender<usize>,
    connections: watch::Sender<usize>,
    released: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Script {
    seen: usize,
    next: VecDeque<Answer>,
    by_recipient: HashMap<String, Answer>,
}

impl FakeSes {
    /// Starts a fake that accepts whatever it is asked.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(Manner::default()).await
    }

    /// Starts a fake of a manner that accepts whatever it is asked.
    pub async fn start_with(manner: Manner) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            manner,
            quota: Mutex::new(Some(Quota { per_second: 10_000.0, per_day: -1.0, sent: 0.0 })),
            forgotten: AtomicUsize::new(0),
            script: Mutex::default(),
            log: Mutex::default(),
            asked: watch::Sender::new(0),
            connections: watch::Sender::new(0),
            released: watch::Sender::new(false),
        });
        let server = tokio::spawn(serve(listener, state.clone()));
        Ok(Self { address, state, server })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on the account may send so much.
    pub fn may_send(&self, quota: Quota) {
        *locked(&self.state.quota) = Some(quota);
    }

    /// From now on it does not say what the account may send.
    pub fn tells_no_quota(&self) {
        *locked(&self.state.quota) = None;
    }

    /// The connections that there are go stale, as those do that nobody used for long: whatever comes over one is answered by
    /// a reset, and is not read.
    pub fn forgets_connections(&self) {
        self.state.forgotten.fetch_add(1, Ordering::Relaxed);
    }

    /// The production's mailer, speaking to this fake.
    pub fn mailer(&self, timeout: Duration) -> Mailer {
        mailer_at(self.address, timeout)
    }

    /// The next requests are answered so, one after the other; all later ones are accepted.
    pub fn answers(&self, answers: &[Answer]) {
        locked(&self.state.script).next.extend(answers);
    }

    /// What was said of the next requests no longer holds.
    pub fn forget_answers(&self) {
        locked(&self.state.script).next.clear();
    }

    /// Every letter to this address is answered so.
    pub fn answers_to(&self, recipient: &str, answer: Answer) {
        locked(&self.state.script).by_recipient.insert(recipient.to_owned(), answer);
    }

    /// Lets the answers go that wait for it, now and from now on.
    pub fn release(&self) {
        self.state.released.send_replace(true);
    }

    /// Waits until `count` requests are in the log.
    pub async fn until_asked(&self, count: usize) {
        let mut asked = self.state.asked.subscribe();
        // The sender lives as long as `self`.
        let _ = asked.wait_for(|so_far| *so_far >= count).await;
    }

    /// Every request so far, in the order in which they were read.
    pub fn log(&self) -> Vec<Asked> {
        locked(&self.state.log).clone()
    }

    /// The last request so far.
    pub fn last(&self) -> Option<Asked> {
        locked(&self.state.log).last().cloned()
    }

    /// How many connections were made to hand letters over: one for each attempt, also for those that were not read. Of a
    /// fake that keeps connections: how many requests.
    pub fn connections(&self) -> usize {
        *self.state.connections.borrow()
    }
}

impl Drop for FakeSes {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The production's mailer, speaking to an address on this machine. What it starts from has retries on, as a function's
/// configuration has.
pub fn mailer_at(address: SocketAddr, timeout: Duration) -> Mailer {
    mailer_of(&format!("http://{address}"), timeout)
}

/// Likewise, speaking to whatever is at this URL.
pub fn mailer_of(endpoint: &str, timeout: Duration) -> Mailer {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("local"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("local", "local", None, None, "local")))
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .http_client(cloud::clients::connector())
        .build();
    cloud::clients::ses(&config, CONFIGURATION_SET.to_owned(), timeout)
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        state.connections.send_modify(|count| *count += 1);
        if locked(&state.script).next.front() == Some(&Answer::ResetUnread) {
            locked(&state.script).next.pop_front();
            reset(&stream);
            continue;
        }
        tokio::spawn(converse(stream, state.clone()));
    }
}

/// Reads requests, notes and answers each.
async fn converse(stream: TcpStream, state: Arc<State>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let began = state.forgotten.load(Ordering::Relaxed);
    for number in 0.. {
        let is_more = !stream.fill_buf().await?.is_empty();
        if is_more && state.forgotten.load(Ordering::Relaxed) != began {
            state.connections.send_modify(|count| *count += 1);
            reset(stream.get_ref());
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let Some(asked) = read(&mut stream).await? else { break };
        if number > 0 {
            state.connections.send_modify(|count| *count += 1);
        }
        if asked.line == GET_ACCOUNT {
            state.connections.send_modify(|count| *count -= 1);
            let quota = *locked(&state.quota);
            match quota {
                Some(quota) => write(&mut stream, &state, 200, "", &account(quota)).await?,
                None => {
                    write(&mut stream, &state, 500, "InternalFailure", r#"{"message":"the fake says nothing"}"#)
                        .await?;
                }
            }
        } else {
            answer(&mut stream, &state, asked).await?;
        }
        if !state.manner.keeps_connections {
            break;
        }
    }
    Ok(())
}

fn account(quota: Quota) -> String {
    let Quota { per_second, per_day, sent } = quota;
    format!(
        r#"{{"SendQuota":{{"MaxSendRate":{per_second:.1},"Max24HourSend":{per_day:.1},"SentLast24Hours":{sent:.1}}},"SendingEnabled":true,"ProductionAccessEnabled":true,"DedicatedIpAutoWarmupEnabled":false}}"#
    )
}

async fn answer(stream: &mut BufReader<TcpStream>, state: &State, mut asked: Asked) -> io::Result<()> {
    let answer = if asked.line == SEND_EMAIL { state.next(&asked) } else { Answer::Error(404, "UnknownOperation") };
    let number = state.note(&mut asked, answer)?;
    state.asked.send_replace(number);
    let id = asked.taken.unwrap_or_default();
    let taken = format!(r#"{{"MessageId":"{id}"}}"#);
    match answer {
        Answer::Accept => write(stream, state, 200, "", &taken).await,
        Answer::Error(status, code) => write(stream, state, status, code, r#"{"message":"the fake says no"}"#).await,
        Answer::AcceptAndFail => write(stream, state, 500, "InternalFailure", r#"{"message":"the fake failed"}"#).await,
        Answer::AcceptWithoutId => write(stream, state, 200, "", "{}").await,
        Answer::AcceptAndTruncate => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", taken.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&taken.as_bytes()[..taken.len() / 2]).await?;
            stream.shutdown().await
        }
        Answer::AcceptAndReset | Answer::ResetUnread => {
            reset(stream.get_ref());
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Answer::AcceptAndHang => stream.read_to_end(&mut Vec::new()).await.map(|_| ()),
        Answer::AcceptWhenReleased => {
            let mut released = state.released.subscribe();
            let _ = released.wait_for(|released| *released).await;
            write(stream, state, 200, "", &taken).await
        }
    }
}

/// Closes the connection with a reset, as soon as it is dropped.
fn reset(stream: &TcpStream) {
    // A connection that is gone already is as good.
    let _ = stream.set_zero_linger();
}

/// Reads a request; none where the connection ended instead.
async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Asked>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let at = cloud::clock::system_now().timestamp_micros();
    let line = line.trim_end().rsplit_once(' ').map(|(line, _)| line.to_owned()).unwrap_or_default();
    let mut http = BTreeMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        http.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = http.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
    Ok(Some(Asked { line, http, body, taken: None, at }))
}

async fn write(
    stream: &mut BufReader<TcpStream>,
    state: &State,
    status: u16,
    code: &str,
    body: &str,
) -> io::Result<()> {
    let connection = if state.manner.keeps_connections { "keep-alive" } else { "close" };
    let answer = format!(
        "HTTP/1.1 {status} Fake\r\ncontent-type: application/json\r\nx-amzn-errortype: {code}\r\ncontent-length: {}\r\n\
         connection: {connection}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.flush().await
}

impl State {
    /// Notes what was asked, and whether the letter is taken: in memory, and on disk where there is a file.
    fn note(&self, asked: &mut Asked, answer: Answer) -> io::Result<usize> {
        let mut log = locked(&self.log);
        let number = log.len() + 1;
        asked.taken = answer.takes().then(|| format!("fake-{number:04}"));
        if let Some(mut file) = self.manner.log.as_ref() {
            let tag = |name| asked.tag(name).unwrap_or_default();
            let line = serde_json::json!({
                "at": asked.at, "taken": asked.taken, "to": asked.recipients(), "subject": asked.subject(),
                "customer": tag("customer"), "send": tag("send"), "attempt": tag("attempt"),
            });
            writeln!(file, "{line}")?;
            file.sync_data()?;
        }
        if !self.manner.keeps_letters {
            asked.body = Value::Null;
        }
        log.push(asked.clone());
        Ok(number)
    }

    fn next(&self, asked: &Asked) -> Answer {
        let mut script = locked(&self.script);
        script.seen += 1;
        if self.manner.throttles_one_in.is_some_and(|every| script.seen.is_multiple_of(every)) {
            return Answer::THROTTLED;
        }
        let of_recipient = asked.recipients().iter().find_map(|to| script.by_recipient.get(*to).copied());
        of_recipient.or_else(|| script.next.pop_front()).unwrap_or(Answer::Accept)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
