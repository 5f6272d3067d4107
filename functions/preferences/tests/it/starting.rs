//! The process itself, while the parameter store is down.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use cloud::config;
use testkit::{ParameterStore, lambda, parameter_store};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_cannot_read_its_secrets_ends_before_it_takes_an_event() {
    let store = ParameterStore::start().await;
    store.is_down(true);
    // Lambda's Runtime API: whoever takes an event asks it first.
    let runtime = TcpListener::bind("127.0.0.1:0").expect("a port");
    runtime.set_nonblocking(true).expect("a socket");
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates");
    let address = runtime.local_addr().expect("an address").to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_preferences"));
    command.env_clear().envs(lambda::environment(
        "preferences",
        Path::new("."),
        &address,
        &store.address().to_string(),
    ));
    command.env(config::TEMPLATES, templates).env(config::PARAMETERS, parameter_store::PATH);
    command.env(config::TABLE, "main").env(config::KEPT_TABLE, "kept");
    command.env(config::CONFIGURATION_SET, "regulars-test").env(config::PUBLIC_URL, "https://letters.example");
    let ended = tokio::task::spawn_blocking(move || command.output()).await.expect("a thread").expect("a process");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success());
    assert!(said.contains("/regulars/test/") && said.contains("could not be read"), "{said}");
    assert!(store.asked() > 1, "it was asked more than once");
    assert!(runtime.accept().is_err(), "no event is taken, so that none is lost");
}
