//! What is signed, cut at each of its bytes, with something appended, or taken apart at other places.

use retention::shop::SourceKind;

use super::{Case, Tally};
use crate::door::is_signed;

/// What is appended to a header: signs that a lenient reader of base64, of numbers or of lists might pass over.
const APPENDED: [&str; 12] = ["=", "==", "A", "0", ".", ",", ";", "\tx", " x", " v1", ",v1", "%00"];

pub(super) fn cut_and_append(case: &Case<'_>, tally: &mut Tally) {
    let signed = &case.own.signed;
    for part in &case.own.parts {
        let (before, rest) = signed.body.split_at(part.start);
        let (value, after) = rest.split_at(part.len());
        let mut with = |change, left: &[u8], right: &[u8]| {
            case.forged(change, &signed.headers, &[before, left, right, after].concat(), tally);
        };
        for at in 0..value.len() {
            with("the body cut", &value[..at], b"");
            if at > 0 {
                with("the body cut", &value[at..], b"");
            }
        }
        for byte in 0..=u8::MAX {
            // Around a value of Ecwid's body that is a number, white space belongs to JSON and not to the value.
            if case.door.kind == SourceKind::Ecwid && b" \t\r\n".contains(&byte) {
                continue;
            }
            with("the body with a byte more", value, &[byte]);
            with("the body with a byte more", &[byte], value);
        }
    }
    for (name, value) in signed.headers.iter().filter(|(name, _)| is_signed(name)) {
        for at in 0..value.len() {
            case.with_header("a header cut", name, value.as_bytes()[..at].to_vec(), tally);
            if at > 0 {
                case.with_header("a header cut", name, value.as_bytes()[at..].to_vec(), tally);
            }
        }
        for more in APPENDED {
            // After a signature of Standard Webhooks and a space another may stand: the first is still right.
            if !(more.starts_with(' ') && *name == case.door.signature_header()) {
                case.with_header("a header with more", name, format!("{value}{more}").into_bytes(), tally);
            }
            case.with_header("a header with more", name, format!("{more}{value}").trim().as_bytes().to_vec(), tally);
        }
    }
}

/// The same signed bytes taken apart at other full stops: an id that runs into the time, a time that runs into the body.
pub(super) fn resplit(case: &Case<'_>, tally: &mut Tally) {
    const MOST: usize = 24;
    if !matches!(case.door.kind, SourceKind::BigCommerce | SourceKind::Standard) {
        return;
    }
    let signed = &case.own.signed;
    let value =
        |name: &str| signed.headers.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value.as_str());
    let (id, timestamp) = (value(storefront::standard::ID_HEADER), value(storefront::standard::TIMESTAMP_HEADER));
    let whole = [id.as_bytes(), timestamp.as_bytes(), &signed.body].join(&b'.');
    let stops: Vec<usize> =
        whole.iter().enumerate().filter(|(_, b)| **b == b'.').map(|(at, _)| at).take(MOST).collect();
    for (nth, first) in stops.iter().enumerate() {
        for second in stops.iter().skip(nth + 1) {
            let (id, rest) = (&whole[..*first], &whole[first + 1..]);
            let (timestamp, body) = (&rest[..second - first - 1], &rest[second - first..]);
            if body == signed.body {
                continue;
            }
            let (Ok(id), Ok(timestamp)) = (str::from_utf8(id), str::from_utf8(timestamp)) else { continue };
            let headers = [
                (storefront::standard::ID_HEADER, id.to_owned()),
                (storefront::standard::TIMESTAMP_HEADER, timestamp.to_owned()),
                (case.door.signature_header(), case.signature().to_owned()),
            ];
            case.forged("the same bytes taken apart otherwise", &headers, body, tally);
        }
    }
}
