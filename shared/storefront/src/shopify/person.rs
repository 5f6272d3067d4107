//! Where a person lives, by the addresses of orders and customers.

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
