//! What all storefronts say of a person in the same form.

use retention::EmailAddress;

use crate::scalar::Scalar;

/// An email address. One that is none is a person who cannot be written to; the order that it stands on was placed
/// all the same.
pub(crate) fn email(field: &Scalar<'_>) -> Option<EmailAddress> {
    EmailAddress::parse(field.text()?).ok()
}

/// A language tag, such as `en` or `pt-BR`.
pub(crate) fn locale(field: &Scalar<'_>) -> Option<String> {
    field.text().filter(|tag| is_locale(tag)).map(str::to_owned)
}

/// Whether a text is a language tag.
pub(crate) fn is_locale(tag: &str) -> bool {
    // RFC 5646, section 4.4.1: a reader of language tags should hold 35 characters.
    const MAX_BYTES: usize = 35;
    let plain = tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    plain && (1..=MAX_BYTES).contains(&tag.len())
}
