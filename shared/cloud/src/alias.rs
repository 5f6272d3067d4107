//! Keyed hashes: how a person is found without the table holding addresses in its keys.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use retention::ids::{Lot, OfferName, hex};
use retention::{EmailAddress, event::Alias};
use sha2::Sha256;

/// The key of all hashes of a shop. It never rotates and is backed up: without it nobody is found again.
#[derive(Clone)]
pub struct HashKey(Vec<u8>);

/// A hash key that is missing or shorter than 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hash key needs at least 32 bytes")]
pub struct WeakHashKey;

impl HashKey {
    /// Takes a key of at least 32 bytes.
    pub fn new(key: &[u8]) -> Result<Self, WeakHashKey> {
        (key.len() >= 32).then(|| Self(key.to_owned())).ok_or(WeakHashKey)
    }

    /// The hash of an alias, over kind, source and value.
    pub fn alias(&self, alias: &Alias) -> String {
        self.hash(&alias.parts())
    }

    /// The hash of an address, for its suppression: not that of its alias, so that erasing one leaves the other.
    pub fn suppression(&self, address: &EmailAddress) -> String {
        self.hash(&["suppression", &address.normal()])
    }

    /// The code of this number in a lot of an offer, such as `7K2M4P9QXW`: ten signs that nobody mistakes for each other, and
    /// that nobody guesses who has not the key.
    pub fn code(&self, offer: &OfferName, lot: &Lot, number: u64) -> String {
        const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
        const LENGTH: usize = 10;
        let hash = self.hash(&["code", offer.as_str(), lot.as_str(), &number.to_string()]);
        // Two hex digits are more than a sign needs, and all signs are as likely: 32 divides 256.
        let digits = hash.as_bytes().chunks(2).take(LENGTH);
        let sign = |two: &[u8]| {
            let number = std::str::from_utf8(two).ok().and_then(|two| usize::from_str_radix(two, 16).ok());
            char::from(SIGNS[number.unwrap_or_default() % SIGNS.len()])
        };
        digits.map(sign).collect()
    }

    fn hash(&self, parts: &[&str]) -> String {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        hex(&mac.finalize().into_bytes(), 32)
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(redacted)")
    }
}
