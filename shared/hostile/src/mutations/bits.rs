//! Every bit of what is signed, flipped one at a time.

use super::{Case, Tally};
use crate::door::is_signed;

pub(super) fn flip(case: &Case<'_>, tally: &mut Tally) {
    let signed = &case.own.signed;
    let mut body = signed.body.clone();
    for at in case.own.parts.iter().cloned().flatten() {
        for bit in 0..8 {
            body[at] ^= 1 << bit;
            case.forged("a bit of the body", &signed.headers, &body, tally);
            body[at] ^= 1 << bit;
        }
    }
    for (name, value) in signed.headers.iter().filter(|(name, _)| is_signed(name)) {
        for at in 0..value.len() {
            for bit in 0..8 {
                let mut value = value.clone().into_bytes();
                value[at] ^= 1 << bit;
                case.with_header("a bit of a header", name, value, tally);
            }
        }
    }
}
