//! The network of one shop, in this process: `DynamoDB`, SES and SQS as the real SDK reaches them, and every way in which a
//! call can go wrong.
//!
//! A call is one step: it arrives, is applied, and is answered, and the worker may die before each, the request may be lost
//! before it is applied, or its answer afterwards. What happens is drawn from a seed. Time is virtual, so that a worker that
//! waits lets all others go on, and the same seed is the same history.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use chrono::TimeDelta;
use cloud::clock::SetClock;
use retention::Time;
use testkit::no_replays::NoReplays;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::services::{Reply, Services};

/// How likely each fault is, in thousandths of all calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// The table says to come later.
    pub throttled: u32,
    /// A call is lost before anything is applied.
    pub lost: u32,
    /// It is applied, and the answer is lost.
    pub applied_and_lost: u32,
    /// The index answers as it did before.
    pub stale: u32,
    /// The worker dies.
    pub killed: u32,
    /// The worker is frozen in the middle of a call, for minutes or hours.
    pub frozen: u32,
    /// SES answers as it should not.
    pub ses: u32,
}

/// Where in a call a worker dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before anything is applied.
    Before,
    /// After it was applied, and before the answer came.
    Applied,
    /// After the answer was read.
    Answered,
}

impl Moment {
    /// All of them.
    pub const ALL: [Moment; 3] = [Moment::Before, Moment::Applied, Moment::Answered];
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls in all.
    pub calls: u64,
    /// Faults of all kinds, deaths among them.
    pub faults: u64,
    /// Deaths.
    pub deaths: u64,
    /// A hash of everything that happened, in order.
    pub trace: u64,
}

/// The network.
#[derive(Debug, Clone)]
pub struct Network(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    services: Services,
    begins: Time,
    started: Instant,
    chance: Mutex<fastrand::Rng>,
    faults: Mutex<Faults>,
    tally: Mutex<Tally>,
    /// What the index last answered, by what it was asked.
    index: Mutex<HashMap<String, Reply>>,
}

/// One worker's process: its clock, and whether it lives.
#[derive(Debug, Clone)]
pub struct Process(Arc<Life>);

#[derive(Debug)]
struct Life {
    network: Network,
    clock: SetClock,
    /// How far its clock is off.
    skew: TimeDelta,
    calls: AtomicUsize,
    /// At which call it dies, where that is told beforehand.
    dies_at: Option<(usize, Moment)>,
    /// It has read its last answer.
    is_dying: AtomicBool,
    died: Notify,
    /// Whether nothing ever goes wrong for it.
    is_spared: bool,
    /// Whether it may be frozen.
    pub(crate) may_freeze: bool,
}

impl Network {
    /// A network that begins at a moment, with everything that chance decides drawn from `seed`.
    pub fn new(seed: u64, begins: Time, faults: Faults) -> Result<Self, String> {
        Ok(Self(Arc::new(Shared {
            services: Services::new()?,
            begins,
            started: Instant::now(),
            chance: Mutex::new(fastrand::Rng::with_seed(seed)),
            faults: Mutex::new(faults),
            tally: Mutex::default(),
            index: Mutex::default(),
        })))
    }

    /// What is on the other side.
    pub fn services(&self) -> &Services {
        &self.0.services
    }

    /// What time it is where everybody's clock is right.
    pub fn now(&self) -> Time {
        let passed = TimeDelta::from_std(self.0.started.elapsed()).unwrap_or_default();
        let now = self.0.begins + passed;
        Time::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }

    /// Time goes on to a moment, as far as nobody else acts before it.
    pub async fn until(&self, at: Time) {
        self.passes((at - self.now()).to_std().unwrap_or_default()).await;
    }

    /// Time passes for whoever asks. The runtime's clock stands (`start_paused`) and is moved from one moment at which anybody
    /// goes on to the next: nobody waits, and hours take no time.
    async fn passes(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }

    /// From now on nothing goes wrong.
    pub fn heals(&self) {
        *locked(&self.0.faults) = Faults::default();
    }

    /// What was counted so far.
    pub fn tally(&self) -> Tally {
        *locked(&self.0.tally)
    }

