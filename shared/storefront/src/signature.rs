//! HMAC-SHA256, base64 in a header: what the storefronts share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::delivery::{Delivery, Header};

/// Why a delivery is not believed. Each is answered alike, so that a forger learns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// No signature, or an empty one.
    #[error("the delivery has no signature")]
    Missing,
    /// More than one: which of them was meant is a guess, and a guess is how signatures are smuggled in.
    #[error("the delivery has more than one signature")]
    Doubled,
    /// Not the base64 of 32 bytes, with its padding and nothing else.
    #[error("the signature of the delivery is not the base64 of 32 bytes")]
    NotBase64,
    /// No id, more than one, or one with which the signed text could be cut in another place.
    #[error("the id of the delivery is missing, or is not printable text without a full stop")]
    Id,
    /// No time of signing, or not one.
    #[error("the timestamp of the delivery is missing, or is not whole seconds since 1970")]
    Timestamp,
    /// Signed too long ago, or in the future: somebody sends again what was sent before, or a clock is wrong.
    #[error("the delivery was signed too long before its arrival, or after it")]
    Stale,
    /// A signature of something else, or by another secret.
    #[error("the signature of the delivery is wrong")]
    Wrong,
}

/// Bytes of HMAC-SHA256.
const BYTES: usize = 32;

/// Reads the one signature that stands in the header `name`.
pub(crate) fn read(delivery: &Delivery<'_>, name: &str) -> Result<[u8; BYTES], Unverified> {
    let text = match delivery.header(name) {
        Header::Absent | Header::Once("") => return Err(Unverified::Missing),
        // Base64 has no comma: one stands here only because a gateway joined two headers.
        Header::Once(text) if !text.contains(',') => text,
        Header::Once(_) | Header::Repeated => return Err(Unverified::Doubled),
    };
    decode(text)
}

/// Whether `signature` is that of `body` under one of the `keys`. The comparison takes the same time for any guess.
pub(crate) fn check<'k>(
    keys: impl Iterator<Item = &'k [u8]>,
    body: &[u8],
    signature: &[u8; BYTES],
) -> Result<(), Unverified> {
    check_any(keys, &[body], std::slice::from_ref(signature))
}

/// Whether one of the `signatures` is that of the `parts` one after the other under one of the `keys`.
pub(crate) fn check_any<'k>(
    mut keys: impl Iterator<Item = &'k [u8]>,
    parts: &[&[u8]],
    signatures: &[[u8; BYTES]],
) -> Result<(), Unverified> {
    // The parts are hashed once for each key, however many signatures there are.
    let signed_with = |key: &[u8]| {
        let mac = mac(key, parts);
        signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
    };
    keys.any(signed_with).then_some(()).ok_or(Unverified::Wrong)
}

/// The 32 bytes of a signature as they stand in a header. This engine refuses missing padding and stray trailing bits, so
/// that one signature has one spelling.
pub(crate) fn decode(text: &str) -> Result<[u8; BYTES], Unverified> {
    let bytes = STANDARD.decode(text).map_err(|_| Unverified::NotBase64)?;
    bytes.try_into().map_err(|_| Unverified::NotBase64)
}

/// The signature of the `parts` one after the other under `key`, as it stands in a header.
pub(crate) fn write(key: &[u8], parts: &[&[u8]]) -> String {
    STANDARD.encode(mac(key, parts).finalize().into_bytes())
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length (RFC 2104, section 2)");
    for part in parts {
        mac.update(part);
    }
    mac
}
