//! Writes `docs/conditions.md`: `cargo run -p retention --example conditions > docs/conditions.md`.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().write_all(retention::condition::reference().as_bytes())
}
