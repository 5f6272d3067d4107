//! The addresses of orders, carts and customers.

use retention::address::PersonName;
use retention::zones::Country;
use serde::Deserialize;

use crate::scalar::Scalar;

/// An address. The given name stands alone in newer ones; in the others it is in front of the family name, and where it
/// ends cannot be told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Address<'a> {
    first_name: Scalar<'a>,
    country_code: Scalar<'a>,
    state_or_province_code: Scalar<'a>,
}

impl Address<'_> {
    /// The given name.
    pub(super) fn given_name(&self) -> Option<PersonName> {
        self.first_name.text().and_then(PersonName::parse)
    }
}

/// Country and state of the first address that has a country. They are never taken from two.
pub(super) fn place<'p, 'a: 'p>(
    addresses: impl IntoIterator<Item = &'p Address<'a>>,
) -> Option<(Country, Option<String>)> {
    const STATE_BYTES: usize = 16;
    addresses.into_iter().find_map(|address| {
        let country = Country::parse(address.country_code.text()?).ok()?;
        Some((country, address.state_or_province_code.line(STATE_BYTES)))
    })
}
