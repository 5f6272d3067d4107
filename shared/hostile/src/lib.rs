//! Hostile deliveries: what no adapter may believe, and what none may panic on.
//!
//! [`mutations`] takes deliveries as each storefront would send them, changes one thing of what is signed, and asks the
//! adapter whether it believes what came of it. [`fuzz`] makes bodies that nobody has thought of, signs them, so that they
//! get past the door, and has them read. Both start from the [`sample`]s and knock at the [`door`] of each kind.
//!
//! It is used by tests, by `cargo xtask prove`, and by the targets of `fuzz/`, which share every generator with the tests.

pub mod door;
pub mod fuzz;
pub mod mutations;
mod names;
pub mod sample;
