//! The network of one shop, in this process: `DynamoDB`, SES and SQS as the real SDK reaches them, and every way in which a
//! call can go wrong.
//!
//! What happens is drawn from a seed.
//!
//! A worker is a future of this process, whose time is virtual: one that waits lets all others go on, and the same seed is the
//! same history. Or it is a process of this machine (`fleet`): then time is the machine's, and hours in which nobody has
//! anything to do are passed over.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use retention::Time;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::faults::{Death, Faults, Tally};
use crate::kinds::kind;
use crate::process::Process;
use crate::services::{Reply, Services};
use crate::workers::Function;

/// So many workers are frozen at once, and no more: who is left keeps up with the work.
pub(crate) const MOST_FROZEN: usize = 3;
/// A call takes a millisecond to thirty, there and back each.
const ANY_WAY: (u64, u32) = (1, 30);
/// By so much a clock is off once in a while.
pub(crate) const FAR_OFF: TimeDelta = TimeDelta::hours(1);

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
    /// Of which kind each was, where that is to be known.
    kinds: Mutex<Option<BTreeMap<Function, Vec<String>>>>,
    /// Who dies, where that is told beforehand.
    death: Mutex<Option<Death>>,
    /// What functions said to their runtime of invocations that failed.
    said: Mutex<Vec<String>>,
    /// What went wrong before all was healed.
    drawn: Faults,
    /// How long every call is on its way, in milliseconds, there and back each, and how much longer it may be by chance.
    way: (u64, u32),
}

/// How time goes on.
#[derive(Debug)]
enum Passing {
    /// The runtime's clock stands, and is moved from one moment at which anybody goes on to the next.
    Virtual,
    /// With the machine's clock, so many times as fast; and so far it was moved on beside that.
    Real(u32, watch::Sender<TimeDelta>),
}

impl Network {
    /// A network in virtual time that begins at a moment, with everything that chance decides drawn from `seed`.
    pub fn new(seed: u64, begins: Time, faults: Faults) -> Result<Self, String> {
        Self::with(seed, begins, faults, Passing::Virtual, ANY_WAY)
    }

    /// A network in virtual time on which nothing goes wrong, and every call takes as long there as back, in milliseconds, or
    /// longer by chance.
    pub fn with_way(begins: Time, way: (u64, u32)) -> Result<Self, String> {
        Self::with(0, begins, Faults::default(), Passing::Virtual, way)
    }

    /// A network of processes of this machine, likewise, on which time goes on `pace` times as fast as the machine's. What is
    /// drawn is the same; when each asks for it is not.
    pub fn of_processes(seed: u64, begins: Time, faults: Faults, pace: u32) -> Result<Self, String> {
        Self::with(seed, begins, faults, Passing::Real(pace, watch::Sender::new(TimeDelta::zero())), ANY_WAY)
    }

    fn with(seed: u64, begins: Time, faults: Faults, passing: Passing, way: (u64, u32)) -> Result<Self, String> {
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
            kinds: Mutex::default(),
            death: Mutex::default(),
            said: Mutex::default(),
            drawn: faults,
            way,
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
    pub(crate) async fn reached(&self, at: Time) {
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
    pub(crate) async fn passes(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }

    /// One worker dies: at which call of a function's, and when.
    pub fn dooms(&self, death: Option<Death>) {
        *locked(&self.0.death) = death;
    }

    /// From now on it is noted of which kind each call is.
    pub(crate) fn notes_kinds(&self) {
        *locked(&self.0.kinds) = Some(BTreeMap::new());
    }

    /// The calls that the workers of each function have made: the kind of each. None where that was not noted.
    pub(crate) fn kinds(&self) -> BTreeMap<Function, Vec<String>> {
        locked(&self.0.kinds).clone().unwrap_or_default()
    }

    /// One more call of a function's workers: the how manyth it is.
    pub(crate) fn counts(&self, function: Function, target: &str, body: &[u8]) -> usize {
        if let Some(kinds) = locked(&self.0.kinds).as_mut() {
            kinds.entry(function).or_default().push(kind(target, body));
        }
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

    /// Whether a fault of so many thousandths happens, which is counted.
    pub(crate) fn fault(&self, thousandths: impl Fn(&Faults) -> u32) -> bool {
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
        Process::new(self, TimeDelta::zero(), true, false)
    }

    /// A worker's process, whose clock may be a little off, and which may be frozen where nobody waits for its answer.
    pub fn process(&self, may_freeze: bool) -> Process {
        let faults = *locked(&self.0.faults);
        let is_off = faults.killed > 0 && self.happens(250);
        let skew = if is_off { i64::from(self.below(4_000)) - 2_000 } else { 0 };
        let far = if self.fault(|faults| faults.skewed) {
            FAR_OFF * if self.happens(500) { 1 } else { -1 }
        } else {
            TimeDelta::zero()
        };
        Process::new(self, TimeDelta::milliseconds(skew) + far, false, may_freeze && faults.frozen > 0)
    }

    /// Whether clocks were an hour off once in a while.
    pub(crate) fn is_skewed(&self) -> bool {
        self.0.drawn.skewed > 0
    }

    /// Whether a process that starts now may have a clock that is an hour off.
    pub(crate) fn clocks_are_far_off(&self) -> bool {
        locked(&self.0.faults).skewed > 0
    }

    /// Whether workers stood still, or a call took long.
    pub(crate) fn is_faulty(&self) -> bool {
        let Faults { frozen, lost, applied_and_lost, throttled, failed, ses, .. } = self.0.drawn;
        frozen + lost + applied_and_lost + throttled + failed + ses > 0
    }

    /// What functions said to their runtime of invocations that failed.
    pub(crate) fn said(&self) -> Vec<String> {
        locked(&self.0.said).clone()
    }

    /// A function says to its runtime that an invocation failed.
    pub(crate) fn hears_failure(&self, said: String) {
        locked(&self.0.said).push(said);
    }

    /// How long a call is on its way, there or back.
    pub(crate) fn way(&self) -> Duration {
        Duration::from_millis(self.0.way.0 + u64::from(self.below(self.0.way.1)))
    }

    /// A call arrives.
    pub(crate) fn begins_call(&self, target: &str) {
        locked(&self.0.tally).calls += 1;
        self.note(target);
    }

    /// Notes an answer. Not its words: the engine gives a table an id, and an item its attributes, by a chance of its own.
    pub(crate) fn answers(&self, reply: &Reply, now: Time) {
        self.note(&format!("{} {} {}", reply.status, reply.body.len(), now.timestamp_millis()));
    }

    /// What the index answered for a shard before; from now on this.
    pub(crate) fn remembers(&self, shard: String, reply: &Reply) -> Option<Reply> {
        locked(&self.0.index).insert(shard, reply.clone())
    }

    /// Whether somebody is to die there.
    pub(crate) fn dooms_at(&self, death: Death) -> bool {
        *locked(&self.0.death) == Some(death)
    }

    pub(crate) fn counts_death(&self) {
        let mut tally = locked(&self.0.tally);
        tally.faults += 1;
        tally.deaths += 1;
    }

    /// One worker more is frozen.
    pub(crate) fn freezes(&self) {
        self.0.frozen.send_modify(|count| *count += 1);
    }

    /// One is frozen no longer.
    pub(crate) fn thaws(&self) {
        self.0.frozen.send_modify(|count| *count -= 1);
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
