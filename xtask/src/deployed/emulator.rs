//! The emulator of AWS: a process on this machine, asked by AWS's own client.

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::python::{self, Python};

/// How long the emulator may take to start, and to stop.
const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(5);
/// How often a question is asked again while we wait for its answer.
const AGAIN: Duration = Duration::from_millis(250);

/// A running emulator. It stops, with all that it started, when this is dropped.
pub(super) struct Emulator {
    process: Child,
    url: String,
    tools: Python,
    call: PathBuf,
    http: reqwest::Client,
}

/// A letter that SES took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    /// Its recipients.
    pub(super) to: Vec<String>,
    /// Its subject.
    pub(super) subject: String,
}

impl Emulator {
    /// Starts an emulator on a free port of this machine; what it says goes to `log`.
    pub(super) async fn start(root: &Path, tools: Python, log: &Path) -> Result<Self, String> {
        let failed = |e: std::io::Error| format!("the emulator: {e}");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).map_err(failed)?.port();
        let url = format!("http://127.0.0.1:{port}");
        let says = File::create(log).map_err(failed)?;
        let mut command = tools.command("ministack");
        command.stdout(says.try_clone().map_err(failed)?).stderr(says);
        command.env("BIND_HOST", "127.0.0.1").env("MINISTACK_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
        // It holds every call of a function to the policies of the function's role, as AWS does.
        command.env("AUTH", "true");
        // A function finds its way back by the SDK's own variable, which it inherits from here.
        account(&mut command, &url);
        let call = root.join("infra/call.py");
        let http = reqwest::Client::builder().no_proxy().build().map_err(|e| e.to_string())?;
        // A group of its own, so that the functions it starts go with it.
        let process = command.process_group(0).spawn().map_err(failed)?;
        let emulator = Self { process, url, tools, call, http };
        wait("the emulator is ready", START, async || {
            Ok(emulator.get("/_ministack/ready").await.is_ok().then_some(()))
        })
        .await?;
        Ok(emulator)
    }

    /// The id of the process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Makes one call, such as `call("sqs", "purge_queue", ..)`.
    pub(super) fn call(&self, service: &str, operation: &str, arguments: &Value) -> Result<Value, String> {
        let mut command = self.tools.command("python");
        command.arg(&self.call).args([service, operation, &arguments.to_string()]);
        account(&mut command, &self.url);
        let answer = python::output(&mut command).map_err(|e| format!("{service} {operation}: {e}"))?;
        serde_json::from_slice(&answer).map_err(|e| format!("{service} {operation}: {e}"))
    }

    /// Sends a request to a path of an HTTP API. Returns status and body.
    pub(super) async fn request(
        &self,
        api: &str,
        method: reqwest::Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<(u16, String), String> {
        let mut request = self.http.request(method, format!("{}/_aws/execute-api/{api}/$default{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = request.body(body).send().await.map_err(|e| e.to_string())?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await.map_err(|e| e.to_string())?))
    }

    /// The letters that SES took so far.
    pub(super) async fn letters(&self) -> Result<Vec<Letter>, String> {
        let inbox: Value =
            serde_json::from_str(&self.get("/_ministack/ses/messages").await?).map_err(|e| e.to_string())?;
        let accounts = inbox["messages"].as_object().ok_or("the inbox cannot be read")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let letters = accounts.values().filter_map(Value::as_array).flatten().map(|message| Letter {
            to: message["To"].as_array().into_iter().flatten().map(text).collect(),
            subject: text(&message["Subject"]),
        });
        Ok(letters.collect())
    }

    async fn get(&self, path: &str) -> Result<String, String> {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status).map_err(|e| e.to_string())?;
        answer.text().await.map_err(|e| e.to_string())
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let signal = |name: &str| Command::new("kill").args([name, "--", &format!("-{}", self.process.id())]).status();
        let asked = signal("-TERM");
        let begun = Instant::now();
        while asked.is_ok() && begun.elapsed() < STOP && matches!(self.process.try_wait(), Ok(None)) {
            std::thread::sleep(AGAIN);
        }
        // Whatever is left of the group. It is normal that nothing is.
        let _ = Command::new("kill")
            .args(["-KILL", "--", &format!("-{}", self.process.id())])
            .stderr(std::process::Stdio::null())
            .status();
        let _ = self.process.wait();
    }
}

/// The account of the emulator: its own root, whom it asks for no policy, in a region of our choice.
fn account(command: &mut Command, url: &str) {
    command.env("AWS_ENDPOINT_URL", url).env("AWS_DEFAULT_REGION", "eu-west-1");
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
    // It is on this machine, whatever way leads out of it.
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
}

/// Asks until there is an answer, for at most `limit`.
pub(super) async fn wait<T>(
    what: &str,
    limit: Duration,
    mut ask: impl AsyncFnMut() -> Result<Option<T>, String>,
) -> Result<T, String> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if begun.elapsed() > limit {
            return Err(format!("waited {} s in vain: {what}", limit.as_secs()));
        }
        tokio::time::sleep(AGAIN).await;
    }
}
