//! Those who work for a shop as processes of this machine: the functions' own binaries, each invoked over Lambda's Runtime API,
//! with a clock that can be moved, and killed by a signal.
//!
//! The clock is libfaketime's: it is loaded before each process, and reads from a file how far ahead of the machine's it is and
//! how many times as fast. A process that was frozen, or waited for its next event, finds that time has passed, as on Lambda.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chrono::TimeDelta;
use cloud::clock::system_now;
use cloud::{Config, config};
use retention::Time;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use testkit::lambda::{self, Invocation, Invoker};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use crate::Verdict;
use crate::front::Front;
use crate::network::{FAR_OFF, MOST_FROZEN, Network};
use crate::process::Process;
use crate::seeds::MONDAY;
use crate::shop::{CONFIGURATION_SET, PARAMETERS, PUBLIC_URL, Templates};
use crate::workers::Function;

/// Where Debian's package `faketime` puts it.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
];
/// Where libfaketime keeps what it shares between the threads of a process.
const SHARED: [&str; 2] = ["/dev/shm/faketime_shm_", "/dev/shm/sem.faketime_sem_"];
/// By how much the clocks of a fleet are off, in milliseconds. Each process has one of them.
const SKEWS: [i64; 3] = [0, 1_500, -2_000];
/// Where clocks are far off, it is those of two processes in so many: one ahead, one behind.
const FAR_OFF_ONE_IN: usize = 16;
/// A Monday in Dublin, ten years after that of the other runs: a clock is moved forward only, since a process would not know
/// what to do with one that measures spans and stands before zero.
pub(crate) const LATER_MONDAY: i64 = MONDAY + 522 * 7 * 86_400;
/// How long whoever is frozen in the middle of something may take: until nobody waits any more.
const FROZEN: Duration = Duration::from_mins(10);

/// What is started, and with what.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The folder of the functions' binaries.
    pub folder: PathBuf,
    library: PathBuf,
}

impl Programs {
    /// The binaries of a folder, and the library that moves their clocks.
    pub fn find(folder: &Path) -> Result<Self, String> {
        let library = LIBRARIES.iter().map(PathBuf::from).find(|library| library.exists());
        let library =
            library.ok_or("libfaketime is missing, which moves the clocks of processes: apt install faketime")?;
        Ok(Self { folder: folder.to_owned(), library })
    }
}

impl Drop for Instance {
    /// libfaketime leaves what it shares by the process's number where that is killed, and the next process of that number trips
    /// over it.
    fn drop(&mut self) {
        for name in SHARED {
            // Not there where the process ended by itself.
            let _ = fs::remove_file(format!("{name}{}", self.number));
        }
    }
}

impl Instance {
    fn pid(&self) -> Option<Pid> {
        self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
    }

    fn is_told(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            // One that has ended by itself is not there any more.
            let _ = kill_process(pid, signal);
        }
    }
}

/// Wakes a process with its next event, takes the answer, and waits until it asks for another.
async fn answered(
    invoker: &mut Invoker,
    invocation: Invocation,
    process: &Process,
    is_new: bool,
) -> Result<String, String> {
    if is_new {
        invoker.asked().await?;
    }
    let woken = async {
        // The event is on its way before the process goes on: it comes together with all that happened meanwhile.
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        process.goes_on();
    };
    let (answer, ()) = tokio::join!(invoker.invoke(invocation), woken);
    invoker.asked().await?;
    answer
}

/// Runs something for which time is the machine's, on this thread and in processes of their own.
pub(crate) fn really(work: impl Future<Output = Result<Verdict, String>>) -> Result<Verdict, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    tokio::task::LocalSet::new().block_on(&runtime, Box::pin(work))
}

/// The processes of one shop.
#[derive(Debug)]
pub struct Fleet {
    network: Network,
    programs: Programs,
    /// Clocks and logs.
    folder: TempDir,
    templates: PathBuf,
    idle: RefCell<BTreeMap<Function, Vec<Instance>>>,
    /// Every process that was started: when, by the machine's clock, and by how much its own is off.
    started: RefCell<Vec<(Time, TimeDelta)>>,
    workers: Semaphore,
}

/// A process. It is killed when this is dropped.
#[derive(Debug)]
struct Instance {
    /// Its number, also once it has ended.
    number: u32,
    /// By how much its clock is off.
    skew: TimeDelta,
    child: Child,
    front: Front,
    invoker: Invoker,
}

impl Fleet {
    /// Nobody yet; and never more than `workers` at work at once, beside those who are frozen.
    pub fn new(network: &Network, templates: &Templates, programs: &Programs, workers: usize) -> Result<Self, String> {
        Ok(Self {
            network: network.clone(),
            programs: programs.clone(),
            folder: tempfile::tempdir().map_err(|e| e.to_string())?,
            templates: templates.folder.path().to_owned(),
            idle: RefCell::default(),
            started: RefCell::default(),
            workers: Semaphore::new(workers + MOST_FROZEN),
        })
    }

    /// Brings everybody's clock to the network's.
    pub(crate) fn set_clocks(&self) -> Result<(), String> {
        (0..self.started.borrow().len()).try_for_each(|number| self.set_clock(number))
    }

