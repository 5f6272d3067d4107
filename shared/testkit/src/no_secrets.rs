//! The process of a function, started while the parameter store is down.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use cloud::config;

use crate::{ParameterStore, lambda, parameter_store};

/// What became of it.
#[derive(Debug)]
pub struct Ended {
    /// How it ended, and what it said.
    pub output: Output,
    /// How often it asked for its secrets.
    pub asked: usize,
    /// Whether it asked for an event all the same.
    pub took_an_event: bool,
}

/// Starts a function's binary, and waits for its end.
pub async fn start(name: &str, binary: &str) -> Ended {
    let store = ParameterStore::start().await;
    store.is_down(true);
    // Lambda's Runtime API: whoever takes an event asks it first.
    let runtime = TcpListener::bind("127.0.0.1:0").expect("a port");
    runtime.set_nonblocking(true).expect("a socket");
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates");
    let address = runtime.local_addr().expect("an address").to_string();
    let mut command = Command::new(binary);
    command.env_clear().envs(lambda::environment(name, Path::new("."), &address, &store.address().to_string()));
    command.env(config::TEMPLATES, templates).env(config::PARAMETERS, parameter_store::PATH);
    command.env(config::TABLE, "main").env(config::KEPT_TABLE, "kept");
    command.env(config::CONFIGURATION_SET, "regulars-test").env(config::PUBLIC_URL, "https://letters.example");
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("a thread").expect("a process");
    Ended { output, asked: store.asked(), took_an_event: runtime.accept().is_ok() }
}
