//! Ecwid, which is Lightspeed's online shop too: only the id and the time of an event are signed.
//!
//! Nothing else of the body is proven. It only chooses what is fetched from the shop's own API, so whoever changes it
//! makes us read something that is ours anyway; for the same reason a delivery that is sent again does no harm, and the
//! window for replays may be as wide as Ecwid's retries.
//!
//! Source: <https://docs.ecwid.com/webhook-automations/setup-webhooks> and
//! <https://docs.ecwid.com/webhook-automations/learn-ecwid-webhooks/event-data-in-webhooks>.

mod cart;
mod customer;
mod order;
mod order_line;
mod person;
mod product;
mod status;

use chrono::TimeDelta;
use retention::Time;
use retention::fetch::FetchKind;
use retention::ids::SourceName;
use serde::Deserialize;

use crate::app::{App, is_other};
use crate::body;
use crate::delivery::Delivery;
use crate::heard::{Heard, hash};
use crate::object::Maybe;
use crate::parsed::Parsed;
use crate::scalar::Scalar;
use crate::signature::{self, Unverified};
use crate::standard_webhooks;
use crate::unreadable::Unreadable;

/// The header of the signature: base64 of HMAC-SHA256 over `{eventCreated}.{eventId}`, keyed with the app's client secret.
pub const SIGNATURE_HEADER: &str = "x-ecwid-webhook-signature";

/// How old an event may be. The last of the 27 retries comes after 24 hours, and queues on both sides add to that.
pub const OLDEST: TimeDelta = TimeDelta::hours(48);

/// How far ahead of ours Ecwid's clock may be.
pub const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// A delivery whose event was signed by Ecwid.
#[derive(Debug, Clone)]
pub struct Verified<'a> {
    delivery: Delivery<'a>,
    store: Option<String>,
}

/// The body of a delivery.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Callback<'a> {
    event_id: Scalar<'a>,
    event_created: Scalar<'a>,
    event_type: Scalar<'a>,
    store_id: Scalar<'a>,
    entity_id: Scalar<'a>,
    data: Maybe<Names<'a>>,
}

/// The ids under which the API knows orders and carts: `entityId` is another, internal one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Names<'a> {
    order_id: Scalar<'a>,
    cart_id: Scalar<'a>,
}

/// Proves that Ecwid signed the event that a delivery names, from [`OLDEST`] before `now` to [`AHEAD`] after it.
pub fn verify<'a>(delivery: &Delivery<'a>, app: &App, now: Time) -> Result<Verified<'a>, Unverified> {
    let signature = signature::read(delivery, SIGNATURE_HEADER)?;
    let body: Callback<'_> = body::read(delivery.body()).map_err(|_| Unverified::Id)?;
    let id = event_id(&body)?;
    let created = created(&body)?;
    let age = now.timestamp().saturating_sub(standard_webhooks::seconds(created)?);
    if age > OLDEST.num_seconds() || age < -AHEAD.num_seconds() {
        return Err(Unverified::Stale);
    }
    let keys = app.secrets().texts().map(str::as_bytes);
    signature::check_any(keys, &[created.as_bytes(), b".", id.as_bytes()], &[signature])?;
    Ok(Verified { delivery: delivery.clone(), store: app.store().map(str::to_owned) })
}

/// Signs the event that a body names as Ecwid would, with the current secret: the value of [`SIGNATURE_HEADER`]. A body
/// that names none has a signature that nobody believes.
pub fn sign(body: &[u8], app: &App) -> String {
    let body: Callback<'_> = body::read(body).unwrap_or_default();
    let (id, created) = (event_id(&body).unwrap_or_default(), created(&body).unwrap_or_default());
    signature::write(app.secrets().current().as_bytes(), &[created.as_bytes(), b".", id.as_bytes()])
}

/// The id as it stands there, of which not a space is lost. The digits before the full stop end where it begins, so that
/// it can be cut in one place only.
fn event_id<'b>(body: &'b Callback<'_>) -> Result<&'b str, Unverified> {
    const MAX_BYTES: usize = 256;
    match &body.event_id {
        Scalar::Text(id) if (1..=MAX_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()) => Ok(id),
        Scalar::Number(id) => Ok(id),
        _ => Err(Unverified::Id),
    }
}

fn created<'b>(body: &'b Callback<'_>) -> Result<&'b str, Unverified> {
    match &body.event_created {
        Scalar::Text(seconds) => Ok(seconds),
        Scalar::Number(seconds) => Ok(seconds),
        _ => Err(Unverified::Timestamp),
    }
}

