//! The right thing signed with the wrong secret, and secrets that are none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use retention::shop::SourceKind;
use storefront::adapter::Adapter;

use super::{Case, Tally};
use crate::door::now;

const PREFIX: &str = "whsec_";

/// Signs a delivery with every secret that differs in one bit, with others, and with zeros, which HMAC takes for an empty
/// key.
pub(super) fn sign_with_others(case: &Case<'_>, tally: &mut Tally) {
    let kind = case.door.kind;
    let key = match case.door.secret.strip_prefix(PREFIX) {
        Some(encoded) => STANDARD.decode(encoded).unwrap_or_default(),
        None => case.door.secret.into(),
    };
    let flipped = (0..key.len() * 8).map(|bit| {
        let mut key = key.clone();
        key[bit / 8] ^= 1 << (bit % 8);
        key
    });
    let upper: Vec<u8> = key.to_ascii_uppercase();
    let doubled: Vec<u8> = key.iter().chain(&key).copied().take(64).collect();
    let cut: Vec<u8> = key[..key.len() - 1].to_vec();
    let others = [vec![0; 32], vec![b'a'; 32], upper, doubled, cut];
    for other in flipped.chain(others) {
        let Some(wrong) = adapter(kind, other) else {
            tally.secrets_refused += 1;
            continue;
        };
        let body = &case.own.signed.body;
        case.forged("signed with another secret", &wrong.sign("", body, now()), body, tally);
    }
}

/// An adapter with a key, if it can be configured.
fn adapter(kind: SourceKind, key: Vec<u8>) -> Option<Adapter> {
    let secret = match kind {
        SourceKind::Standard => format!("{PREFIX}{}", STANDARD.encode(key)),
        _ => String::from_utf8(key).ok()?,
    };
    Adapter::new(kind, [secret.as_str()]).ok()
}

/// Counts the secrets that must be refused. One that is not counts as a forgery that was believed.
pub(super) fn refused(tally: &mut Tally) {
    let none: [&[&str]; 7] = [&[], &[""], &[" "], &["\n"], &["", ""], &[PREFIX], &["whsec_AAAA"]];
    for kind in SourceKind::ALL {
        for secrets in none {
            let made = Adapter::new(kind, secrets.iter().copied()).is_ok();
            tally.secrets_refused += u64::from(!made);
            if made {
                tally.count(kind, "no secret at all", true);
            }
        }
    }
}
