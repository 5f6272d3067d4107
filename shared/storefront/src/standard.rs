//! Any other shop: Standard Webhooks around a body of our own, `docs/webhooks.schema.json`.
//!
//! Id, time and body are signed together, so all of them are believed, the `type` in the body too. The reading is strict:
//! who writes these bodies has the schema at hand, and what the schema refuses is refused here, named by its field.
//!
//! Source: <https://www.standardwebhooks.com>, version 1.0.0 of the specification.

mod after_sale;
mod cart;
mod customer;
mod field;
mod interest;
mod keys;
mod line;
mod order;
mod product;

use retention::Time;
use retention::after_sale::ReturnState;
use retention::event::Entity;
use retention::ids::SourceName;
use retention::interest::InterestKind;
use retention::order::Stamp;
use serde::Deserialize;

use crate::body;
use crate::delivery::Delivery;
use crate::heard::{Heard, hash};
use crate::object::Maybe;
use crate::parsed::{Parsed, Request};
use crate::scalar::Scalar;
use crate::signature::Unverified;
use crate::standard_webhooks;
use crate::unreadable::Unreadable;

use after_sale::{Moment, ParcelData, RefundData, ReturnData};
use cart::CartData;
use customer::{CustomerData, MergedData};
use interest::{Did, DidData};
use order::OrderData;
use product::ProductData;

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
    let Some(happened) = Happened::of(kind) else { return Ok(Parsed::unknown_topic(kind)) };
    let at = opening.happened_at(heard)?;
    happened.parse(body, at, heard).map_err(|error| match error {
        Unreadable::Field { ref field, .. } if field == "data" => error,
        error => error.inside("data", None),
    })
}

/// What a body is about.
#[derive(Clone, Copy)]
enum Happened {
    Order(order::Change),
    Cart { completed: bool },
    Parcel(Moment),
    Refund,
    Return(ReturnState),
    Customer,
    Account,
    Deleted,
    Merged,
    Consent,
    Product,
    ProductDeleted,
    Did(Did),
    Export,
    Erase,
}

impl Happened {
    /// What a `type` says.
    fn of(kind: &str) -> Option<Self> {
        let sign = |kind| Self::Did(Did::Sign { kind, over: false });
        Some(match kind {
            "order.placed" | "order.changed" => Self::Order(order::Change::Any),
            "order.paid" => Self::Order(order::Change::Paid),
            "order.cancelled" => Self::Order(order::Change::Cancelled),
            "cart.changed" => Self::Cart { completed: false },
            "cart.completed" => Self::Cart { completed: true },
            "parcel.shipped" => Self::Parcel(Moment::Shipped),
            "parcel.out_for_delivery" => Self::Parcel(Moment::OutForDelivery),
            "parcel.delivered" => Self::Parcel(Moment::Delivered),
            "parcel.delayed" => Self::Parcel(Moment::Delayed),
            "refund.created" => Self::Refund,
            "return.requested" => Self::Return(ReturnState::Requested),
            "return.received" => Self::Return(ReturnState::Received),
            "customer.created" | "customer.changed" => Self::Customer,
            "customer.deleted" => Self::Deleted,
            "customer.merged" => Self::Merged,
            "account.enabled" => Self::Account,
            "consent.changed" => Self::Consent,
            "product.changed" => Self::Product,
            "product.deleted" => Self::ProductDeleted,
            "product.viewed" => sign(InterestKind::ViewedProduct),
            "category.viewed" => sign(InterestKind::ViewedCategory),
            "favourite.added" => sign(InterestKind::Favourite),
            "favourite.removed" => Self::Did(Did::Sign { kind: InterestKind::Favourite, over: true }),
            "back_in_stock.requested" => sign(InterestKind::BackInStock),
            "review.left" => Self::Did(Did::Reviewed),
            "coupon.redeemed" => Self::Did(Did::Redeemed),
            "privacy.export_requested" => Self::Export,
            "privacy.erasure_requested" => Self::Erase,
            _ => return None,
        })
    }

    /// Reads the data of a body, which happened `at`.
    fn parse(self, body: &[u8], at: Time, heard: Heard<'_>) -> Result<Parsed, Unreadable> {
        let stamp = |rank: u8| Stamp { at, rank, hash: hash(body) };
        let event = match self {
            Self::Order(change) => data::<OrderData<'_>>(body)?.event(change, stamp, heard)?,
            Self::Cart { completed } => {
                data::<CartData<'_>>(body)?.event(completed, stamp(u8::from(completed)), heard)?
            }
            Self::Parcel(moment) => data::<ParcelData<'_>>(body)?.event(moment, stamp(0), heard)?,
            Self::Refund => data::<RefundData<'_>>(body)?.event(at, heard)?,
            Self::Return(state) => data::<ReturnData<'_>>(body)?.event(state, at, heard)?,
            Self::Customer => data::<CustomerData<'_>>(body)?.changed(stamp(0), heard)?,
            Self::Account => data::<CustomerData<'_>>(body)?.enabled(at, heard)?,
            Self::Deleted => data::<CustomerData<'_>>(body)?.gone(at, heard)?,
            Self::Merged => data::<MergedData<'_>>(body)?.event(heard)?,
            Self::Consent => data::<CustomerData<'_>>(body)?.spoke(heard)?,
            Self::Did(did) => data::<DidData<'_>>(body)?.event(did, at, heard)?,
            Self::Product => {
                let product = data::<ProductData<'_>>(body)?.product(stamp(0), heard)?;
                return Ok(Parsed::Product(Box::new(product)));
            }
            Self::ProductDeleted => {
                let product = data::<ProductData<'_>>(body)?.gone(stamp(1), heard)?;
                return Ok(Parsed::Product(Box::new(product)));
            }
            Self::Export => {
                let person = data::<CustomerData<'_>>(body)?.person(heard)?;
                return Ok(Parsed::Request(Request::Export(Box::new(person))));
            }
            Self::Erase => {
                let person = data::<CustomerData<'_>>(body)?.person(heard)?;
                return Ok(Parsed::Request(Request::Erase(Box::new(person))));
            }
        };
        let named = event.person.id.is_some() || event.person.email.is_some();
        let named = named || matches!(event.entity, Entity::AfterSale(..));
        Ok(if named { Parsed::Event(Box::new(event)) } else { Parsed::Nobody })
    }
}
