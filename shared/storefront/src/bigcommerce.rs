//! BigCommerce: Standard Webhooks around the id of what changed, which is then fetched.
//!
//! Id, time and body are signed together, so all of the body is believed: what it is about, of which store, and the order
//! that a cart became. An app signs for every store that it is installed in, and a refusal is held against all of its
//! subscriptions: so a delivery of another store is no forgery, and is answered like one of ours.
//!
//! Source: <https://docs.bigcommerce.com/developer/docs/integrations/webhooks> and, for the bodies, `models/webhooks` in
//! the repository `bigcommerce/api-specs`.

mod address;
mod cart;
mod customer;
mod order;
mod order_line;
mod product;
mod status;
mod subscriber;

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
use crate::signature::Unverified;
use crate::standard_webhooks;
use crate::unreadable::Unreadable;

pub use crate::standard_webhooks::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, TOLERANCE};

/// A delivery that BigCommerce has written.
#[derive(Debug, Clone)]
pub struct Verified<'a> {
    delivery: Delivery<'a>,
    store: Option<String>,
}

/// Proves that a delivery was signed with one of the app's client secrets, within [`TOLERANCE`] of `now`. The bytes of the
/// secret are the key as they stand, not undone from base64.
pub fn verify<'a>(delivery: &Delivery<'a>, app: &App, now: Time) -> Result<Verified<'a>, Unverified> {
    standard_webhooks::verify(delivery, app.secrets().texts().map(str::as_bytes), now)?;
    Ok(Verified { delivery: delivery.clone(), store: app.store().map(str::to_owned) })
}

/// Signs a body as BigCommerce would, at `now` under `id`, with the current secret: the value of [`SIGNATURE_HEADER`].
pub fn sign(id: &str, body: &[u8], app: &App, now: Time) -> String {
    standard_webhooks::sign(id, body, app.secrets().current().as_bytes(), now)
}

/// The body of a delivery.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Callback<'a> {
    scope: Scalar<'a>,
    producer: Scalar<'a>,
    data: Maybe<Names<'a>>,
}

/// The ids of what changed. Which of them is meant depends on the scope.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Names<'a> {
    id: Scalar<'a>,
    #[serde(rename = "cartId")]
    cart_id: Scalar<'a>,
    #[serde(rename = "orderId")]
    order_id: Scalar<'a>,
    address: Maybe<AddressNames<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct AddressNames<'a> {
    customer_id: Scalar<'a>,
}

/// Where a body of one scope has the id of what is to be fetched.
#[derive(Clone, Copy)]
enum Place {
    Own,
    Cart,
    Order,
    AddressOfCustomer,
}

/// The scopes to subscribe to: each stands for all below it.
pub const TOPICS: [&str; 6] =
    ["store/order/*", "store/shipment/*", "store/cart/*", "store/customer/*", "store/subscriber/*", "store/product/*"];

/// Reads what a verified delivery says: what is to be fetched.
pub fn parse(verified: &Verified<'_>) -> Result<Parsed, Unreadable> {
    let body: Callback<'_> = body::read(verified.delivery.body())?;
    let scope = body.scope.text().ok_or_else(|| Unreadable::missing("scope"))?;
    let Some((kind, place)) = subject(scope) else { return Ok(Parsed::unknown_topic(scope)) };
    let store = body.producer.text().and_then(|producer| producer.strip_prefix("stores/"));
    if is_other(verified.store.as_deref(), store) {
        return Ok(Parsed::OtherStore);
    }
    let data = body.data.get().ok_or_else(|| Unreadable::missing("data"))?;
    let id = data.id(place).map_err(|error| error.inside("data", None))?;
    Parsed::fetch(kind, &id)
}

/// What the bodies of a scope are about. What happens to a parcel is read from its order, and so is a cart that became
/// one: it is not there any more, and its order names it.
fn subject(scope: &str) -> Option<(FetchKind, Place)> {
    let what = scope.strip_prefix("store/")?;
    Some(match what {
        "order/created" | "order/updated" | "order/statusUpdated" | "order/archived" | "order/refund/created" => {
            (FetchKind::Order, Place::Own)
        }
        "shipment/created" | "shipment/updated" | "shipment/deleted" | "cart/converted" => {
            (FetchKind::Order, Place::Order)
        }
        "cart/created" | "cart/updated" | "cart/deleted" | "cart/abandoned" | "cart/couponApplied" => {
            (FetchKind::Cart, Place::Own)
        }
        "cart/lineItem/created" | "cart/lineItem/updated" | "cart/lineItem/deleted" => (FetchKind::Cart, Place::Cart),
        "customer/created" | "customer/updated" | "customer/deleted" => (FetchKind::Customer, Place::Own),
        "customer/address/created" | "customer/address/updated" | "customer/address/deleted" => {
            (FetchKind::Customer, Place::AddressOfCustomer)
        }
        "subscriber/created" | "subscriber/updated" | "subscriber/deleted" => (FetchKind::Subscriber, Place::Own),
        "product/created"
        | "product/updated"
        | "product/deleted"
        | "product/inventory/updated"
        | "product/inventory/order/updated" => (FetchKind::Product, Place::Own),
        _ => return None,
    })
}

impl Names<'_> {
    fn id(&self, place: Place) -> Result<String, Unreadable> {
        let (field, name) = match place {
            Place::Own => (&self.id, "id"),
            Place::Cart => (&self.cart_id, "cartId"),
            Place::Order => (&self.order_id, "orderId"),
            Place::AddressOfCustomer => match self.address.get() {
                Some(address) => (&address.customer_id, "address.customer_id"),
                None => return Err(Unreadable::missing("address")),
            },
        };
        field.path_id(name)?.ok_or_else(|| Unreadable::missing(name))
    }
}

/// The scope of a body, where it can be read.
pub(crate) fn topic(body: &[u8]) -> Option<String> {
    const MAX_BYTES: usize = 64;
    body::read::<Callback<'_>>(body).ok()?.scope.line(MAX_BYTES)
}

/// Reads an entity as it was fetched, heard at `heard_at` from the store that is configured as `source`. It is an object of
/// what the API keeps in several places, each part as the API gives it:
///
/// - `order` (v2), its `products`, `coupons` and `shipments` (v2), and its `refunds` (v3);
/// - `customer` (v3, with its addresses), `subscriber` (v3) or `cart` (v3);
/// - `product` (v3, with variants and images), the `categories` that it names, and the `store` (v2).
pub fn entity(kind: FetchKind, body: &[u8], source: &SourceName, heard_at: Time) -> Result<Parsed, Unreadable> {
    let heard = Heard { source, at: heard_at };
    let hash = hash(body);
    match kind {
        FetchKind::Order => order::event(&body::read(body)?, &hash, heard).map(Parsed::person),
        FetchKind::Customer => {
            customer::event(&body::read(body)?, &hash, heard).map(|event| Parsed::person(Some(event)))
        }
        FetchKind::Subscriber => subscriber::event(&body::read(body)?, heard).map(Parsed::person),
        FetchKind::Cart => cart::event(&body::read(body)?, &hash, heard).map(Parsed::person),
        FetchKind::Product => {
            product::product(&body::read(body)?, &hash, heard).map(|product| Parsed::Product(Box::new(product)))
        }
    }
}
