//! Shopify: the raw body signed whole, the topic in a header, the resource not wrapped.
//!
//! There is no replay window: Shopify itself repeats a delivery for hours, and a body that comes again is told apart by
//! its stamp. The topic is not signed, so nothing is concluded from it but the kind of body: the order topics all carry
//! the whole order and are read alike, and the bodies of orders, customers and consent are told apart by their fields.

mod buyer;
mod checkout;
mod compliance;
mod consent;
mod customer;
mod fulfilment;
mod goods_back;
mod line;
mod order;
mod person;
mod price;
mod product;
mod refund;

use retention::Time;
use retention::event::Event;
use retention::fetch::FetchKind;
use retention::ids::SourceName;
use retention::order::Stamp;

use crate::body;
use crate::delivery::Delivery;
use crate::heard::{Heard, hash};
use crate::parsed::Parsed;
use crate::scalar::Scalar;
use crate::secrets::Secrets;
use crate::signature::{self, Unverified};
use crate::unreadable::Unreadable;

/// The header of the signature: base64 of HMAC-SHA256 over the raw body, keyed with the app's client secret.
pub const SIGNATURE_HEADER: &str = "x-shopify-hmac-sha256";

/// The header of the topic.
pub const TOPIC_HEADER: &str = "x-shopify-topic";

/// The topic of consent to email since API version 2025-01, as it stands in the header.
pub const CONSENT_TOPIC: &str = "customers_email_marketing_consent/update";

/// The topics to subscribe to. Those of the law (`customers/data_request`, `customers/redact`, `shop/redact`) are not among
/// them: they are set in the app's own settings.
pub const TOPICS: [&str; 26] = [
    "orders/create",
    "orders/updated",
    "orders/paid",
    "orders/cancelled",
    "orders/fulfilled",
    "orders/partially_fulfilled",
    "customers/create",
    "customers/update",
    "customers/delete",
    "customers/enable",
    "customers/disable",
    "customers/merge",
    CONSENT_TOPIC,
    "checkouts/create",
    "checkouts/update",
    "fulfillments/create",
    "fulfillments/update",
    "fulfillment_events/create",
    "refunds/create",
    "returns/request",
    "returns/approve",
    "returns/decline",
    "returns/close",
    "products/create",
    "products/update",
    "products/delete",
];

/// A delivery that Shopify has written.
#[derive(Debug, Clone)]
pub struct Verified<'a>(Delivery<'a>);

/// Proves that a delivery was signed with one of the app's client secrets.
pub fn verify<'a>(delivery: &Delivery<'a>, secrets: &Secrets) -> Result<Verified<'a>, Unverified> {
    let signature = signature::read(delivery, SIGNATURE_HEADER)?;
    signature::check(secrets.texts().map(str::as_bytes), delivery.body(), &signature)?;
    Ok(Verified(delivery.clone()))
}

/// A delivery that came over a partner event bus. It has no signature: AWS lets nobody but Shopify put events on the bus of
/// Shopify's event source, and whoever calls this has seen that the event came from there.
pub fn from_bus<'a>(topic: &'a str, payload: &'a [u8]) -> Verified<'a> {
    Verified(Delivery::new([(TOPIC_HEADER, topic)], payload))
}

/// Signs a body as Shopify would, with the current secret: the value of [`SIGNATURE_HEADER`].
pub fn sign(body: &[u8], secrets: &Secrets) -> String {
    signature::write(secrets.current().as_bytes(), &[body])
}

/// Reads what a verified delivery says, as heard at `heard_at` from the storefront that is configured as `source`.
pub fn parse(verified: &Verified<'_>, source: &SourceName, heard_at: Time) -> Result<Parsed, Unreadable> {
    let topic = verified.0.once(TOPIC_HEADER);
    let body = verified.0.body();
    let heard = Heard { source, at: heard_at };
    let event = match topic {
        "orders/create"
        | "orders/updated"
        | "orders/paid"
        | "orders/cancelled"
        | "orders/fulfilled"
        | "orders/partially_fulfilled" => order::event(&body::read(body)?, &hash(body), heard)?,
        "customers/create" | "customers/update" | "customers/disable" => {
            Some(customer::event(&body::read(body)?, &hash(body), heard)?)
        }
        "customers/enable" => customer::account(&body::read(body)?, &hash(body), heard)?,
        "customers/delete" => Some(customer::gone(&body::read(body)?, heard)?),
        "customers/merge" => customer::merge(&body::read(body)?, heard)?,
        // The second name is the one in Shopify's changelog; the first is what its documentation and its header say.
        CONSENT_TOPIC | "customers/email_marketing_consent_update" => Some(consent::event(&body::read(body)?, heard)?),
        "checkouts/create" | "checkouts/update" => checkout::event(&body::read(body)?, &hash(body), heard)?,
        "fulfillments/create" | "fulfillments/update" => Some(fulfilment::event(&body::read(body)?, heard)?),
        "fulfillment_events/create" => fulfilment::carrier_event(&body::read(body)?, heard)?,
        "refunds/create" => refund::event(&body::read(body)?, heard)?,
        "returns/request" | "returns/approve" | "returns/decline" | "returns/close" | "returns/update" => {
            goods_back::event(&body::read(body)?, heard)?
        }
        "products/create" | "products/update" => {
            return product::product(&body::read(body)?, &hash(body), heard).map(|p| Parsed::Product(Box::new(p)));
        }
        "products/delete" => {
            return product::gone(&body::read(body)?, &hash(body), heard).map(|p| Parsed::Product(Box::new(p)));
        }
        "customers/data_request" => return compliance::export(&body::read(body)?, heard).map(Parsed::Request),
        "customers/redact" => return compliance::erase(&body::read(body)?, heard).map(Parsed::Request),
        "shop/redact" => return compliance::leave(&body::read(body)?).map(Parsed::Request),
        // Their bodies are an id, and say no more than that something is no more.
        "orders/delete" | "checkouts/delete" => return Ok(Parsed::Deleted),
        unknown => return Ok(Parsed::unknown_topic(unknown)),
    };
    Ok(event.map_or(Parsed::Nobody, |event: Event| Parsed::Event(Box::new(event))))
}

/// Reads an entity as the REST API gives it, not wrapped, heard at `heard_at` from the storefront that is configured as
/// `source`: the same resource that a webhook carries.
pub fn entity(kind: FetchKind, body: &[u8], source: &SourceName, heard_at: Time) -> Result<Parsed, Unreadable> {
    let heard = Heard { source, at: heard_at };
    match kind {
        FetchKind::Order => order::event(&body::read(body)?, &hash(body), heard).map(Parsed::person),
        FetchKind::Customer => {
            customer::event(&body::read(body)?, &hash(body), heard).map(|event| Parsed::person(Some(event)))
        }
        FetchKind::Product => {
            product::product(&body::read(body)?, &hash(body), heard).map(|product| Parsed::Product(Box::new(product)))
        }
        FetchKind::Cart => checkout::event(&body::read(body)?, &hash(body), heard).map(Parsed::person),
        FetchKind::Subscriber => Ok(Parsed::unknown_topic(kind.name())),
    }
}

/// The stamp of an entity: its last change, else its creation.
fn stamp(updated: &Scalar<'_>, created: &Scalar<'_>, rank: u8, hash: &str) -> Result<Stamp, Unreadable> {
    let at = match updated.time("updated_at")? {
        Some(at) => at,
        None => created.time("created_at")?.ok_or_else(|| Unreadable::missing("updated_at"))?,
    };
    Ok(Stamp { at, rank, hash: hash.to_owned() })
}
