//! A function as a process of this machine.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cloud::{Config, config};
use serde_json::Value;
use testkit::lambda;

use super::runtime::Runtime;

/// How long a function may take to be ready, and to answer an event.
const LIMIT: Duration = Duration::from_secs(30);

/// A function, and where it is to run.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Its name.
    pub(super) name: String,
    /// What is started.
    pub(super) program: PathBuf,
    /// With what.
    pub(super) arguments: Vec<String>,
    /// Where its code lies.
    pub(super) folder: PathBuf,
    /// Its table.
    pub(super) table: String,
    /// The URL of its DynamoDB.
    pub(super) dynamodb: String,
    /// The URL of all other services.
    pub(super) services: String,
}

/// A running function. It ends when this is dropped.
pub(super) struct Function {
    process: Child,
    runtime: Runtime,
    ready_after: Duration,
}

impl Function {
    /// Starts a function, and waits until it asks for its first event.
    pub(super) async fn start(place: &Place) -> Result<Self, String> {
        let runtime = Runtime::start().await?;
        let log = place.folder.with_file_name(format!("{}-{}.log", place.name, place.table));
        let says = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let mut command = Command::new(&place.program);
        command.args(&place.arguments).current_dir(&place.folder).stdin(Stdio::null());
        command.stdout(says.try_clone().map_err(|e| e.to_string())?).stderr(says);
        command.env_clear().envs(environment(place, &runtime.address()));
        // Node is found there.
        command.envs(Config::find("PATH").map(|path| ("PATH", path)));
        let begun = Instant::now();
        let process = command.spawn().map_err(|e| format!("{}: {e}", place.program.display()))?;
        let mut function = Self { process, runtime, ready_after: Duration::ZERO };
        let asked = tokio::time::timeout(LIMIT, function.runtime.asked()).await;
        let asked = asked.map_err(|_| format!("{} is not ready after {LIMIT:?}; see {}", place.name, log.display()))?;
        function.ready_after = asked? - begun;
        Ok(function)
    }

    /// How long it took until it asked.
    pub(super) fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// Gives it an event and takes its answer.
    pub(super) async fn invoke(&mut self, event: &Value) -> Result<Value, String> {
        let answer = tokio::time::timeout(LIMIT, self.runtime.invoke(event.to_string())).await;
        let answer = answer.map_err(|_| format!("no answer after {LIMIT:?}"))??;
        serde_json::from_str(&answer).map_err(|e| format!("{answer}: {e}"))
    }

    /// The memory that is resident, and the most that was, in bytes.
    pub(super) fn memory(&self) -> Result<(u64, u64), String> {
        let file = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(&file).map_err(|e| format!("{file}: {e}"))?;
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
            kilobytes.map(|kilobytes| kilobytes * 1024).ok_or_else(|| format!("{file} has no {name}"))
        };
        Ok((of("VmRSS:")?, of("VmHWM:")?))
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What Lambda tells a function, and what `infra/template.yaml` does.
fn environment(place: &Place, runtime: &str) -> Vec<(&'static str, String)> {
    let text = |text: &str| text.to_owned();
    let services = place.services.trim_start_matches("http://");
    let mut all = lambda::environment(&place.name, &place.folder, runtime, services);
    all.extend([
        ("AWS_ENDPOINT_URL_DYNAMODB", place.dynamodb.clone()),
        (config::TABLE, place.table.clone()),
        (config::KEPT_TABLE, format!("{}-kept", place.table)),
        (config::PARAMETERS, text("/regulars/bench")),
        (config::CONFIGURATION_SET, text("bench")),
        (config::PUBLIC_URL, text("https://links.example")),
    ]);
    all
}
