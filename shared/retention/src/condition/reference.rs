//! The reference of conditions: `docs/conditions.md`, out of the table of variables.

use std::fmt::Write;

use super::{MAX_BYTES, VARIABLES};

const INTRODUCTION: &str = "\
# Conditions

`only_if` in a flow or a step, and every line of `segments.toml`, is an expression in CEL, the Common Expression Language. It
must come to true for the letter to leave. It is checked when the file is read: a name that is not in the tables below, or two
types that do not fit, is told with its place. There is no clock in it.

What is not known of a person is absent: `has(customer.country)` asks. Naming what is absent is an error, and an error means no;
`regulars why` names it. `a || b` and `a && b` need only one side where that side decides.

- Whole numbers (int) and numbers with a point (double) compare with each other. They do not add up: write `2.0`, or `double(...)`.
- `==`, `!=`, `<`, `<=`, `>`, `>=`, `&&`, `||`, `!`, `? :`, `+`, `-`, `*`, `/`, `%`, `in`, `[...]`
- `size(x)`, `x.contains('...')`, `x.startsWith('...')`, `x.endsWith('...')`, `x.matches('...')` with a pattern that is a literal
- on lists `exists`, `all`, `exists_one`, `filter` and `map`, such as `customer.products.exists(p, p.startsWith('TEA-'))`
- `int(x)` and `double(x)` of a number
- `segment.<name>`: a condition of `segments.toml`. Segments name no segments, and no order.
";

/// The text of `docs/conditions.md`.
pub fn reference() -> String {
    let mut text = INTRODUCTION.to_owned();
    // To a string it cannot fail.
    let _ = writeln!(text, "\nA condition is at most {MAX_BYTES} bytes long. Lists stand in each other at most twice.");
    let parts = [
        ("customer", "Of the customer", ""),
        ("order", "Of the order", "Only where every occasion of the flow's trigger is about an order.\n\n"),
    ];
    for (root, title, note) in parts {
        let _ = write!(text, "\n## {title}\n\n{note}| name | type | | |\n|---|---|---|---|\n");
        for variable in VARIABLES.iter().filter(|variable| variable.root() == root) {
            let absent = if variable.may_be_absent { "may be absent" } else { "" };
            let age = if variable.is_age { " Changes with the days." } else { "" };
            let _ = writeln!(text, "| `{}` | {} | {}{age} | {absent} |", variable.name, variable.kind, variable.doc);
        }
    }
    text
}