    fn set_clock(&self, number: usize) -> Result<(), String> {
        // libfaketime lets time go faster from a process's start on, and adds the rest.
        let (now, pace) = (system_now(), i32::try_from(self.network.pace()).unwrap_or(1));
        let (started, skew) = self.started.borrow().get(number).copied().unwrap_or((now, TimeDelta::zero()));
        let own = started + (now - started) * pace;
        let millis = (self.network.now() - own + skew).num_milliseconds();
        let sign = if millis < 0 { '-' } else { '+' };
        let text = format!("{sign}{}.{:03} x{pace}\n", millis.abs() / 1_000, millis.abs() % 1_000);
        // Whoever reads it reads the one before or this one.
        let next = self.folder.path().join("next");
        fs::write(&next, text).and_then(|()| fs::rename(&next, self.clock(number))).map_err(|e| e.to_string())
    }

    /// By how much the clock of the process with this number is off. A door whose clock is an hour off believes no signature, and
    /// is told again and again.
    fn skew(&self, number: usize, function: Function) -> TimeDelta {
        let may = self.network.clocks_are_far_off() && !matches!(function, Function::Intake | Function::Preferences);
        let far = match number % FAR_OFF_ONE_IN {
            7 if may => FAR_OFF,
            15 if may => -FAR_OFF,
            _ => TimeDelta::zero(),
        };
        far + TimeDelta::milliseconds(SKEWS[number % SKEWS.len()])
    }

    fn clock(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("{number:06}.clock"))
    }

    /// Hands an event to a process of a function, and takes its answer. None where it died, took too long, or failed.
    pub(crate) async fn invoke(
        &self,
        function: Function,
        process: &Process,
        event: &Value,
        name: &str,
    ) -> Option<Value> {
        let _place = self.workers.acquire().await.ok()?;
        let idle = self.idle(function);
        let is_new = idle.is_none();
        let mut instance = match idle {
            Some(instance) => instance,
            // One that cannot be started fails all that is asked of it, and the oracle says so.
            None => self.start(function).await.ok()?,
        };
        instance.front.works_on(process);
        process.runs_as(instance.pid());
        // Lambda tells it by the clock of the machine that the process is on.
        let deadline = self.network.now() + instance.skew + function.timeout();
        let invocation = Invocation { request: name.to_owned(), deadline, event: event.to_string() };
        let limit = if process.may_freeze() { FROZEN } else { function.timeout() } / self.network.pace();
        let Instance { child, invoker, .. } = &mut instance;
        let answer = tokio::select! {
            answer = tokio::time::timeout(limit, answered(invoker, invocation, process, is_new)) => answer.ok(),
            () = process.died() => None,
            _ = child.wait() => None,
        };
        process.runs_as(None);
        let Some(answer) = answer else {
            // One that has ended by itself cannot be killed, which is as good.
            let _ = instance.child.kill().await;
            return None;
        };
        // Lambda freezes it until its next event, and whoever it had connections with closes them meanwhile.
        instance.is_told(Signal::STOP);
        instance.front.closes_idle();
        self.idle.borrow_mut().entry(function).or_default().push(instance);
        serde_json::from_str(&answer.ok()?).ok()
    }

    /// One that waits for its next event, if there is any. Once nothing goes wrong any more, nobody whose clock is far off.
    fn idle(&self, function: Function) -> Option<Instance> {
        let mut idle = self.idle.borrow_mut();
        let idle = idle.entry(function).or_default();
        if !self.network.clocks_are_far_off() {
            idle.retain(|instance| instance.skew.abs() < FAR_OFF / 2);
        }
        idle.pop()
    }

    async fn start(&self, function: Function) -> Result<Instance, String> {
        let number = self.started.borrow().len();
        let skew = self.skew(number, function);
        self.started.borrow_mut().push((system_now(), skew));
        self.set_clock(number)?;
        let (front, invoker) = Front::open(&self.network).await?;
        let log = self.folder.path().join(format!("{number:06}-{}.log", function.name()));
        let says = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let address = front.address().to_string();
        let mut command = Command::new(self.programs.folder.join(function.name()));
        command.env_clear().envs(lambda::environment(function.name(), &self.templates, &address, &address));
        command.envs([
            (config::TABLE, "shop"),
            (config::KEPT_TABLE, "shop-kept"),
            (config::PARAMETERS, PARAMETERS),
            (config::CONFIGURATION_SET, CONFIGURATION_SET),
            (config::PUBLIC_URL, PUBLIC_URL),
            ("FAKETIME_NO_CACHE", "1"),
            ("RUST_LOG", "info"),
        ]);
        command.env("LD_PRELOAD", &self.programs.library);
        command.env("FAKETIME_TIMESTAMP_FILE", self.clock(number));
        command.envs(Config::find("PATH").map(|path| ("PATH", path)));
        command.stdin(Stdio::null()).stdout(says.try_clone().map_err(|e| e.to_string())?).stderr(says);
        let child = command.current_dir(&self.templates).kill_on_drop(true).spawn();
        let child = child.map_err(|e| format!("{}: {e}", function.name()))?;
        Ok(Instance { number: child.id().unwrap_or_default(), skew, child, front, invoker })
    }

    /// Everything that all processes wrote.
    pub(crate) fn logs(&self) -> Result<String, String> {
        let mut all = String::new();
        let entries = fs::read_dir(self.folder.path()).map_err(|e| e.to_string())?;
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.extension().is_some_and(|extension| extension == "log") {
                all.push_str(&String::from_utf8_lossy(&fs::read(&path).map_err(|e| e.to_string())?));
            }
        }
        Ok(all)
    }
}
