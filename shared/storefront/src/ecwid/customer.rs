//! A customer of Ecwid.

use retention::consent::{By, Said, Statement};
use retention::event::{Entity, Event, Person};
use retention::order::Stamp;
use serde::Deserialize;

use super::person::{Address, place};
use crate::heard::Heard;
use crate::list::List;
use crate::moment;
use crate::object::Maybe;
use crate::person::{email, locale};
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A customer as the API gives it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct CustomerBody<'a> {
    id: Scalar<'a>,
    email: Scalar<'a>,
    registered: Scalar<'a>,
    updated: Scalar<'a>,
    lang: Scalar<'a>,
    #[serde(rename = "acceptMarketing")]
    accept_marketing: Scalar<'a>,
    #[serde(rename = "billingPerson")]
    billing_person: Maybe<Address<'a>>,
    #[serde(rename = "shippingAddresses")]
    shipping_addresses: List<Address<'a>, 20>,
}

/// Reads a customer.
pub(super) fn event(body: &CustomerBody<'_>, hash: &str, heard: Heard<'_>) -> Result<Event, Unreadable> {
    let id = body.id.id("id")?.filter(|id| id != "0").ok_or_else(|| Unreadable::missing("id"))?;
    let bill = body.billing_person.get();
    let (country, region) = place(body.shipping_addresses.first().iter().chain(bill)).unzip();
    let person = Person {
        id: Some(id),
        email: email(&body.email),
        name: bill.and_then(Address::given_name),
        locale: locale(&body.lang),
        country,
        region: region.flatten(),
        since: body.registered.moment("registered")?,
        ..Person::at(heard.source.clone())
    };
    let at = moment::first(&[(&body.updated, "updated"), (&body.registered, "registered")])?;
    let stamp = Stamp { at, rank: 0, hash: hash.to_owned() };
    Ok(Event { person, statements: body.statement(heard).into_iter().collect(), entity: Entity::Customer(stamp) })
}

impl CustomerBody<'_> {
    /// The present state. It has no time of its own (`updated` is that of any change), so it may lower consent and never
    /// raise it, which [`retention::consent`] sees to. Absent, it says nothing.
    fn statement(&self, heard: Heard<'_>) -> Option<Statement> {
        let Scalar::Flag(accepts) = self.accept_marketing else { return None };
        Some(Statement {
            said: if accepts { Said::Subscribed } else { Said::Unsubscribed },
            by: By::Storefront(heard.source.clone()),
            act_at: None,
            heard_at: heard.at,
            wording: "ecwid: acceptMarketing".to_owned(),
            confirmed: false,
        })
    }
}
