//! The network of one shop, in this process: `DynamoDB`, SES and SQS as the real SDK reaches them, and every way in which a
//! call can go wrong.
//!
//! A call is one step: it arrives, is applied, and is answered, and the worker may die before each, the request may be lost
//! before it is applied, or its answer afterwards. What happens is drawn from a seed.
//!
//! A worker is a future of this process, whose time is virtual: one that waits lets all others go on, and the same seed is the
//! same history. Or it is a process of this machine (`fleet`): then time is the machine's, and hours in which nobody has
//! anything to do are passed over.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use chrono::TimeDelta;
use cloud::clock::SetClock;
use retention::Time;
use rustix::process::{Pid, Signal, kill_process};
use testkit::no_replays::NoReplays;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::faults::{Death, Faults, Moment, Tally};
use crate::services::{Reply, Services};
use crate::workers::Function;

/// So many workers are frozen at once, and no more: who is left keeps up with the work.
pub(crate) const MOST_FROZEN: usize = 3;

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
    passing: Passing,
    /// How many workers are frozen.
    frozen: watch::Sender<usize>,
    /// How many calls the workers of each function have made.
    calls: Mutex<BTreeMap<Function, usize>>,
    /// Who dies, where that is told beforehand.
    death: Mutex<Option<Death>>,
}

/// How time goes on.
#[derive(Debug)]
enum Passing {
    /// The runtime's clock stands, and is moved from one moment at which anybody goes on to the next.
    Virtual,
    /// With the machine's clock, so many times as fast; and so far it was moved on beside that.
    Real(u32, watch::Sender<TimeDelta>),
}

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
    /// Its process on this machine, where it is one.
    pid: Mutex<Option<Pid>>,
}

impl Network {
    /// A network in virtual time that begins at a moment, with everything that chance decides drawn from `seed`.
    pub fn new(seed: u64, begins: Time, faults: Faults) -> Result<Self, String> {
        Self::with(seed, begins, faults, Passing::Virtual)
    }

    /// A network of processes of this machine, likewise, on which time goes on `pace` times as fast as the machine's. What is
    /// drawn is the same; when each asks for it is not.
    pub fn of_processes(seed: u64, begins: Time, faults: Faults, pace: u32) -> Result<Self, String> {
        Self::with(seed, begins, faults, Passing::Real(pace, watch::Sender::new(TimeDelta::zero())))
    }

    fn with(seed: u64, begins: Time, faults: Faults, passing: Passing) -> Result<Self, String> {
        Ok(Self(Arc::new(Shared {
            services: Services::new()?,
            begins,
            started: Instant::now(),
            chance: Mutex::new(fastrand::Rng::with_seed(seed)),
            faults: Mutex::new(faults),
            tally: Mutex::default(),
            index: Mutex::default(),
            passing,
            frozen: watch::Sender::new(0),
            calls: Mutex::default(),
            death: Mutex::default(),
        })))
    }

    /// What is on the other side.
    pub fn services(&self) -> &Services {
        &self.0.services
    }

    /// What time it is where everybody's clock is right.
    pub fn now(&self) -> Time {
        let moved = if let Passing::Real(_, moved) = &self.0.passing { *moved.borrow() } else { TimeDelta::zero() };
        let passed = TimeDelta::from_std(self.0.started.elapsed() * self.pace()).unwrap_or_default();
        let now = self.0.begins + passed + moved;
        Time::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }

    /// Time goes on to a moment: as far as nobody else acts before it, or at once where it is the machine's.
    pub async fn until(&self, at: Time) {
        let span = (at - self.now()).max(TimeDelta::zero());
        match &self.0.passing {
            Passing::Virtual => self.passes(span.to_std().unwrap_or_default()).await,
            Passing::Real(_, moved) => moved.send_modify(|moved| *moved += span),
        }
    }

    /// Waits until others have brought time to a moment.
    async fn reached(&self, at: Time) {
        match &self.0.passing {
            Passing::Virtual => self.until(at).await,
            Passing::Real(_, moved) => {
                // The sender lives as long as `self`.
                let _ = moved.subscribe().wait_for(|_| self.now() >= at).await;
            }
        }
    }

    /// How many times as fast as the machine's clock time goes on.
    pub(crate) fn pace(&self) -> u32 {
        if let Passing::Real(pace, _) = self.0.passing { pace } else { 1 }
    }

    /// Whether time is virtual.
    pub(crate) fn is_virtual(&self) -> bool {
        matches!(self.0.passing, Passing::Virtual)
    }

    /// How many workers are frozen, now and later.
    pub(crate) fn frozen(&self) -> watch::Receiver<usize> {
        self.0.frozen.subscribe()
    }

    /// Time passes for whoever asks. The runtime's clock stands (`start_paused`) and is moved from one moment at which anybody
    /// goes on to the next: nobody waits, and hours take no time.
    async fn passes(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }

