//! The commands themselves: what they say when something is in the way.

use std::net::TcpListener;
use std::process::{Command, Output};

fn regulars(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_regulars")).args(arguments).output().expect("the command runs")
}

fn one_line(output: &Output) -> String {
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
    text
}

#[test]
fn a_port_in_use_is_one_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let said = one_line(&regulars(&["--port", &port, "--data", data.to_str().expect("UTF-8")]));
    assert!(said.contains(&port) && said.contains("--port"), "{said}");
}

#[test]
fn a_data_directory_that_cannot_be_written_is_one_clear_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a-file");
    std::fs::write(&file, "").expect("a file");
    let data = file.join("data");
    let said = one_line(&regulars(&["--port", "0", "--data", data.to_str().expect("UTF-8")]));
    assert!(said.contains("cannot be written") && said.contains("--data"), "{said}");
}

#[test]
fn a_plan_without_a_shop_or_with_a_strange_time_is_one_clear_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("UTF-8");
    assert!(one_line(&regulars(&["plan", "--at", "2026-12-05", "--data", data])).contains("no shop"));
    let missing = one_line(&regulars(&["import", "no-such-file.csv", "--data", data]));
    assert!(missing.contains("no-such-file.csv"), "{missing}");
}

#[test]
fn the_shipped_templates_are_without_mistakes() {
    let output = regulars(&["check"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
