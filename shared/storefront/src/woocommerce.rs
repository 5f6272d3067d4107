//! WooCommerce: the raw body signed whole, the topic in a header, the resource as the REST API (v1 to v3) gives it.
//!
//! There is no replay window, and a delivery that failed is never repeated. The delivery id (`X-WC-Webhook-Delivery-ID`)
//! is a hash of the webhook's id and the second, so two orders of one second have the same: it is never looked at. The
//! topic is not signed, so nothing is concluded from it but the kind of body, and bodies are told apart by their fields.
//!
//! WooCommerce itself knows nothing of consent to marketing. Plugins keep it in `meta_data`, each in words of its own;
//! none is guessed at, so nobody who comes from here is subscribed by an order.
//!
//! Source: `WC_Webhook` in `plugins/woocommerce/includes/class-wc-webhook.php` of the repository of WooCommerce.

mod coupon;
mod customer;
mod keys;
mod order;
mod payment;
mod place;
mod product;
mod product_line;
mod text;

use retention::Time;
use retention::event::Event;
use retention::fetch::FetchKind;
use retention::ids::SourceName;
use retention::order::Stamp;
use serde::Deserialize;

use crate::body;
use crate::delivery::{Delivery, Header};
use crate::heard::{Heard, hash};
use crate::parsed::Parsed;
use crate::scalar::Scalar;
use crate::signature::{self, Unverified};
use crate::unreadable::Unreadable;

pub use keys::Keys;

/// The header of the signature: base64 of HMAC-SHA256 over the raw body.
pub const SIGNATURE_HEADER: &str = "x-wc-webhook-signature";

/// The header of the topic.
pub const TOPIC_HEADER: &str = "x-wc-webhook-topic";

/// The topics to subscribe to.
pub const TOPICS: [&str; 15] = [
    "order.created",
    "order.updated",
    "order.restored",
    "order.deleted",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "product.created",
    "product.updated",
    "product.restored",
    "product.deleted",
    "coupon.created",
    "coupon.updated",
    "coupon.restored",
    "coupon.deleted",
];

/// A delivery that the shop's WooCommerce has written.
#[derive(Debug, Clone)]
pub struct Verified<'a>(Delivery<'a>);

/// Proves that a delivery was signed with one of the webhook's secrets.
pub fn verify<'a>(delivery: &Delivery<'a>, keys: &Keys) -> Result<Verified<'a>, Unverified> {
    let signature = signature::read(delivery, SIGNATURE_HEADER)?;
    signature::check(keys.texts().map(str::as_bytes), delivery.body(), &signature)?;
    Ok(Verified(delivery.clone()))
}

/// Signs a body as WooCommerce would, with the current secret: the value of [`SIGNATURE_HEADER`].
pub fn sign(body: &[u8], keys: &Keys) -> String {
    signature::write(keys.current().as_bytes(), &[body])
}

/// Whether a delivery is the ping with which WooCommerce tries a new webhook: the form data `webhook_id=7`, without a
/// signature. It wants the answer 200, not merely a success (`WC_Webhook::deliver_ping`), and anybody can send it: it
/// must have no effect.
pub fn is_ping(delivery: &Delivery<'_>) -> bool {
    const MAX_DIGITS: usize = 20;
    let id = delivery.body().strip_prefix(b"webhook_id=").unwrap_or_default();
    let digits = (1..=MAX_DIGITS).contains(&id.len()) && id.iter().all(u8::is_ascii_digit);
    digits && delivery.header(SIGNATURE_HEADER) == Header::Absent
}

/// Reads what a verified delivery says, as heard at `heard_at` from the storefront that is configured as `source`.
pub fn parse(verified: &Verified<'_>, source: &SourceName, heard_at: Time) -> Result<Parsed, Unreadable> {
    let topic = verified.0.once(TOPIC_HEADER);
    let body = verified.0.body();
    let heard = Heard { source, at: heard_at };
    let event = match topic {
        "order.created" | "order.updated" | "order.restored" => order::event(&body::read(body)?, &hash(body), heard)?,
        "customer.created" | "customer.updated" => Some(customer::event(&body::read(body)?, &hash(body), heard)?),
        "product.created" | "product.updated" | "product.restored" => {
            return product::product(&body::read(body)?, &hash(body), heard).map(|p| Parsed::Product(Box::new(p)));
        }
        "product.deleted" => {
            return product::gone(&body::read(body)?, &hash(body), heard).map(|p| Parsed::Product(Box::new(p)));
        }
        "coupon.created" | "coupon.updated" | "coupon.restored" => {
            return coupon::coupon(&body::read(body)?, &hash(body), heard).map(|c| Parsed::Coupon(Box::new(c)));
        }
        "coupon.deleted" => {
            return coupon::gone(&body::read(body)?, &hash(body), heard).map(|c| Parsed::Coupon(Box::new(c)));
        }
        "order.deleted" | "customer.deleted" => return deleted(&body::read(body)?),
        unknown => return Ok(Parsed::unknown_topic(unknown)),
    };
    Ok(event.map_or(Parsed::Nobody, |event: Event| Parsed::Event(Box::new(event))))
}

/// Reads an entity as the REST API (v3) gives it, heard at `heard_at` from the storefront that is configured as
/// `source`: the same resource that a webhook carries.
pub fn entity(kind: FetchKind, body: &[u8], source: &SourceName, heard_at: Time) -> Result<Parsed, Unreadable> {
    let heard = Heard { source, at: heard_at };
    match kind {
        FetchKind::Order => order::event(&body::read(body)?, &hash(body), heard).map(Parsed::person),
        FetchKind::Customer => {
            customer::event(&body::read(body)?, &hash(body), heard).map(|event| Parsed::person(Some(event)))
        }
        FetchKind::Product => {
            product::product(&body::read(body)?, &hash(body), heard).map(|p| Parsed::Product(Box::new(p)))
        }
        FetchKind::Subscriber | FetchKind::Cart => Ok(Parsed::unknown_topic(kind.name())),
    }
}

/// What is left of something deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Remains<'a> {
    id: Scalar<'a>,
}

fn deleted(remains: &Remains<'_>) -> Result<Parsed, Unreadable> {
    remains.id.id("id")?.map(|_| Parsed::Deleted).ok_or_else(|| Unreadable::missing("id"))
}

/// The stamp of an entity: its last change, else its creation. A customer who never changed has no `date_modified_gmt`.
fn stamp(modified: &Scalar<'_>, created: &Scalar<'_>, rank: u8, hash: &str) -> Result<Stamp, Unreadable> {
    let at = match modified.utc("date_modified_gmt")? {
        Some(at) => at,
        None => created.utc("date_created_gmt")?.ok_or_else(|| Unreadable::missing("date_modified_gmt"))?,
    };
    Ok(Stamp { at, rank, hash: hash.to_owned() })
}

/// An id that is 0 where there is none: a guest, a product without variations.
fn id_above_zero(field: &Scalar<'_>, name: &str) -> Result<Option<String>, Unreadable> {
    Ok(field.id(name)?.filter(|id| id != "0"))
}
