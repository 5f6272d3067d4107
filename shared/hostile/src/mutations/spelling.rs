//! The right signature in another spelling, left out, or doubled: one signature has one spelling and stands once.

use super::{Case, Tally};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn respell(case: &Case<'_>, tally: &mut Tally) {
    let (name, signature) = (case.door.signature_header(), case.signature());
    let (version, digits) = signature.split_once(',').map_or(("", signature), |(version, digits)| (version, digits));
    let comma = if version.is_empty() { "" } else { "," };
    let plain = digits.trim_end_matches('=');
    let mut others = vec![
        plain.to_owned(),
        format!("{plain}=="),
        format!("{plain}==="),
        format!("={digits}"),
        digits.replace('+', "-").replace('/', "_"),
        digits.to_lowercase(),
        digits.to_uppercase(),
        digits.replace('=', "%3D"),
        digits.replace('+', " "),
        format!("{}\t{}", &digits[..20], &digits[20..]),
        format!("\"{digits}\""),
        format!("{digits}{digits}"),
        format!("{digits},{digits}"),
        "=".to_owned(),
    ];
    // 32 bytes are 42 digits and two thirds: the last digit has two bits that say nothing.
    others.extend(stray_bits(plain));
    for other in others.iter().filter(|other| *other != digits) {
        case.with_header("a signature spelt otherwise", name, format!("{version}{comma}{other}").into_bytes(), tally);
    }
    let versions = ["", "v", "v2", "V1", "v01", "v1a", "v1 "];
    for other in versions.iter().filter(|other| !version.is_empty() && **other != version) {
        case.with_header("a signature of another version", name, format!("{other},{digits}").into_bytes(), tally);
    }
    let signed = &case.own.signed;
    for (name, value) in signed.headers.iter().filter(|(name, _)| crate::door::is_signed(name)) {
        let without: Vec<_> = signed.headers.iter().filter(|(known, _)| known != name).cloned().collect();
        case.forged("a header left out", &without, &signed.body, tally);
        let twice: Vec<_> = signed.headers.iter().cloned().chain([(*name, value.clone())]).collect();
        case.forged("a header doubled", &twice, &signed.body, tally);
        case.with_header("an empty header", name, Vec::new(), tally);
    }
}

/// The spellings that a lenient reader takes for the same bytes: the last digit with its unused bits set.
fn stray_bits(plain: &str) -> impl Iterator<Item = String> {
    let (rest, last) = plain.split_at(plain.len().saturating_sub(1));
    let value = DIGITS.iter().position(|digit| last.as_bytes().first() == Some(digit)).unwrap_or_default();
    let (rest, head) = (rest.to_owned(), value & !3);
    let others = (head..head + 4).filter(move |other| *other != value);
    others.map(move |other| format!("{rest}{}=", char::from(DIGITS[other])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_has_three_other_spellings() {
        assert_eq!(stray_bits("AAAI").collect::<Vec<_>>(), ["AAAJ=", "AAAK=", "AAAL="]);
    }
}
