//! Money: an integer of minor units with its currency. Never a float.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Text that is not money, or not a currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMoney {
    /// Not three letters.
    #[error("a currency is three letters, such as EUR")]
    Currency,
    /// Not a plain decimal number.
    #[error("an amount is a decimal number, such as 12.50")]
    Amount,
    /// More than 9 quadrillion minor units.
    #[error("an amount is out of range")]
    Range,
}

/// Currencies whose minor unit is not a hundredth (ISO 4217, list one).
const NO_DECIMALS: [&[u8; 3]; 16] = [
    b"BIF", b"CLP", b"DJF", b"GNF", b"ISK", b"JPY", b"KMF", b"KRW", b"PYG", b"RWF", b"UGX", b"UYI", b"VND", b"VUV",
    b"XAF", b"XPF",
];
const THREE_DECIMALS: [&[u8; 3]; 7] = [b"BHD", b"IQD", b"JOD", b"KWD", b"LYD", b"OMR", b"TND"];

/// The largest amount kept: exact also where a program reads it as a double.
const MAX_MINOR: i64 = 9_007_199_254_740_991;

impl Currency {
    /// Reads a code of three letters, in either case.
    pub fn parse(raw: &str) -> Result<Self, NotMoney> {
        let code: [u8; 3] = raw.trim().to_ascii_uppercase().as_bytes().try_into().map_err(|_| NotMoney::Currency)?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code)).ok_or(NotMoney::Currency)
    }

    /// The code, such as `EUR`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// How many digits the minor unit has.
    pub fn decimals(self) -> u32 {
        if NO_DECIMALS.contains(&&self.0) || &self.0 == b"XOF" {
            0
        } else if THREE_DECIMALS.contains(&&self.0) {
            3
        } else {
            2
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = NotMoney;
    fn try_from(raw: String) -> Result<Self, NotMoney> {
        Self::parse(&raw)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

/// An amount in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The amount in minor units (cents; yen for JPY).
    pub minor: i64,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// Reads a decimal string, such as `409.94` or `-3`. Digits below the minor unit are rounded half away from zero.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, NotMoney> {
        let text = amount.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) {
            return Err(NotMoney::Amount);
        }
        let decimals = currency.decimals() as usize;
        let mut minor: i64 = 0;
        for digit in whole.bytes().chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(decimals)) {
            minor =
                minor.checked_mul(10).and_then(|m| m.checked_add(i64::from(digit - b'0'))).ok_or(NotMoney::Range)?;
        }
        if fraction.as_bytes().get(decimals).is_some_and(|d| *d >= b'5') {
            minor += 1;
        }
        if minor > MAX_MINOR {
            return Err(NotMoney::Range);
        }
        Ok(Self { minor: if negative { -minor } else { minor }, currency })
    }

    /// The amount as a plain decimal string with its currency's digits.
    pub fn decimal(&self) -> String {
        let unit = 10_i64.pow(self.currency.decimals());
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, rest) = (self.minor.abs() / unit, self.minor.abs() % unit);
        match self.currency.decimals() {
            0 => format!("{sign}{whole}"),
            width => format!("{sign}{whole}.{rest:0width$}", width = width as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(amount: &str, currency: &str) -> Result<i64, NotMoney> {
        Money::parse(amount, Currency::parse(currency).unwrap()).map(|m| m.minor)
    }

    #[test]
    fn an_amount_keeps_the_digits_of_its_currency() {
        assert_eq!(minor("409.94", "USD"), Ok(40994));
        assert_eq!(minor("1200", "JPY"), Ok(1200));
        assert_eq!(minor("1200.00", "JPY"), Ok(1200));
        assert_eq!(minor("1.2345", "KWD"), Ok(1235));
        assert_eq!(minor("-0.5", "EUR"), Ok(-50));
        assert_eq!(minor(".5", "EUR"), Ok(50));
        assert_eq!(Money::parse("-3.5", Currency::parse("eur").unwrap()).unwrap().decimal(), "-3.50");
        assert_eq!(Money::parse("980", Currency::parse("jpy").unwrap()).unwrap().decimal(), "980");
    }

    #[test]
    fn what_is_not_a_decimal_number_is_refused() {
        for bad in ["", ".", "-", "1e400", "1,5", "NaN", "1.2.3", "0x10", "٣"] {
            assert_eq!(minor(bad, "EUR"), Err(NotMoney::Amount), "{bad}");
        }
        assert_eq!(minor("99999999999999999999", "EUR"), Err(NotMoney::Range));
        assert_eq!(minor("99999999999999999", "EUR"), Err(NotMoney::Range));
        assert!(Currency::parse("EURO").is_err());
        assert!(Currency::parse("E1R").is_err());
    }
}
