//! A customer of WooCommerce.

use retention::event::{Entity, Event, Person};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::place::{Address, name, place};
use super::stamp;
use crate::heard::Heard;
use crate::object::Maybe;
use crate::person::email;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The body of the customer topics. `is_paying_customer` is left out: the orders themselves say so.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct CustomerBody<'a> {
    id: Scalar<'a>,
    email: Scalar<'a>,
    first_name: Scalar<'a>,
    date_created_gmt: Scalar<'a>,
    date_modified_gmt: Scalar<'a>,
    billing: Maybe<Address<'a>>,
    shipping: Maybe<Address<'a>>,
    /// What only orders have: see [`event`].
    line_items: Option<IgnoredAny>,
}

/// Reads the body of a customer topic.
pub(super) fn event(body: &CustomerBody<'_>, hash: &str, heard: Heard<'_>) -> Result<Event, Unreadable> {
    // Topics are not signed. An order, a product or a coupon has an id and times too: sent again under a customer's
    // topic it would make a customer of its id. Of these only a customer has an address of its own, be it empty.
    if body.line_items.is_some() {
        return Err(Unreadable::field("line_items", "an order under the topic of a customer"));
    }
    if matches!(body.email, Scalar::Absent) {
        return Err(Unreadable::missing("email"));
    }
    let id = super::id_above_zero(&body.id, "id")?.ok_or_else(|| Unreadable::missing("id"))?;
    let (billing, shipping) = (body.billing.get(), body.shipping.get());
    let (country, region) = place([shipping, billing].into_iter().flatten()).unzip();
    let person = Person {
        id: Some(id),
        email: [Some(&body.email), billing.map(|bill| &bill.email)].into_iter().flatten().find_map(email),
        name: [Some(&body.first_name), billing.map(|bill| &bill.first_name)].into_iter().flatten().find_map(name),
        country,
        region: region.flatten(),
        ..Person::at(heard.source.clone())
    };
    let stamp = stamp(&body.date_modified_gmt, &body.date_created_gmt, 0, hash)?;
    Ok(Event { person, statements: Vec::new(), entity: Entity::Customer(stamp) })
}
