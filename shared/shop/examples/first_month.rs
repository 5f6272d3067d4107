//! Prints `docs/first-month.md`: `cargo run -p shop --example first_month > docs/first-month.md`.

use std::io::Write as _;

#[path = "../tests/shoppers/first_month.rs"]
mod first_month;
#[path = "../tests/shoppers/shopper.rs"]
#[expect(dead_code, reason = "the tests of flows tell more of a shopper than one month has")]
mod shopper;

fn main() -> std::io::Result<()> {
    write!(std::io::stdout(), "{}", first_month::page())
}
