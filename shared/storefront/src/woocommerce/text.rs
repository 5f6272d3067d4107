//! Text of WordPress, which keeps some of it as HTML: a product may be called `Salt &amp; Pepper`.

use html_escape::decode_html_entities;

use crate::scalar::{Scalar, one_line};

/// The text with its entities decoded, on one line, cut to `max` bytes.
pub(super) fn line(field: &Scalar<'_>, max: usize) -> Option<String> {
    field.text().map(|text| one_line(&decode_html_entities(text), max)).filter(|line| !line.is_empty())
}
