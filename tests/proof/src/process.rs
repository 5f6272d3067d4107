//! One worker's process on the network: its clock, whether it lives, and each call that it makes.
//!
//! A call is one step: it arrives, is applied, and is answered. The worker may die before each, the request may be lost before
//! it is applied, or its answer afterwards; the table may be too busy, fail, or say that a row is in another transaction.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use chrono::TimeDelta;
use cloud::clock::SetClock;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use testkit::no_replays::NoReplays;
use tokio::sync::Notify;

use crate::faults::{Faults, Moment};
use crate::network::{MOST_FROZEN, Network, locked};
use crate::services::Reply;
use crate::ses::{Odd, SEND_EMAIL};
use crate::workers::Function;

/// What the targets of calls to the table begin with.
const TABLE: &str = "DynamoDB_20120810.";

/// The call came to nothing: the connection broke off.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the connection broke off")]
pub(crate) struct Lost;

/// One worker's process: its clock, and whether it lives.
#[derive(Debug, Clone)]
pub struct Process(Arc<Life>);

#[derive(Debug)]
struct Life {
    network: Network,
    clock: SetClock,
    /// How far its clock is off.
    skew: TimeDelta,
    /// Of which function it is; none for whoever sets up and looks.
    function: OnceLock<Function>,
    /// It has read its last answer.
    is_dying: AtomicBool,
    is_dead: AtomicBool,
    died: Notify,
    /// Whether nothing ever goes wrong for it.
    is_spared: bool,
    /// Whether it may be frozen.
    may_freeze: bool,
    /// Whether it is, in one of its calls: it counts once, whatever else it has under way.
    is_frozen: AtomicBool,
    /// Its process on this machine, where it is one.
    pid: Mutex<Option<Pid>>,
}

/// Stands still until this is dropped: also where it dies of something else meanwhile.
struct Frozen<'p>(&'p Process);

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        self.0.0.is_frozen.store(false, Ordering::Relaxed);
        self.0.0.network.thaws();
        self.0.is_told(Signal::CONT);
    }
}

impl Process {
    /// A process of a network, whose clock is off by `skew`.
    pub(crate) fn new(network: &Network, skew: TimeDelta, is_spared: bool, may_freeze: bool) -> Self {
        Self(Arc::new(Life {
            network: network.clone(),
            clock: SetClock::standing(network.now() + skew),
            skew,
            function: OnceLock::new(),
            is_dying: AtomicBool::new(false),
            is_dead: AtomicBool::new(false),
            died: Notify::new(),
            is_spared,
            may_freeze,
            is_frozen: AtomicBool::new(false),
            pid: Mutex::default(),
        }))
    }

    /// Its clock.
    pub fn clock(&self) -> &SetClock {
        &self.0.clock
    }

    /// From now on it works for this function.
    pub(crate) fn works_as(&self, function: Function) {
        // A process is of one function for good.
        let _ = self.0.function.set(function);
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
        let work = async {
            let done = work.await;
            self.answers().await;
            done
        };
        tokio::select! {
            biased;
            done = tokio::time::timeout(timeout, work) => done.ok(),
            () = self.0.died.notified() => None,
        }
    }

    /// Whether it may be frozen.
    pub(crate) fn may_freeze(&self) -> bool {
        self.0.may_freeze
    }

    /// It is that process of this machine, from now on.
    pub(crate) fn runs_as(&self, pid: Option<Pid>) {
        *locked(&self.0.pid) = pid;
    }

    /// Goes on, where it stood still between two events.
    pub(crate) fn goes_on(&self) {
        self.is_told(Signal::CONT);
    }

    /// Waits until it has died.
    pub(crate) async fn died(&self) {
        self.0.died.notified().await;
    }

    /// Ends where it was to die after an answer, and made no further call.
    pub(crate) async fn answers(&self) {
        if self.0.is_dying.load(Ordering::Relaxed) {
            self.dies().await;
        }
    }

    async fn dies(&self) -> ! {
        // Whoever dies with several calls under way dies once.
        if !self.0.is_dead.swap(true, Ordering::Relaxed) {
            self.0.network.counts_death();
        }
        self.is_told(Signal::KILL);
        self.0.died.notify_one();
        std::future::pending().await
    }

    /// Gets a signal, where it is a process of this machine.
    fn is_told(&self, signal: Signal) {
        if let Some(pid) = *locked(&self.0.pid) {
            // One that has ended by itself is not there any more.
            let _ = kill_process(pid, signal);
        }
    }

    /// Stands still in the middle of a call, and goes on as if nothing had been.
    async fn freezes(&self, span: TimeDelta) {
        let network = &self.0.network;
        let wakes = network.now() + span;
        self.0.is_frozen.store(true, Ordering::Relaxed);
        self.is_told(Signal::STOP);
        network.freezes();
        let _frozen = Frozen(self);
        network.reached(wakes).await;
    }

