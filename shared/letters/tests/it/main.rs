//! The letters that ship with the product, for every sample customer; and copies of the templates with one slip each.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod about;
mod attacks;
mod canaries;
mod check;
mod check_made;
mod compose;
mod golden;
mod hostile_values;
mod mime;
mod places;
mod property;

/// The templates that ship with the product.
fn templates() -> std::path::PathBuf {
    // Without the way up and down, so that messages read as `templates/...`.
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("templates")
}
