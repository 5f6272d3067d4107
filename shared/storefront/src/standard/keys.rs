//! The secrets of Standard Webhooks.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::secrets::BadSecrets;

/// The keys of a shop: one, or two while the old one is being replaced.
#[derive(Clone)]
pub struct Keys {
    current: Vec<u8>,
    former: Option<Vec<u8>>,
}

/// What a symmetric secret begins with. Those of the asymmetric scheme begin otherwise, and are refused.
const PREFIX: &str = "whsec_";

impl Keys {
    /// The fewest bytes of a key, by the specification.
    pub const MIN_BYTES: usize = 24;
    /// The most bytes of a key, by the specification.
    pub const MAX_BYTES: usize = 64;

    /// Takes the valid secrets as they are configured, the current one first: `whsec_` and the base64 of 24 to 64 bytes.
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Result<Self, BadSecrets> {
        let texts: Vec<&str> = secrets.into_iter().collect();
        if !(1..=2).contains(&texts.len()) {
            return Err(BadSecrets::Count(texts.len()));
        }
        let keys: Result<Vec<Vec<u8>>, BadSecrets> =
            texts.into_iter().enumerate().map(|(index, text)| key(index + 1, text)).collect();
        let mut keys = keys?.into_iter();
        let current = keys.next().ok_or(BadSecrets::Count(0))?;
        Ok(Self { current, former: keys.next() })
    }

    pub(super) fn current(&self) -> &[u8] {
        &self.current
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(&self.current).chain(&self.former).map(Vec::as_slice)
    }
}

fn key(number: usize, text: &str) -> Result<Vec<u8>, BadSecrets> {
    if text.trim() != text {
        return Err(BadSecrets::Padded(number));
    }
    let encoded = text.strip_prefix(PREFIX).ok_or(BadSecrets::Prefix(number))?;
    let bytes = STANDARD.decode(encoded).map_err(|_| BadSecrets::NotBase64(number))?;
    let fits = (Keys::MIN_BYTES..=Keys::MAX_BYTES).contains(&bytes.len());
    if fits { Ok(bytes) } else { Err(BadSecrets::Length(number, bytes.len())) }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({} redacted)", self.all().count())
    }
}
