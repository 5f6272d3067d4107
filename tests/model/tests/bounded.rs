//! The model in the bounds that fit into every run of the tests.

use std::num::NonZeroUsize;
use std::sync::Mutex;

use model::proof::{Options, prove, unspoken};

#[test]
fn with_all_rules_nothing_is_broken_and_each_failure_comes_back_without_its_rule() {
    let lines = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let report = prove(&Options { bounded: true, threads }, &|line| lines.lock().unwrap().push(line.to_owned()));
    assert!(report.holds(), "{report:#?}\n{}", lines.into_inner().unwrap().join("\n"));
    assert!(report.states > 5_000_000, "so few states prove little: {}", report.states);
}

#[test]
fn of_each_rule_it_is_said_what_it_is_worth_alone() {
    assert_eq!(unspoken(), []);
}