    /// A number below `end`, by chance.
    pub fn below(&self, end: u32) -> u32 {
        locked(&self.0.chance).u32(0..end.max(1))
    }

    /// Whether something of so many thousandths happens.
    pub fn happens(&self, thousandths: u32) -> bool {
        thousandths > 0 && self.below(1000) < thousandths
    }

    fn fault(&self, thousandths: impl Fn(&Faults) -> u32) -> bool {
        let thousandths = thousandths(&locked(&self.0.faults));
        let happens = self.happens(thousandths);
        if happens {
            locked(&self.0.tally).faults += 1;
        }
        happens
    }

    fn note(&self, what: &str) {
        let mut tally = locked(&self.0.tally);
        for byte in what.bytes() {
            // FNV-1a: enough to tell two histories apart.
            tally.trace = (tally.trace ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// A process for which nothing goes wrong: it sets up and looks.
    pub fn spared(&self) -> Process {
        self.process_with(TimeDelta::zero(), None, true, false)
    }

    /// A worker's process, whose clock may be a little off, and which may be frozen where nobody waits for its answer.
    pub fn process(&self, may_freeze: bool) -> Process {
        let faults = *locked(&self.0.faults);
        let is_off = faults.killed > 0 && self.happens(250);
        let skew = if is_off { i64::from(self.below(4_000)) - 2_000 } else { 0 };
        self.process_with(TimeDelta::milliseconds(skew), None, false, may_freeze && faults.frozen > 0)
    }

    /// A process that dies at one moment of one call, the first being 1.
    pub fn doomed(&self, call: usize, moment: Moment) -> Process {
        self.process_with(TimeDelta::zero(), Some((call, moment)), false, false)
    }

    fn process_with(
        &self,
        skew: TimeDelta,
        dies_at: Option<(usize, Moment)>,
        is_spared: bool,
        may_freeze: bool,
    ) -> Process {
        Process(Arc::new(Life {
            network: self.clone(),
            clock: SetClock::standing(self.now() + skew),
            skew,
            calls: AtomicUsize::new(0),
            dies_at,
            is_dying: AtomicBool::new(false),
            died: Notify::new(),
            is_spared,
            may_freeze,
        }))
    }
}

impl Process {
    /// Its clock.
    pub fn clock(&self) -> &SetClock {
        &self.0.clock
    }

    /// How many calls it has made.
    pub fn calls(&self) -> usize {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// What an SDK client needs to reach the network from here. Retries are on, as a function's configuration has them.
    pub fn sdk(&self) -> SdkConfig {
        let nobody = Credentials::new("local", "local", None, None, "local");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url("http://network.invalid")
            .region(Region::new("local"))
            .credentials_provider(SharedCredentialsProvider::new(nobody))
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            // It would look every half second at a call that is frozen for hours.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(SharedHttpClient::new(self.clone()))
            .build()
    }

    /// The client of the table.
    pub fn table(&self) -> aws_sdk_dynamodb::Client {
        // What a process may spend on tries is its own: by default all clients of one region share it.
        let partition = RetryPartition::custom("process").token_bucket(TokenBucket::default()).build();
        let config = aws_sdk_dynamodb::config::Builder::from(&self.sdk());
        aws_sdk_dynamodb::Client::from_conf(config.interceptor(NoReplays).retry_partition(partition).build())
    }

    /// Runs what the process does, unless it dies of it, or takes longer than it may. A frozen process takes as long as it is
    /// frozen: nobody ends it meanwhile.
    pub async fn lives<T>(&self, work: impl Future<Output = T>, timeout: Duration) -> Option<T> {
        let timeout = if self.0.may_freeze { Duration::from_secs(100_000) } else { timeout };
        let work = tokio::time::timeout(timeout, work);
        let done = tokio::select! {
            biased;
            done = work => done.ok(),
            () = self.0.died.notified() => None,
        };
        done.filter(|_| !self.0.is_dying.load(Ordering::Relaxed))
    }

    async fn dies(&self) -> ! {
        {
            let mut tally = locked(&self.0.network.0.tally);
            tally.faults += 1;
            tally.deaths += 1;
        }
        self.0.died.notify_one();
        std::future::pending().await
    }

    /// A little time passes on the way.
    async fn travels(&self) {
        let network = &self.0.network;
        if self.0.is_dying.load(Ordering::Relaxed) {
            self.dies().await;
        }
        if !self.0.is_spared {
            let millis = 1 + network.below(30);
            network.passes(Duration::from_millis(u64::from(millis))).await;
            if self.0.may_freeze && network.fault(|faults| faults.frozen) {
                let minutes = 1 + network.below(400);
                network.passes(Duration::from_mins(u64::from(minutes))).await;
            }
        }
        self.0.clock.set(network.now() + self.0.skew);
    }

    fn is_told_to_die(&self, call: usize, moment: Moment) -> bool {
        let told = self.0.dies_at == Some((call, moment));
        told || (!self.0.is_spared && self.0.network.fault(|faults| faults.killed / 3))
    }

    async fn converse(self, target: String, body: Vec<u8>) -> Result<HttpResponse, ConnectorError> {
        let network = self.0.network.clone();
        let call = self.0.calls.fetch_add(1, Ordering::Relaxed) + 1;
        self.travels().await;
        locked(&network.0.tally).calls += 1;
        network.note(&target);
        if self.is_told_to_die(call, Moment::Before) {
            self.dies().await;
        }
        if !self.0.is_spared {
            if network.fault(|faults| faults.lost) {
                return Err(lost());
            }
            if target.starts_with("DynamoDB") && network.fault(|faults| faults.throttled) {
                return answer(Reply::error(400, "com.amazonaws.dynamodb.v20120810#ThrottlingException", "slower"));
            }
        }
        let now = network.now();
        let odd = !self.0.is_spared && network.fault(|faults| faults.ses);
        let mut reply = if odd && target == crate::services::SEND_EMAIL {
            let mode = network.below(8);
            match network.services().answer_oddly(&body, mode, now) {
                Some(reply) => reply,
                None if mode.is_multiple_of(2) => std::future::pending().await,
                None => return Err(lost()),
            }
        } else {
            network.services().answer(&target, &body, now)
        };
        // Not its words: the engine gives a table an id, and an item its attributes, by a chance of its own.
        network.note(&format!("{} {} {}", reply.status, reply.body.len(), now.timestamp_millis()));
        if target.ends_with(".Query") && body.windows(11).any(|part| part == b"\"IndexName\"") {
            let asked = String::from_utf8_lossy(&body).into_owned();
            // By the shard alone: the moment asked for differs at every read.
            let shard = asked.split("\":shard\":").nth(1).and_then(|rest| rest.split('}').next()).map(str::to_owned);
            if let Some(shard) = shard {
                let before = locked(&network.0.index).insert(shard, reply.clone());
                if let Some(before) = before.filter(|_| !self.0.is_spared && network.fault(|faults| faults.stale)) {
                    reply = before;
                }
            }
        }
        if self.is_told_to_die(call, Moment::Applied) {
            self.dies().await;
        }
        self.travels().await;
        if !self.0.is_spared && network.fault(|faults| faults.applied_and_lost) {
            return Err(lost());
        }
        if self.is_told_to_die(call, Moment::Answered) {
            self.0.is_dying.store(true, Ordering::Relaxed);
        }
        answer(reply)
    }
}

impl HttpClient for Process {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Process {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = request.headers().get("x-amz-target").map(str::to_owned);
        let path = request.uri().split("network.invalid").nth(1).unwrap_or_default().to_owned();
        let target = header.unwrap_or_else(|| format!("{} {path}", request.method()));
        let body = request.body().bytes().unwrap_or_default().to_vec();
        HttpConnectorFuture::new(self.clone().converse(target, body))
    }
}

fn answer(reply: Reply) -> Result<HttpResponse, ConnectorError> {
    let status = reply.status.try_into().map_err(|_| lost())?;
    let mut response = HttpResponse::new(status, SdkBody::from(reply.body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    if let Some(code) = reply.code {
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    Ok(response)
}

/// The connection broke off in the middle.
fn lost() -> ConnectorError {
    ConnectorError::io(Box::new(io::Error::from(io::ErrorKind::ConnectionReset)))
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