    /// One worker dies: at which call of a function's, and when.
    pub fn dooms(&self, death: Option<Death>) {
        *locked(&self.0.death) = death;
    }

    /// How many calls the workers of each function have made.
    pub fn calls(&self) -> BTreeMap<Function, usize> {
        locked(&self.0.calls).clone()
    }

    fn counts(&self, function: Function) -> usize {
        let mut calls = locked(&self.0.calls);
        let count = calls.entry(function).or_default();
        *count += 1;
        *count
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
        self.process_with(TimeDelta::zero(), true, false)
    }

    /// A worker's process, whose clock may be a little off, and which may be frozen where nobody waits for its answer.
    pub fn process(&self, may_freeze: bool) -> Process {
        let faults = *locked(&self.0.faults);
        let is_off = faults.killed > 0 && self.happens(250);
        let skew = if is_off { i64::from(self.below(4_000)) - 2_000 } else { 0 };
        self.process_with(TimeDelta::milliseconds(skew), false, may_freeze && faults.frozen > 0)
    }

    fn process_with(&self, skew: TimeDelta, is_spared: bool, may_freeze: bool) -> Process {
        Process(Arc::new(Life {
            network: self.clone(),
            clock: SetClock::standing(self.now() + skew),
            skew,
            function: OnceLock::new(),
            is_dying: AtomicBool::new(false),
            is_dead: AtomicBool::new(false),
            died: Notify::new(),
            is_spared,
            may_freeze,
            pid: Mutex::default(),
        }))
    }
}

/// Stands still until this is dropped: also where it dies of something else meanwhile.
struct Frozen<'p>(&'p Process);

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        self.0.0.network.0.frozen.send_modify(|count| *count -= 1);
        self.0.is_told(Signal::CONT);
    }
}

impl Process {
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
            let mut tally = locked(&self.0.network.0.tally);
            tally.faults += 1;
            tally.deaths += 1;
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
        self.is_told(Signal::STOP);
        network.0.frozen.send_modify(|count| *count += 1);
        let _frozen = Frozen(self);
        network.reached(wakes).await;
    }

    /// A little time passes on the way.
    async fn travels(&self) {
        let network = &self.0.network;
        self.answers().await;
        if !self.0.is_spared {
            if network.is_virtual() {
                let millis = 1 + network.below(30);
                network.passes(Duration::from_millis(u64::from(millis))).await;
            }
            let room = *network.0.frozen.borrow() < MOST_FROZEN;
            if room && self.0.may_freeze && network.fault(|faults| faults.frozen) {
                self.freezes(TimeDelta::minutes(1 + i64::from(network.below(400)))).await;
            }
        }
        self.0.clock.set(network.now() + self.0.skew);
    }

    fn is_told_to_die(&self, call: Option<(Function, usize)>, moment: Moment) -> bool {
        let told =
            call.is_some_and(|(function, call)| *locked(&self.0.network.0.death) == Some((function, call, moment)));
        told || (!self.0.is_spared && self.0.network.fault(|faults| faults.killed / 3))
    }

    /// One call of this process, with all that goes wrong.
    pub(crate) async fn converse(&self, target: &str, body: &[u8]) -> Result<Reply, Lost> {
        let network = self.0.network.clone();
        let call = self.0.function.get().map(|function| (*function, network.counts(*function)));
        self.travels().await;
        locked(&network.0.tally).calls += 1;
        network.note(target);
        if self.is_told_to_die(call, Moment::Before) {
            self.dies().await;
        }
        if !self.0.is_spared {
            if network.fault(|faults| faults.lost) {
                return Err(Lost);
            }
            if target.starts_with("DynamoDB") && network.fault(|faults| faults.throttled) {
                return Ok(Reply::error(400, "com.amazonaws.dynamodb.v20120810#ThrottlingException", "slower"));
            }
        }
        let now = network.now();
        let odd = !self.0.is_spared && network.fault(|faults| faults.ses);
        let mut reply = if odd && target == crate::services::SEND_EMAIL {
            let mode = network.below(8);
            match network.services().answer_oddly(body, mode, now) {
                Some(reply) => reply,
                None if mode.is_multiple_of(2) => std::future::pending().await,
                None => return Err(Lost),
            }
        } else {
            network.services().answer(target, body, now)
        };
        // Not its words: the engine gives a table an id, and an item its attributes, by a chance of its own.
        network.note(&format!("{} {} {}", reply.status, reply.body.len(), now.timestamp_millis()));
        if target.ends_with(".Query") && body.windows(11).any(|part| part == b"\"IndexName\"") {
            let asked = String::from_utf8_lossy(body).into_owned();
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
            return Err(Lost);
        }
        if self.is_told_to_die(call, Moment::Answered) {
            self.0.is_dying.store(true, Ordering::Relaxed);
        }
        Ok(reply)
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