    /// A little time passes on the way.
    async fn travels(&self) {
        let network = &self.0.network;
        self.answers().await;
        if !self.0.is_spared {
            if network.is_virtual() {
                network.passes(network.way()).await;
            }
            let may = self.0.may_freeze && !self.0.is_frozen.load(Ordering::Relaxed);
            let room = may && *network.frozen().borrow() < MOST_FROZEN;
            if room && network.fault(|faults| faults.frozen) {
                self.freezes(TimeDelta::minutes(1 + i64::from(network.below(400)))).await;
            }
        }
        self.0.clock.set(network.now() + self.0.skew);
    }

    fn is_told_to_die(&self, call: Option<(Function, usize)>, moment: Moment) -> bool {
        let told = call.is_some_and(|(function, call)| self.0.network.dooms_at((function, call, moment)));
        told || self.meets(|faults| faults.killed / 3)
    }

    /// Whether a fault of so many thousandths happens to it.
    fn meets(&self, thousandths: impl Fn(&Faults) -> u32) -> bool {
        !self.0.is_spared && self.0.network.fault(thousandths)
    }

    /// One call of this process, with all that goes wrong.
    pub(crate) async fn converse(&self, target: &str, body: &[u8]) -> Result<Reply, Lost> {
        let network = self.0.network.clone();
        let call = self.0.function.get().map(|function| (*function, network.counts(*function, target, body)));
        self.travels().await;
        network.begins_call(target);
        if self.is_told_to_die(call, Moment::Before) {
            self.dies().await;
        }
        if self.meets(|faults| faults.lost) {
            return Err(Lost);
        }
        let operation = target.strip_prefix(TABLE);
        if let Some(reply) = operation.and_then(|operation| self.refused(operation, body)) {
            return Ok(reply);
        }
        let reply = if target == SEND_EMAIL { self.mailed(body).await } else { Ok(self.applied(target, body)) };
        let reply = reply.map(|reply| if operation == Some("Query") { self.read_index(body, reply) } else { reply });
        if self.is_told_to_die(call, Moment::Applied) {
            self.dies().await;
        }
        self.travels().await;
        if self.meets(|faults| faults.applied_and_lost) {
            return Err(Lost);
        }
        if operation.is_some() && self.meets(|faults| faults.failed) {
            return Ok(Reply::error(500, "InternalServerError", "it was applied all the same"));
        }
        if self.is_told_to_die(call, Moment::Answered) {
            self.0.is_dying.store(true, Ordering::Relaxed);
        }
        // Where the mail service broke off, that is what the worker hears.
        reply
    }

    /// The table is too busy, fails, or says that a row is in another's transaction. Nothing is applied.
    fn refused(&self, operation: &str, body: &[u8]) -> Option<Reply> {
        if self.meets(|faults| faults.throttled) {
            return Some(Reply::error(400, "com.amazonaws.dynamodb.v20120810#ThrottlingException", "slower"));
        }
        if self.meets(|faults| faults.failed) {
            return Some(Reply::error(500, "InternalServerError", "it was not applied"));
        }
        let parts = match operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => 0,
            "TransactWriteItems" => parts(body),
            _ => return None,
        };
        self.meets(|faults| faults.conflict).then(|| Reply::conflict(parts, self.0.network.below(parts.max(1))))
    }

    /// A call to SES to send a letter, which it may answer oddly: as the script says, or by chance.
    async fn mailed(&self, body: &[u8]) -> Result<Reply, Lost> {
        let network = &self.0.network;
        let (services, now) = (network.services(), network.now());
        let odd = services.ses().told(body).or_else(|| {
            let happens = self.meets(|faults| faults.ses);
            happens.then(|| Odd::ALL[network.below(Odd::MANY) as usize])
        });
        let after = services.writes();
        match services.ses().answer(body, odd, now, after) {
            Some(reply) => {
                network.answers(&reply, now);
                Ok(reply)
            }
            None if odd == Some(Odd::TakenAndHangs) => std::future::pending().await,
            None => Err(Lost),
        }
    }

    fn applied(&self, target: &str, body: &[u8]) -> Reply {
        let network = &self.0.network;
        let now = network.now();
        let reply = network.services().answer(target, body, now);
        network.answers(&reply, now);
        reply
    }

    /// What the index answers, or what it answered before.
    fn read_index(&self, body: &[u8], reply: Reply) -> Reply {
        if !body.windows(11).any(|part| part == b"\"IndexName\"") {
            return reply;
        }
        let asked = String::from_utf8_lossy(body).into_owned();
        // By the shard alone: the moment asked for differs at every read.
        let shard = asked.split("\":shard\":").nth(1).and_then(|rest| rest.split('}').next()).map(str::to_owned);
        let before = shard.and_then(|shard| self.0.network.remembers(shard, &reply));
        before.filter(|_| self.meets(|faults| faults.stale)).unwrap_or(reply)
    }
}

/// How many parts a transaction has.
fn parts(body: &[u8]) -> u32 {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    asked["TransactItems"].as_array().and_then(|parts| u32::try_from(parts.len()).ok()).unwrap_or(1)
}
