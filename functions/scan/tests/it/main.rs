//! The scan against the embedded engine: its lease, its budget, and what one bad row may not do to the others.

mod bench;
mod budget;
mod cost;
mod failures;
mod lease;
mod release;
mod rules;
mod time;
mod waiters;
mod work;
