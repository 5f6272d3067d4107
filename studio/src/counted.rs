//! Numbers of things, in the words of the commands: one order, and two orders.

use std::fmt::Display;

/// The number and the words that go with it: `one` with 1, `many` with every other.
pub(crate) fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, one: &str, many: &str) -> String {
    format!("{number} {}", words(number, one, many))
}

/// The words alone, for a column of numbers.
pub(crate) fn words<'w, N: Copy + PartialEq + From<u8>>(number: N, one: &'w str, many: &'w str) -> &'w str {
    if number == N::from(1) { one } else { many }
}
