//! What a change of flows will do, before it is made.

mod templates;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use templates::{copied, copy_to, shipped};

fn regulars(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_regulars")).args(words).output().expect("the command runs")
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Switches one flow off.
fn switch_off(flow: &str, templates: &Path) {
    let file = templates.join("flows").join(flow).join("flow.toml");
    let text = std::fs::read_to_string(&file).expect("flow.toml");
    std::fs::write(&file, text.replacen("= true", "= false", 1)).expect("a file");
}

const WHEN: [&str; 4] = ["--at", "2026-06-01", "--for", "30d"];

fn diff(base: &str, head: &str, more: &[&str]) -> String {
    let mut words = vec!["diff", base, head, "--sample"];
    words.extend(WHEN);
    words.extend(more);
    said(&regulars(&words))
}

#[test]
fn a_simulation_says_the_same_in_every_run_and_in_each_form() {
    let words = ["simulate", "--sample", "--from", "2026-06-01", "--to", "2026-07-01"];
    let text = said(&regulars(&words));
    assert_eq!(text, said(&regulars(&words)));
    for part in ["100 people", "Held back once due", "Marketing letters in a week", "replenish"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let json: Value = serde_json::from_str(&said(&regulars(&[&words[..], &["--json"]].concat()))).expect("JSON");
    let by_flow: u64 = json["letters"].as_object().expect("flows").values().filter_map(Value::as_u64).sum();
    let by_day: u64 = json["days"]
        .as_object()
        .expect("days")
        .values()
        .flat_map(|d| d.as_object().expect("a day").values())
        .filter_map(Value::as_u64)
        .sum();
    assert!(by_flow > 0);
    assert_eq!(by_flow, by_day);
    let weeks = json["weeks"].as_object().expect("weeks");
    let most = weeks.keys().filter_map(|letters| letters.parse::<u64>().ok()).max();
    assert!(most <= Some(4), "three in any seven days are four in a week of the calendar at most: {weeks:?}");
}

#[test]
fn a_flow_that_is_switched_off_is_fewer_letters_of_it() {
    let folder = copied();
    switch_off("replenish", folder.path());
    let (base, head) = (shipped(), folder.path());
    let (base, head) = (base.to_str().expect("UTF-8"), head.to_str().expect("UTF-8"));
    let json: Value = serde_json::from_str(&diff(base, head, &["--json"])).expect("JSON");
    let replenish = &json["flows"]["replenish"];
    assert!(replenish["before"].as_u64() > Some(0) && replenish["after"] == 0, "{json}");
    assert_eq!(replenish["fewer"], replenish["before"]);
    assert!(json["affected"].as_u64() >= replenish["people"].as_u64());
    let text = diff(base, head, &[]);
    assert!(text.starts_with("### What this change does to letters") && text.contains("| `replenish` |"), "{text}");
    assert!(diff(base, base, &[]).contains("Nobody gets another letter"));
}

#[test]
fn two_revisions_in_git_are_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let git = |words: &[&str]| {
        let who = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").arg("-C").arg(folder.path()).args(who).args(words).output().expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let own = folder.path().join("shop/templates");
    copy_to(&own);
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "before"]);
    git(&["tag", "before"]);
    switch_off("replenish", &own);
    git(&["commit", "--quiet", "-a", "-m", "after"]);
    let at = own.to_str().expect("UTF-8");
    assert!(diff("before", "HEAD", &["--templates", at]).contains("`replenish`"));
    let output = regulars(&["diff", "before", "no-such-revision", "--sample", "--templates", at]);
    let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && wrong.contains("no-such-revision") && wrong.lines().count() == 1, "{wrong}");
}

#[test]
fn a_history_out_of_a_file_is_lived_through_without_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("orders.csv");
    let rows =
        "email,order_id,placed_at,sku,title,quantity,unit_price\nnora@example.com,1,2026-01-02,TEA-FOG-100,Tea,1,5\n";
    std::fs::write(&file, rows).expect("a file");
    let name = file.to_str().expect("UTF-8");
    let words = [
        "simulate",
        "--history",
        name,
        "--consent",
        "subscribed",
        "--proof",
        "sign-up form",
        "--from",
        "2026-01-01",
        "--to",
        "2026-08-01",
        "--json",
    ];
    let json: Value = serde_json::from_str(&said(&regulars(&words))).expect("JSON");
    assert_eq!((&json["people"], &json["letters"]["replenish"]), (&1.into(), &1.into()), "{json}");
    std::fs::write(&file, format!("{rows}nora@example.com,2,not a day,TEA,Tea,1,5\n")).expect("a file");
    let output = regulars(&words);
    let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && wrong.contains("line 3, placed_at") && wrong.lines().count() == 1, "{wrong}");
}
