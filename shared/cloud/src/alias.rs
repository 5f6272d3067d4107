//! Keyed hashes: how a person is found without the table holding addresses in its keys.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use retention::ids::hex;
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
