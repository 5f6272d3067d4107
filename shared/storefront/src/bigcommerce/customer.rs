//! A customer of BigCommerce.

use retention::address::PersonName;
use retention::event::{Entity, Event, Person};
use retention::order::Stamp;
use serde::Deserialize;

use super::address::Address;
use crate::heard::Heard;
use crate::list::List;
use crate::moment;
use crate::object::Maybe;
use crate::person::email;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// What was fetched.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Whole<'a> {
    customer: Maybe<CustomerBody<'a>>,
}

/// A customer as the API (v3) gives it. `accepts_product_review_abandoned_cart_emails` is about the shop's own letters and
/// no consent to marketing: that is in the subscribers.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct CustomerBody<'a> {
    id: Scalar<'a>,
    email: Scalar<'a>,
    first_name: Scalar<'a>,
    date_created: Scalar<'a>,
    date_modified: Scalar<'a>,
    addresses: List<Address<'a>, 20>,
}

/// Reads a customer.
pub(super) fn event(whole: &Whole<'_>, hash: &str, heard: Heard<'_>) -> Result<Event, Unreadable> {
    let body = whole.customer.get().ok_or_else(|| Unreadable::missing("customer"))?;
    body.event(hash, heard).map_err(|error| error.inside("customer", None))
}

impl CustomerBody<'_> {
    fn event(&self, hash: &str, heard: Heard<'_>) -> Result<Event, Unreadable> {
        let id = self.id.id("id")?.filter(|id| id != "0").ok_or_else(|| Unreadable::missing("id"))?;
        let person = Person {
            id: Some(id),
            email: email(&self.email),
            name: self.first_name.text().and_then(PersonName::parse),
            country: self.addresses.first().iter().find_map(Address::country),
            since: self.date_created.moment("date_created")?,
            ..Person::at(heard.source.clone())
        };
        let at = moment::first(&[(&self.date_modified, "date_modified"), (&self.date_created, "date_created")])?;
        let stamp = Stamp { at, rank: 0, hash: hash.to_owned() };
        Ok(Event { person, statements: Vec::new(), entity: Entity::Customer(stamp) })
    }
}
