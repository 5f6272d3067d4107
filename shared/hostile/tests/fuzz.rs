//! A bounded number of the fuzzer's cases for each kind. `cargo xtask prove fuzz` runs them for as long as it is told, and
//! the targets of `fuzz/` let libFuzzer choose them.

use hostile::door::kind;
use hostile::fuzz::{Outcome, Target, seed};

/// A second or two for each kind.
const CASES: u64 = 4_000;

fn read_all(source: &str) {
    let target = Target::new(kind(source).expect("a kind")).expect("a source");
    let mut total = Outcome::default();
    for nth in 0..CASES {
        let outcome = target.run(&seed::bytes(nth)).unwrap_or_else(|e| panic!("case {nth}: {e}"));
        total = total.and(outcome);
    }
    assert!(total.events > CASES / 40 && total.unreadable > CASES / 20, "the cases are all alike: {total:?}");
}

#[test]
fn any_body_of_shopify_has_an_answer() {
    read_all("shopify");
}

#[test]
fn any_body_of_woocommerce_has_an_answer() {
    read_all("woocommerce");
}

#[test]
fn any_body_of_ecwid_has_an_answer() {
    read_all("ecwid");
}

#[test]
fn any_body_of_bigcommerce_has_an_answer() {
    read_all("bigcommerce");
}

#[test]
fn any_body_of_a_standard_shop_has_an_answer() {
    read_all("standard");
}

#[test]
fn no_bytes_at_all_are_a_case_too() {
    for kind in retention::shop::SourceKind::ALL {
        Target::new(kind).and_then(|target| target.run(&[])).expect("an answer");
    }
}
