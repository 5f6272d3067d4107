//! Addresses of the web, as they may stand in letters.

use crate::scalar::Scalar;

/// An address of the web, as it may stand in a letter.
pub(crate) fn web_address(field: &Scalar<'_>) -> Option<String> {
    const BYTES: usize = 1_000;
    let text = field.text()?;
    let plain = text.len() <= BYTES && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>'));
    (plain && (text.starts_with("https://") || text.starts_with("http://"))).then(|| text.to_owned())
}
