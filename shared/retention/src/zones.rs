//! Which time zones a person may be in, by address.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A country by its ISO 3166-1 code of two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// Not two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a country is two letters, such as PL")]
pub struct NotACountry;

/// Zones by country, one for each difference in today's rules, the most used first.
/// Source: `zone.tab` of the IANA time zone database 2025b (public domain), thinned to zones that differ after 2026.
const COUNTRIES: &str = include_str!("countries.tsv");

/// The same, read once: every decision asks for each flow.
static ZONES: LazyLock<BTreeMap<&str, Vec<Tz>>> = LazyLock::new(|| {
    let lines = COUNTRIES.lines().filter_map(|line| line.split_once('\t'));
    lines.map(|(code, zones)| (code, zones.split(' ').filter_map(|zone| zone.parse().ok()).collect())).collect()
});

/// States and provinces that decide the zone, or narrow it down; of countries with several zones.
/// Source: the region descriptions of the same database. A state with two zones lists both.
const REGIONS: [(&str, &str, &str); 9] = [
    ("US", "America/New_York", "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC TN VA VT WV"),
    ("US", "America/Chicago", "AL AR FL IA IL IN KS KY LA MI MN MO MS ND NE OK SD TN TX WI"),
    ("US", "America/Denver", "CO ID KS MT ND NE NM NV OR SD TX UT WY"),
    ("US", "America/Phoenix", "AZ"),
    ("US", "America/Los_Angeles", "CA ID NV OR WA"),
    ("US", "Pacific/Honolulu", "HI"),
    ("CA", "America/Toronto", "QC"),
    ("CA", "America/Edmonton", "AB"),
    ("AU", "Australia/Sydney", "VIC ACT TAS"),
];

impl Country {
    /// Reads a code of two letters, in either case.
    pub fn parse(raw: &str) -> Result<Self, NotACountry> {
        let code: [u8; 2] = raw.trim().to_ascii_uppercase().as_bytes().try_into().map_err(|_| NotACountry)?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code)).ok_or(NotACountry)
    }

    /// The code, such as `PL`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }
}

impl TryFrom<String> for Country {
    type Error = NotACountry;
    fn try_from(raw: String) -> Result<Self, NotACountry> {
        Self::parse(&raw)
    }
}

impl From<Country> for String {
    fn from(country: Country) -> String {
        country.code().to_owned()
    }
}

/// Where a person may be: the person's own zone, else the region's zones, else all of the country's, else the shop's.
pub fn zones(own: Option<Tz>, country: Option<Country>, region: Option<&str>, shop: Tz) -> Vec<Tz> {
    if let Some(zone) = own {
        return vec![zone];
    }
    let Some(country) = country else { return vec![shop] };
    if let Some(region) = region.map(str::trim) {
        let named: Vec<Tz> = REGIONS
            .iter()
            .filter(|(code, _, regions)| {
                *code == country.code() && regions.split(' ').any(|r| r.eq_ignore_ascii_case(region))
            })
            .filter_map(|(_, zone, _)| zone.parse().ok())
            .collect();
        if !named.is_empty() {
            return named;
        }
    }
    ZONES.get(country.code()).filter(|zones| !zones.is_empty()).cloned().unwrap_or_else(|| vec![shop])
}

/// The one zone for an hour of the customer's day: the shop's, where the person may be in it, else the most used.
pub fn home(zones: &[Tz], shop: Tz) -> Tz {
    if zones.contains(&shop) { shop } else { zones.first().copied().unwrap_or(shop) }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz::{America__Chicago, America__Denver, America__New_York, Asia__Tokyo, Europe__Warsaw};

    use super::*;

    fn of(country: &str, region: Option<&str>) -> Vec<Tz> {
        zones(None, Country::parse(country).ok(), region, Europe__Warsaw)
    }

    #[test]
    fn every_line_of_the_country_table_is_a_country_and_zones_that_exist() {
        for line in COUNTRIES.lines() {
            let (code, zones) = line.split_once('\t').unwrap();
            Country::parse(code).unwrap();
            assert!(zones.split(' ').all(|z| z.parse::<Tz>().is_ok()), "{line}");
        }
        assert!(REGIONS.iter().all(|(_, zone, _)| zone.parse::<Tz>().is_ok()));
    }

    #[test]
    fn the_person_then_the_region_then_the_country_then_the_shop_decide_the_zone() {
        let us = Country::parse("us").unwrap();
        assert_eq!(zones(Some(Asia__Tokyo), Some(us), Some("NY"), Europe__Warsaw), [Asia__Tokyo]);
        assert_eq!(of("US", Some("ny")), [America__New_York]);
        assert_eq!(of("US", Some("TX")), [America__Chicago, America__Denver]);
        assert_eq!(of("US", None).len(), 8);
        assert_eq!(of("JP", Some("Hokkaido")), [Asia__Tokyo]);
        assert_eq!(of("nowhere", None), [Europe__Warsaw]);
        assert_eq!(of("ZZ", None), [Europe__Warsaw]);
    }

    #[test]
    fn the_home_zone_is_the_shops_where_the_person_may_be_in_it() {
        assert_eq!(home(&of("US", Some("TX")), America__Denver), America__Denver);
        assert_eq!(home(&of("US", None), Europe__Warsaw), America__New_York);
    }
}
