//! Any other shop: Standard Webhooks around a body of our own, `docs/webhooks.schema.json`.
//!
//! Id, time and body are signed together, so all of them are believed, the `type` in the body too. The reading is strict:
//! who writes these bodies has the schema at hand, and what the schema refuses is refused here, named by its field.
//!
//! Source: <https://www.standardwebhooks.com>, version 1.0.0 of the specification.

mod customer;
mod field;
mod keys;
mod line;
mod order;

use chrono::TimeDelta;
use retention::Time;
use retention::event::Event;
use retention::ids::SourceName;
use retention::order::Stamp;
use serde::Deserialize;

use crate::body;
use crate::delivery::{Delivery, Header};
use crate::heard::{Heard, hash};
use crate::object::Maybe;
use crate::parsed::Parsed;
use crate::scalar::Scalar;
use crate::signature::{self, Unverified};
use crate::unreadable::Unreadable;

use customer::CustomerData;
use order::OrderData;

pub use keys::Keys;

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

/// A delivery that the shop has written.
#[derive(Debug, Clone)]
pub struct Verified<'a>(Delivery<'a>);

/// Proves that a delivery was signed with one of the keys, within [`TOLERANCE`] of `now`.
pub fn verify<'a>(delivery: &Delivery<'a>, keys: &Keys, now: Time) -> Result<Verified<'a>, Unverified> {
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
    signature::check_any(keys.all(), &signed(id, timestamp, delivery.body()), &signatures)?;
    Ok(Verified(delivery.clone()))
}

/// Signs a body as a shop would, at `now` under `id`, with the current key: the value of [`SIGNATURE_HEADER`].
pub fn sign(id: &str, body: &[u8], keys: &Keys, now: Time) -> String {
    let signature = signature::write(keys.current(), &signed(id, &now.timestamp().to_string(), body));
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
fn seconds(text: &str) -> Result<i64, Unverified> {
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

/// What every body begins with.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Head<'a> {
    #[serde(rename = "type")]
    kind: Scalar<'a>,
    timestamp: Scalar<'a>,
}

/// A body of one kind.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Envelope<T> {
    #[serde(default)]
    data: Maybe<T>,
}

impl Head<'_> {
    /// When it happened. Nothing is heard before it happened: a time in the future is a clock or an offset that is
    /// wrong, and every later change would be taken for an older one.
    fn happened_at(&self, heard: Heard<'_>) -> Result<Time, Unreadable> {
        let at = field::needed("timestamp", field::time(&self.timestamp, "timestamp")?)?;
        (at <= heard.at + TOLERANCE).then_some(at).ok_or_else(|| Unreadable::field("timestamp", "in the future"))
    }
}

/// The data of a body.
fn data<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Unreadable> {
    body::read::<Envelope<T>>(body)?.data.take().ok_or_else(|| Unreadable::missing("data"))
}

/// The `type` of a body, where it can be read.
pub(crate) fn topic(body: &[u8]) -> Option<String> {
    const MAX_BYTES: usize = 64;
    body::read::<Head<'_>>(body).ok()?.kind.line(MAX_BYTES)
}

/// Reads what a verified delivery says, as heard at `heard_at` from the shop that is configured as `source`.
pub fn parse(verified: &Verified<'_>, source: &SourceName, heard_at: Time) -> Result<Parsed, Unreadable> {
    let body = verified.0.body();
    let opening: Head<'_> = body::read(body)?;
    let kind = field::needed("type", field::text(&opening.kind, "type")?)?;
    let heard = Heard { source, at: heard_at };
    let happened = match kind {
        "order.placed" | "order.changed" => Happened::Order(order::Change::Any),
        "order.paid" => Happened::Order(order::Change::Paid),
        "order.cancelled" => Happened::Order(order::Change::Cancelled),
        "customer.created" | "customer.changed" => Happened::Customer,
        "consent.changed" => Happened::Consent,
        unknown => return Ok(Parsed::unknown_topic(unknown)),
    };
    let at = opening.happened_at(heard)?;
    let stamp = |rank: u8| Stamp { at, rank, hash: hash(body) };
    let event = match happened {
        Happened::Order(change) => data::<OrderData<'_>>(body)?.event(change, stamp, heard),
        Happened::Customer => data::<CustomerData<'_>>(body)?.changed(stamp(0), heard),
        Happened::Consent => data::<CustomerData<'_>>(body)?.spoke(heard),
    };
    let event: Event = event.map_err(|error| error.inside("data", None))?;
    let named = event.person.id.is_some() || event.person.email.is_some();
    Ok(if named { Parsed::Event(Box::new(event)) } else { Parsed::Nobody })
}

/// What a body is about.
#[derive(Clone, Copy)]
enum Happened {
    Order(order::Change),
    Customer,
    Consent,
}
