//! None of the forgeries is believed. `cargo xtask prove mutations` prints the same with its figures.

use hostile::mutations;

#[test]
fn nothing_that_differs_in_one_bit_from_what_was_signed_is_believed() {
    let tally = mutations::run(&[]).expect("the samples are believed as they were signed");
    assert_eq!(tally.accepted, 0, "{:?}", tally.believed);
    assert!(tally.mutations >= 100_000 && tally.by_source.len() == 5, "{tally:?}");
}
