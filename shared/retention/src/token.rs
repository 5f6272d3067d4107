//! The token in a link: names a customer, proves that we made it, and says nothing else. There is no address in it.
//!
//! That of the unsubscribe link has no expiry, since a letter may be opened years later. It can only unsubscribe, and open
//! the preferences of, its own customer. What does more has a token of its own [`Purpose`] that runs out: the purpose is
//! under the HMAC, so none can be used in the place of another.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ids::{CustomerId, hex};
use crate::time::Time;

/// The version of the form that has no expiry, and of the one that has.
const VERSION: &str = "1";
const EXPIRING: &str = "2";
/// Hex digits of an expiry, in seconds since 1970.
const EXPIRY: usize = 10;
/// Hex digits of the key id and of the tag (128 bits).
const KEY_ID: usize = 4;
const TAG: usize = 32;

/// What a token that runs out is good for, and for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To confirm a sign-up.
    Confirm,
    /// To fetch or to erase one's own data.
    Data,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Purpose::Confirm => "confirm",
            Purpose::Data => "data",
        }
    }
}

/// Keys for tokens: the first signs, all verify. Old keys verify for years.
pub struct TokenKeys(Vec<Vec<u8>>);

/// A key of fewer than 32 bytes, or none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token key needs at least 32 bytes")]
pub struct WeakKey;

impl TokenKeys {
    /// Takes keys, the newest first.
    pub fn new(keys: Vec<Vec<u8>>) -> Result<Self, WeakKey> {
        let strong = !keys.is_empty() && keys.iter().all(|key| key.len() >= 32);
        strong.then_some(Self(keys)).ok_or(WeakKey)
    }

    /// Whether a token names a key that is none of these: it may be of a newer one.
    pub fn lack(&self, text: &str) -> bool {
        let rest = text.strip_prefix(VERSION).or_else(|| text.strip_prefix(EXPIRING));
        let named = rest.filter(|rest| rest.is_ascii() && rest.len() > KEY_ID + TAG).map(|rest| &rest[..KEY_ID]);
        named.is_some_and(|named| self.0.iter().all(|key| mac(key, &["key id"], KEY_ID) != named))
    }

    /// The token of a customer: version, key id, customer, tag.
    pub fn sign(&self, customer: &CustomerId) -> String {
        self.0.first().map(|key| token(key, customer)).unwrap_or_default()
    }

    /// A token of a customer for a purpose, until a moment: version, key id, customer, expiry, tag.
    pub fn sign_until(&self, purpose: Purpose, customer: &CustomerId, until: Time) -> String {
        self.0.first().map(|key| expiring(key, purpose, customer, &expiry(until))).unwrap_or_default()
    }

    /// The customer that a token for this purpose names, and until when it is good, if one of the keys made it. Whether it
    /// has run out is the caller's question: whose it was is known all the same.
    pub fn verify_for(&self, purpose: Purpose, text: &str) -> Option<(CustomerId, Time)> {
        let names = between(text.strip_prefix(EXPIRING)?)?;
        let (customer, until) = names.split_at_checked(names.len().checked_sub(EXPIRY)?)?;
        let customer = CustomerId::parse(customer)?;
        let made = |key: &Vec<u8>| is_same(&expiring(key, purpose, &customer, until), text);
        if !self.0.iter().any(made) {
            return None;
        }
        let until = i64::from_str_radix(until, 16).ok().and_then(|seconds| Time::from_timestamp(seconds, 0))?;
        Some((customer, until))
    }

    /// The customer that a token names, if one of the keys made it. Compares in constant time.
    pub fn verify(&self, text: &str) -> Option<CustomerId> {
        let customer = CustomerId::parse(between(text.strip_prefix(VERSION)?)?)?;
        let made = |key: &Vec<u8>| is_same(&token(key, &customer), text);
        self.0.iter().any(made).then_some(customer)
    }
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKeys(redacted)")
    }
}

/// What stands between the key id and the tag.
fn between(rest: &str) -> Option<&str> {
    rest.get(KEY_ID..rest.len().checked_sub(TAG)?)
}

/// Compares in constant time.
fn is_same(ours: &str, text: &str) -> bool {
    ours.len() == text.len() && ours.bytes().zip(text.bytes()).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0
}

fn token(key: &[u8], customer: &CustomerId) -> String {
    let key_id = mac(key, &["key id"], KEY_ID);
    let tag = mac(key, &["customer", VERSION, &key_id, customer.as_str()], TAG);
    format!("{VERSION}{key_id}{customer}{tag}")
}

fn expiring(key: &[u8], purpose: Purpose, customer: &CustomerId, until: &str) -> String {
    let key_id = mac(key, &["key id"], KEY_ID);
    let tag = mac(key, &[purpose.name(), EXPIRING, &key_id, customer.as_str(), until], TAG);
    format!("{EXPIRING}{key_id}{customer}{until}{tag}")
}

