//! The examples of the documentation: one for each type, all of them accepted by the schema and read.

use std::collections::BTreeMap;

use storefront::Parsed;

use crate::hear::hear;
use crate::schema::{accepts, types};

const DOCS: &str = include_str!("../../../../docs/webhooks.md");

/// The examples by their types.
pub(crate) fn examples() -> BTreeMap<String, String> {
    let blocks = DOCS.split("\n### ").skip(1);
    let pairs = blocks.map(|block| {
        let kind = block.lines().next().expect("a heading").to_owned();
        let body = block.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
        (kind, body.to_owned())
    });
    pairs.collect()
}

/// The example of a type.
pub(crate) fn example(kind: &str) -> String {
    examples().remove(kind).expect("an example")
}

#[test]
fn there_is_one_example_for_each_type() {
    let mut types = types();
    types.sort();
    assert_eq!(examples().keys().cloned().collect::<Vec<_>>(), types);
    assert_eq!(DOCS.matches("```json").count(), types.len());
}

#[test]
fn every_example_has_its_type_is_accepted_by_the_schema_and_is_read() {
    for (kind, body) in examples() {
        assert!(body.contains(&format!("\"type\": \"{kind}\"")), "{kind}");
        assert!(accepts(&body), "{kind}: the schema refuses it");
        let read = hear(body.as_bytes());
        assert!(matches!(read, Ok(Parsed::Event(_) | Parsed::Product(_) | Parsed::Request(_))), "{kind}: {read:?}");
    }
}