/// Reads what a verified delivery says: what is to be fetched.
pub fn parse(verified: &Verified<'_>) -> Result<Parsed, Unreadable> {
    let body: Callback<'_> = body::read(verified.delivery.body())?;
    let event = body.event_type.text().ok_or_else(|| Unreadable::missing("eventType"))?;
    let kind = match event {
        "order.created" | "order.updated" | "order.deleted" => FetchKind::Order,
        "unfinished_order.created" | "unfinished_order.updated" | "unfinished_order.deleted" => FetchKind::Cart,
        "customer.created" | "customer.updated" | "customer.deleted" => FetchKind::Customer,
        "product.created" | "product.updated" | "product.deleted" => FetchKind::Product,
        unknown => return Ok(Parsed::unknown_topic(unknown)),
    };
    if is_other(verified.store.as_deref(), body.store_id.id("storeId")?.as_deref()) {
        return Ok(Parsed::OtherStore);
    }
    Parsed::fetch(kind, &body.entity(kind)?)
}

impl Callback<'_> {
    /// The id to fetch by. An unfinished order is one of the carts, which have ids of their own; of an order, the one in
    /// `data` is the one that the API asks for, and the internal one is for older stores.
    fn entity(&self, kind: FetchKind) -> Result<String, Unreadable> {
        let inside = |error: Unreadable| error.inside("data", None);
        let names = self.data.get();
        match kind {
            FetchKind::Cart => {
                let cart = names.map(|names| names.cart_id.path_id("cartId")).transpose().map_err(inside)?;
                cart.flatten().ok_or_else(|| Unreadable::missing("data.cartId"))
            }
            FetchKind::Order => match names.map(|names| names.order_id.path_id("orderId")) {
                Some(Ok(Some(id))) => Ok(id),
                // A prefix or suffix of the shop's own may hold signs that do not go into a path.
                _ => self.entity_id(),
            },
            FetchKind::Customer | FetchKind::Subscriber | FetchKind::Product => self.entity_id(),
        }
    }

    fn entity_id(&self) -> Result<String, Unreadable> {
        self.entity_id.id("entityId")?.ok_or_else(|| Unreadable::missing("entityId"))
    }
}

/// The type of the event that a body names, where it can be read.
pub(crate) fn topic(body: &[u8]) -> Option<String> {
    const MAX_BYTES: usize = 64;
    body::read::<Callback<'_>>(body).ok()?.event_type.line(MAX_BYTES)
}

/// An entity as it was fetched: the API's own, with the store's currency beside it, which no entity names.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, T: Deserialize<'de>"))]
struct Fetched<'a, T> {
    #[serde(default)]
    currency: Scalar<'a>,
    #[serde(default)]
    entity: Maybe<T>,
}

impl<T> Fetched<'_, T> {
    fn entity(&self) -> Result<&T, Unreadable> {
        self.entity.get().ok_or_else(|| Unreadable::missing("entity"))
    }

    fn currency(&self) -> Result<retention::money::Currency, Unreadable> {
        self.currency.currency("currency")?.ok_or_else(|| Unreadable::missing("currency"))
    }
}

/// Reads an entity as it was fetched, heard at `heard_at` from the store that is configured as `source`: an object of the
/// store's `currency` and the `entity` as the API (REST v3) gives it.
pub fn entity(kind: FetchKind, body: &[u8], source: &SourceName, heard_at: Time) -> Result<Parsed, Unreadable> {
    let heard = Heard { source, at: heard_at };
    let hash = hash(body);
    match kind {
        FetchKind::Order => {
            let fetched: Fetched<'_, order::OrderBody<'_>> = body::read(body)?;
            order::event(fetched.entity()?, fetched.currency()?, &hash, heard).map(Parsed::person)
        }
        FetchKind::Cart => {
            let fetched: Fetched<'_, cart::CartBody<'_>> = body::read(body)?;
            cart::event(fetched.entity()?, fetched.currency()?, &hash, heard).map(Parsed::person)
        }
        FetchKind::Customer => {
            let fetched: Fetched<'_, customer::CustomerBody<'_>> = body::read(body)?;
            customer::event(fetched.entity()?, &hash, heard).map(|event| Parsed::person(Some(event)))
        }
        FetchKind::Product => {
            let fetched: Fetched<'_, product::ProductBody<'_>> = body::read(body)?;
            let product = product::product(fetched.entity()?, fetched.currency()?, &hash, heard)?;
            Ok(Parsed::Product(Box::new(product)))
        }
        FetchKind::Subscriber => Ok(Parsed::unknown_topic(kind.name())),
    }
}
