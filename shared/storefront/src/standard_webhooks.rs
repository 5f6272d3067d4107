//! The signature of Standard Webhooks: id, time and body signed together, whoever sends them.
//!
//! Source: <https://www.standardwebhooks.com>, version 1.0.0 of the specification.

use chrono::TimeDelta;
use retention::Time;

use crate::delivery::{Delivery, Header};
use crate::signature::{self, Unverified};

/// The header of the delivery's id.
pub const ID_HEADER: &str = "webhook-id";

/// The header of the time at which the delivery was signed, in whole seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";

/// The header of the signatures: `v1,` and the base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`, several of them with
/// spaces between.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// How far the time of signing may be from the clock, in either direction. The reference libraries take as much.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The version of the signatures that are read: symmetric ones.
const VERSION: &str = "v1";

/// Proves that a delivery was signed with one of the `keys`, within [`TOLERANCE`] of `now`.
pub(crate) fn verify<'k>(
    delivery: &Delivery<'_>,
    keys: impl Iterator<Item = &'k [u8]>,
    now: Time,
) -> Result<(), Unverified> {
    let id = id(delivery.once(ID_HEADER))?;
    let timestamp = delivery.once(TIMESTAMP_HEADER);
    if now.timestamp().abs_diff(seconds(timestamp)?) > TOLERANCE.num_seconds().unsigned_abs() {
        return Err(Unverified::Stale);
    }
    let signatures = match delivery.header(SIGNATURE_HEADER) {
        Header::Absent => return Err(Unverified::Missing),
        Header::Once(text) => signatures(text)?,
        Header::Repeated => return Err(Unverified::Doubled),
    };
    signature::check_any(keys, &signed(id, timestamp, delivery.body()), &signatures)
}

/// Signs a body at `now` under `id`: the value of [`SIGNATURE_HEADER`].
pub(crate) fn sign(id: &str, body: &[u8], key: &[u8], now: Time) -> String {
    let signature = signature::write(key, &signed(id, &now.timestamp().to_string(), body));
    format!("{VERSION},{signature}")
}

/// The parts of what is signed, in their order.
fn signed<'p>(id: &'p str, timestamp: &'p str, body: &'p [u8]) -> [&'p [u8]; 5] {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body]
}

/// An id. A full stop in it could be taken for the one after it (the specification asks that none be there).
fn id(text: &str) -> Result<&str, Unverified> {
    const MAX_BYTES: usize = 256;
    let plain = (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b'.');
    plain.then_some(text).ok_or(Unverified::Id)
}

/// Seconds since 1970: digits and nothing else, no sign, no white space.
pub(crate) fn seconds(text: &str) -> Result<i64, Unverified> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().ok_or(Unverified::Timestamp)
}

/// The signatures of our version. Others are there for other readers, and one that is no base64 spoils no other.
fn signatures(text: &str) -> Result<Vec<[u8; 32]>, Unverified> {
    let ours = text.split(' ').filter_map(|item| item.split_once(',')).filter(|(version, _)| *version == VERSION);
    let read: Vec<Result<[u8; 32], Unverified>> = ours.map(|(_, signature)| one(signature)).collect();
    let good: Vec<[u8; 32]> = read.iter().filter_map(|signature| signature.ok()).collect();
    match read.into_iter().find_map(Result::err) {
        Some(Unverified::Doubled) => Err(Unverified::Doubled),
        Some(why) if good.is_empty() => Err(why),
        None if good.is_empty() => Err(Unverified::Missing),
        _ => Ok(good),
    }
}

fn one(signature: &str) -> Result<[u8; 32], Unverified> {
    // Base64 has no comma: one stands here only because a gateway joined two headers.
    if signature.contains(',') { Err(Unverified::Doubled) } else { signature::decode(signature) }
}
