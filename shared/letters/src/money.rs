//! Amounts as people read them. The one place that knows how; other languages come in here.

use retention::Money;

/// Signs of currencies that stand before the amount and are not mistaken for another's.
const SIGNS: [(&str, &str); 9] = [
    ("EUR", "€"),
    ("GBP", "£"),
    ("USD", "$"),
    ("JPY", "¥"),
    ("AUD", "A$"),
    ("CAD", "CA$"),
    ("NZD", "NZ$"),
    ("KRW", "₩"),
    ("INR", "₹"),
];

/// `€1,234.50`, `¥980`, `PLN 12.00`; below zero with a minus sign in front.
pub(crate) fn money(amount: Money) -> String {
    let plain = amount.decimal();
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("\u{2212}", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let number = fraction.map_or_else(|| grouped(whole), |fraction| format!("{}.{fraction}", grouped(whole)));
    match SIGNS.iter().find(|(code, _)| *code == amount.currency.code()) {
        Some((_, symbol)) => format!("{sign}{symbol}{number}"),
        // A space that does not break keeps code and number on one line.
        None => format!("{sign}{}\u{a0}{number}", amount.currency.code()),
    }
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use retention::money::Currency;

    use super::*;

    fn shown(amount: &str, currency: &str) -> String {
        money(Money::parse(amount, Currency::parse(currency).unwrap()).unwrap())
    }

    #[test]
    fn an_amount_has_the_digits_of_its_currency_and_groups_of_three() {
        assert_eq!(shown("1234567.5", "EUR"), "€1,234,567.50");
        assert_eq!(shown("980", "JPY"), "¥980");
        assert_eq!(shown("12400", "JPY"), "¥12,400");
        assert_eq!(shown("12", "PLN"), "PLN\u{a0}12.00");
        assert_eq!(shown("-3.5", "GBP"), "\u{2212}£3.50");
        assert_eq!(shown("1.2345", "KWD"), "KWD\u{a0}1.235");
        assert_eq!(shown("0", "EUR"), "€0.00");
    }
}
