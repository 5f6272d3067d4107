//! The addresses of orders and customers.

use retention::address::PersonName;
use retention::zones::Country;
use serde::Deserialize;

use crate::scalar::Scalar;

/// An address. Orders name the country as `country_iso2`, customers as `country_code`.
///
/// The state is left out: it is a name, such as `Texas`, and what is decided by it is decided by its code.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Address<'a> {
    pub(super) email: Scalar<'a>,
    first_name: Scalar<'a>,
    country_iso2: Scalar<'a>,
    country_code: Scalar<'a>,
}

impl Address<'_> {
    /// The given name.
    pub(super) fn given_name(&self) -> Option<PersonName> {
        self.first_name.text().and_then(PersonName::parse)
    }

    /// The country.
    pub(super) fn country(&self) -> Option<Country> {
        let codes = [&self.country_iso2, &self.country_code];
        codes.into_iter().find_map(|code| Country::parse(code.text()?).ok())
    }
}
