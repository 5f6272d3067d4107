//! The house: who may depend on whom. What is not listed is forbidden.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// The arrows of docs/ARCHITECTURE.md, for what a crate ships. Tests may use more.
const ALLOWED: &[(&str, &[&str])] = &[
    ("retention", &[]),
    ("shop", &["retention"]),
    ("storefront", &["retention"]),
    ("letters", &["retention", "shop"]),
    ("sources", &["retention", "storefront"]),
    ("cloud", &["retention"]),
    ("testkit", &["retention", "cloud"]),
    ("intake", &["retention", "shop", "cloud", "storefront"]),
    ("scan", &["retention", "shop", "cloud"]),
    ("send", &["retention", "shop", "cloud", "letters"]),
    ("feedback", &["retention", "shop", "cloud"]),
    ("preferences", &["retention", "shop", "cloud", "letters"]),
    ("sync", &["retention", "shop", "cloud", "sources", "storefront"]),
    ("bench-intake", &["retention", "shop", "storefront"]),
    ("bench-letters", &["retention", "shop", "letters"]),
    ("bench-pace", &["retention", "shop", "letters", "cloud", "send"]),
    ("hostile", &["retention", "storefront"]),
    ("model", &["retention"]),
];
/// These may use everything.
const FREE: [&str; 4] = ["studio", "acceptance", "proof", "xtask"];
/// Only `cloud` names AWS; the testkit makes clients for the engine and the fake.
const NAMES_AWS: [&str; 2] = ["cloud", "testkit"];
/// What the rules must not reach: a clock, a network, a random source, a runtime.
const IMPURE: [&str; 8] = ["tokio", "reqwest", "hyper", "rand", "getrandom", "tracing", "aws-config", "uuid"];

#[test]
fn nobody_depends_on_whom_the_architecture_does_not_list() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ALLOWED.iter().map(|(name, list)| (*name, list.iter().copied().collect())).collect();
    let members: BTreeSet<String> = metadata.packages.iter().map(|p| p.name.to_string()).collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        if FREE.contains(&name) {
            continue;
        }
        let Some(may) = allowed.get(name) else {
            wrong.push(format!("{name} is not listed"));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            let target = dependency.name.as_str();
            if members.contains(target) && !may.contains(target) {
                wrong.push(format!("{name} -> {target}"));
            }
            if target.starts_with("aws") && !NAMES_AWS.contains(&name) {
                wrong.push(format!("{name} -> {target}: only cloud names AWS"));
            }
            if name == "retention" && IMPURE.contains(&target) {
                wrong.push(format!("{name} -> {target}: the rules are pure"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_rules_iterate_no_hash_map_and_ask_no_clock() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/retention/src");
    for entry in std::fs::read_dir(folder).expect("the rules") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for word in ["HashMap", "HashSet", "SystemTime", "Utc::now", "std::env", "Instant::now"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}
