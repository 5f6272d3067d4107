//! The letters that ship with the product, for every sample customer; and copies of the templates with one slip each.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod about;
mod attacks;
mod canaries;
mod check;
mod compose;
mod golden;
mod hostile_values;
mod mime;
mod places;
mod property;
mod samples;
