//! The token in an unsubscribe link: names a customer, proves that we made it, and says nothing else.
//!
//! It has no expiry, since a letter may be opened years later, and no address. It can only unsubscribe, and open the
//! preferences of, its own customer.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ids::{CustomerId, hex};

/// The version of the form below.
const VERSION: &str = "1";
/// Hex digits of the key id and of the tag (128 bits).
const KEY_ID: usize = 4;
const TAG: usize = 32;

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

    /// The token of a customer: version, key id, customer, tag.
    pub fn sign(&self, customer: &CustomerId) -> String {
        self.0.first().map(|key| token(key, customer)).unwrap_or_default()
    }

    /// The customer that a token names, if one of the keys made it. Compares in constant time.
    pub fn verify(&self, text: &str) -> Option<CustomerId> {
        let rest = text.strip_prefix(VERSION).filter(|rest| rest.is_ascii() && rest.len() > KEY_ID + TAG)?;
        let customer = CustomerId::parse(&rest[KEY_ID..rest.len() - TAG])?;
        let made = |key: &Vec<u8>| {
            let ours = token(key, &customer);
            ours.len() == text.len() && ours.bytes().zip(text.bytes()).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0
        };
        self.0.iter().any(made).then_some(customer)
    }
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKeys(redacted)")
    }
}

fn token(key: &[u8], customer: &CustomerId) -> String {
    let mac = |fields: &[&str]| {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
        for field in fields {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field.as_bytes());
        }
        mac.finalize().into_bytes()
    };
    let key_id = hex(&mac(&["key id"]), KEY_ID);
    let tag = hex(&mac(&["customer", VERSION, &key_id, customer.as_str()]), TAG);
    format!("{VERSION}{key_id}{customer}{tag}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

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
    fn a_token_that_was_cut_or_changed_anywhere_is_nobodys() {
        let token = keys(&[1]).sign(&customer());
        for index in 0..token.len() {
            assert_eq!(keys(&[1]).verify(&token[..index]), None);
            let mut changed = token.clone().into_bytes();
            changed[index] ^= 1;
            assert_eq!(keys(&[1]).verify(&String::from_utf8_lossy(&changed)), None, "{index}");
        }
        assert_eq!(keys(&[1]).verify(&"ü".repeat(40)), None);
        assert_eq!(keys(&[1]).verify(&"1".repeat(2048)), None);
    }

    #[test]
    fn a_short_key_is_refused() {
        assert!(TokenKeys::new(vec![]).is_err() && TokenKeys::new(vec![vec![0; 31]]).is_err());
    }
}
