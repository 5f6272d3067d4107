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

use retention::Time;
use retention::event::Event;
use retention::ids::SourceName;
use retention::order::Stamp;
use serde::Deserialize;

use crate::body;
use crate::delivery::Delivery;
use crate::heard::{Heard, hash};
use crate::object::Maybe;
use crate::parsed::Parsed;
use crate::scalar::Scalar;
use crate::signature::Unverified;
use crate::standard_webhooks;
use crate::unreadable::Unreadable;

use customer::CustomerData;
use order::OrderData;

pub use crate::standard_webhooks::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, TOLERANCE};
pub use keys::Keys;

/// A delivery that the shop has written.
#[derive(Debug, Clone)]
pub struct Verified<'a>(Delivery<'a>);

/// Proves that a delivery was signed with one of the keys, within [`TOLERANCE`] of `now`.
pub fn verify<'a>(delivery: &Delivery<'a>, keys: &Keys, now: Time) -> Result<Verified<'a>, Unverified> {
    standard_webhooks::verify(delivery, keys.all(), now)?;
    Ok(Verified(delivery.clone()))
}

/// Signs a body as a shop would, at `now` under `id`, with the current key: the value of [`SIGNATURE_HEADER`].
pub fn sign(id: &str, body: &[u8], keys: &Keys, now: Time) -> String {
    standard_webhooks::sign(id, body, keys.current(), now)
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
