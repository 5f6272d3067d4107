//! The addresses of orders and customers. WooCommerce sends all fields, empty where there is nothing.

use retention::address::PersonName;
use retention::zones::Country;
use serde::Deserialize;

use super::text;
use crate::scalar::Scalar;

/// An address. Only the one for the bill has an email.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Address<'a> {
    pub(super) first_name: Scalar<'a>,
    pub(super) email: Scalar<'a>,
    country: Scalar<'a>,
    state: Scalar<'a>,
}

/// Country and state of the first address that has a country. They are never taken from two.
pub(super) fn place<'p, 'a: 'p>(
    addresses: impl IntoIterator<Item = &'p Address<'a>>,
) -> Option<(Country, Option<String>)> {
    const STATE_BYTES: usize = 16;
    addresses.into_iter().find_map(|address| {
        let country = Country::parse(address.country.text()?).ok()?;
        Some((country, address.state.line(STATE_BYTES)))
    })
}

/// A given name.
pub(super) fn name(field: &Scalar<'_>) -> Option<PersonName> {
    const BYTES: usize = 320;
    text::line(field, BYTES).as_deref().and_then(PersonName::parse)
}