fn expiry(until: Time) -> String {
    format!("{:010x}", until.timestamp().max(0))
}

/// The first hex digits of the HMAC over length-prefixed fields.
fn mac(key: &[u8], fields: &[&str], digits: usize) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    for field in fields {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field.as_bytes());
    }
    hex(&mac.finalize().into_bytes(), digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(seeds: &[u8]) -> TokenKeys {
        TokenKeys::new(seeds.iter().map(|s| vec![*s; 32]).collect()).unwrap()
    }

    fn customer() -> CustomerId {
        CustomerId::derive("x", Time::UNIX_EPOCH)
    }

    #[test]
    fn a_token_names_its_customer_and_an_old_key_still_verifies() {
        let token = keys(&[1]).sign(&customer());
        assert_eq!(keys(&[1]).verify(&token), Some(customer()));
        assert_eq!(keys(&[2, 1]).verify(&token), Some(customer()));
        assert_eq!(keys(&[2]).verify(&token), None);
    }

    #[test]
    fn keys_lack_that_of_a_newer_token_and_of_no_other_text() {
        let until = Time::UNIX_EPOCH;
        for newer in [keys(&[2]).sign(&customer()), keys(&[2]).sign_until(Purpose::Data, &customer(), until)] {
            assert!(keys(&[1]).lack(&newer));
            assert!(!keys(&[2, 1]).lack(&newer) && !keys(&[1, 2]).lack(&newer));
        }
        let of = |length: usize| format!("1{}", "a".repeat(length));
        for text in ["", "1", "1abcd", "x", "1\u{17f}".repeat(40).as_str(), &of(KEY_ID + TAG)] {
            assert!(!keys(&[1]).lack(text), "{text}");
        }
        assert!(keys(&[1]).lack(&of(KEY_ID + TAG + 1)));
    }

    #[test]
    fn a_token_that_was_cut_or_changed_anywhere_is_nobodys() {
        let token = keys(&[1]).sign(&customer());
        for index in 0..token.len() {
            assert_eq!(keys(&[1]).verify(&token[..index]), None);
            let mut changed = token.clone().into_bytes();
            changed[index] ^= 1;
            assert_eq!(keys(&[1]).verify(&String::from_utf8_lossy(&changed)), None, "{index}");
            // The same change at two places is no change of their sum.
            changed[(index + 1) % token.len()] ^= 1;
            assert_eq!(keys(&[1]).verify(&String::from_utf8_lossy(&changed)), None, "{index} and the next");
        }
        assert_eq!(keys(&[1]).verify(&format!("1{}", "ü".repeat(40))), None);
        assert_eq!(keys(&[1]).verify(&"1".repeat(2048)), None);
    }

    #[test]
    fn a_token_for_one_purpose_is_good_for_no_other() {
        let until = Time::from_timestamp(2_000_000_000, 0).unwrap();
        let keys = keys(&[1]);
        let (confirm, data) = [Purpose::Confirm, Purpose::Data].map(|p| keys.sign_until(p, &customer(), until)).into();
        assert_eq!(keys.verify_for(Purpose::Confirm, &confirm), Some((customer(), until)));
        assert_eq!(keys.verify_for(Purpose::Data, &data), Some((customer(), until)));
        assert_eq!(keys.verify_for(Purpose::Data, &confirm), None);
        assert_eq!(keys.verify_for(Purpose::Confirm, &data), None);
        assert_eq!((keys.verify(&confirm), keys.verify(&data)), (None, None));
        assert_eq!(keys.verify_for(Purpose::Data, &keys.sign(&customer())), None);
    }

    #[test]
    fn an_expiry_that_was_changed_is_nobodys_and_an_old_key_still_verifies() {
        let until = Time::from_timestamp(2_000_000_000, 0).unwrap();
        let token = keys(&[1]).sign_until(Purpose::Data, &customer(), until);
        assert_eq!(keys(&[2, 1]).verify_for(Purpose::Data, &token), Some((customer(), until)));
        assert_eq!(keys(&[2]).verify_for(Purpose::Data, &token), None);
        for index in 0..token.len() {
            assert_eq!(keys(&[1]).verify_for(Purpose::Data, &token[..index]), None);
            let mut changed = token.clone().into_bytes();
            changed[index] ^= 1;
            let changed = String::from_utf8_lossy(&changed).into_owned();
            assert_eq!(keys(&[1]).verify_for(Purpose::Data, &changed), None, "{index}");
        }
    }

    #[test]
    fn a_short_key_is_refused() {
        assert!(TokenKeys::new(vec![]).is_err() && TokenKeys::new(vec![vec![0; 31]]).is_err());
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(format!("{:?}", keys(&[1])), "TokenKeys(redacted)");
    }
}
