//! What a customer is worth: `[[tier]]` and `[rates]` of `shop.toml`.

use std::collections::BTreeMap;

use retention::Money;
use retention::ids::SegmentName;
use retention::money::Currency;
use retention::shop::Tier;
use toml::de::DeValue;

use crate::localised::Localised;
use crate::table::Table;

/// The digits of a rate behind its point.
const DIGITS: usize = 6;
/// The highest rate, in millionths: no two currencies are further apart.
const MAX_RATE: u64 = 1_000_000 * 1_000_000;

/// The tiers, the lowest first.
#[derive(Default)]
pub(crate) struct Tiers {
    pub(crate) read: Vec<Tier>,
    /// How they are called, where that is not their name.
    pub(crate) titles: BTreeMap<String, Localised>,
    /// Whether there is any, also one that could not be read.
    pub(crate) any: bool,
}

/// Reads every `[[tier]]`.
pub(crate) fn read_tiers(shop: &mut Table<'_>, currency: Option<Currency>, locale: Option<&str>) -> Tiers {
    let mut tiers: Vec<Tier> = Vec::new();
    let mut titles = BTreeMap::new();
    let tables = shop.tables("tier");
    let any = !tables.is_empty();
    for mut table in tables {
        // A tier stands in occasions, so its name has the form of all names there.
        let name = table.needed_text("name").and_then(|text| {
            let read = text.then(|raw| SegmentName::parse(raw).map_err(|error| error.to_string()))?;
            if tiers.iter().any(|tier| tier.name == text.value) {
                text.wrong(format!("there is already a tier `{}`", text.value));
            }
            Some(read.value.as_str().to_owned())
        });
        let from = table.needed_text("from").zip(currency).and_then(|(text, currency)| {
            let before = tiers.last().map_or(0, |tier| tier.from_minor);
            text.then(|raw| {
                let from = Money::parse(raw, currency).map_err(|error| error.to_string())?.minor;
                if from > before {
                    Ok(from)
                } else {
                    Err("each tier begins above the one before it, and above zero".to_owned())
                }
            })
        });
        let title = table.value("title").and_then(|value| Localised::read(&value, locale));
        table.finish();
        if let (Some(name), Some(from)) = (name, from) {
            titles.extend(title.map(|title| (name.clone(), title)));
            tiers.push(Tier { name, from_minor: from.value });
        }
    }
    Tiers { read: tiers, titles, any }
}

/// Reads `[rates]`: what one unit of another currency is worth in the shop's, in millionths.
pub(crate) fn read_rates(table: Option<Table<'_>>, own: Option<Currency>) -> BTreeMap<Currency, u64> {
    let mut rates = BTreeMap::new();
    for (name, value) in table.map(|table| table.all()).unwrap_or_default() {
        let currency = name.then(|raw| {
            let currency = Currency::parse(raw).map_err(|error| error.to_string())?;
            let written = raw.bytes().all(|b| b.is_ascii_uppercase());
            written.then_some(currency).ok_or_else(|| "a currency is written in capitals, such as USD".to_owned())
        });
        if currency.as_ref().is_some_and(|currency| Some(currency.value) == own) {
            name.wrong("this is the shop's own currency: it needs no rate");
        }
        let rate = value.then(|value| {
            rate(value).ok_or_else(|| {
                format!("a rate is a number above zero with at most {DIGITS} digits behind the point, such as 0.92")
            })
        });
        rates.extend(currency.zip(rate).map(|(currency, rate)| (currency.value, rate.value)));
    }
    rates
}

/// A rate in millionths, exactly as it is written.
fn rate(value: &DeValue<'_>) -> Option<u64> {
    let text = match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => return None,
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if part.len() > DIGITS || !digits(whole) || !digits(part) {
        return None;
    }
    let millionths: u64 = format!("{whole}{part:0<DIGITS$}").parse().ok()?;
    (1..=MAX_RATE).contains(&millionths).then_some(millionths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_to_the_millionth() {
        let read = |text: &str| {
            let source = format!("rate = {text}");
            let (table, errors) = toml::de::DeTable::parse_recoverable(&source);
            assert!(errors.is_empty(), "{text}");
            rate(table.get_ref().values().next()?.get_ref())
        };
        assert_eq!(read("0.92"), Some(920_000));
        assert_eq!(read("1"), Some(1_000_000));
        assert_eq!(read("0.000001"), Some(1));
        assert_eq!(read("150.25"), Some(150_250_000));
        for bad in ["0", "0.0", "-1", "-0.5", "1e3", "nan", "inf", "0.0000001", "1000000.1", "0x10", "\"0.92\"", "true"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
