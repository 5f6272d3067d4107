//! The revision: a hash of everything that could make the rules decide otherwise.

use retention::Shop;
use retention::ids::hex;
use retention::shop::RULES_VERSION;
use sha2::{Digest, Sha256};

/// Lower-case hex of SHA-256 over the parsed rules, their own version and that of the time zone data. Letters and
/// strings are not in it: a change of copy moves nobody's next look.
pub(crate) fn of(shop: &Shop) -> Result<String, serde_json::Error> {
    let mut hash = Sha256::new();
    hash.update(RULES_VERSION.to_be_bytes());
    hash.update(chrono_tz::IANA_TZDB_VERSION.as_bytes());
    // Every map in a shop is ordered, so one shop has one form.
    hash.update(serde_json::to_vec(&Shop { revision: String::new(), ..shop.clone() })?);
    Ok(hex(&hash.finalize(), 64))
}
