//! What orders and customers both say of a person.

use retention::EmailAddress;
use retention::zones::Country;
use serde::Deserialize;

use crate::scalar::Scalar;

/// An address, of which the place is kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Address<'a> {
    pub(super) first_name: Scalar<'a>,
    country_code: Scalar<'a>,
    province_code: Scalar<'a>,
}

/// An email address. One that is none is a person who cannot be written to; the order that it stands on was placed
/// all the same.
pub(super) fn email(field: &Scalar<'_>) -> Option<EmailAddress> {
    EmailAddress::parse(field.text()?).ok()
}

/// Country and region of the first address that has a country. They are never taken from two: a region means nothing
/// in another country.
pub(super) fn place<'p, 'a: 'p>(
    addresses: impl IntoIterator<Item = &'p Address<'a>>,
) -> Option<(Country, Option<String>)> {
    const REGION_BYTES: usize = 16;
    addresses.into_iter().find_map(|address| {
        let country = Country::parse(address.country_code.text()?).ok()?;
        Some((country, address.province_code.line(REGION_BYTES)))
    })
}

/// A language tag, such as `en` or `pt-BR`.
pub(super) fn locale(field: &Scalar<'_>) -> Option<String> {
    // RFC 5646, section 4.4.1: a reader of language tags should hold 35 characters.
    const MAX_BYTES: usize = 35;
    let tag = field.text()?;
    let plain = tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    (plain && tag.len() <= MAX_BYTES).then(|| tag.to_owned())
}
