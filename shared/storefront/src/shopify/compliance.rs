//! The three topics that the law is behind: what is kept of a person, erase a person, erase what came from this shop.
//!
//! The topic is not signed and the bodies resemble each other, so each is told by the field that only it has: a person's
//! question, sent again under another topic, erases nobody.

use retention::event::Person;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::heard::Heard;
use crate::object::Maybe;
use crate::parsed::Request;
use crate::person::email;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The body of each of the three.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ComplianceBody<'a> {
    shop_domain: Scalar<'a>,
    customer: Maybe<Subject<'a>>,
    orders_to_redact: Option<IgnoredAny>,
    data_request: Option<IgnoredAny>,
}

/// Whom it is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Subject<'a> {
    id: Scalar<'a>,
    email: Scalar<'a>,
}

/// Reads a person's question.
pub(super) fn export(body: &ComplianceBody<'_>, heard: Heard<'_>) -> Result<Request, Unreadable> {
    if body.data_request.is_none() {
        return Err(Unreadable::missing("data_request"));
    }
    Ok(Request::Export(Box::new(body.person(heard)?)))
}

/// Reads that a person is to be erased.
pub(super) fn erase(body: &ComplianceBody<'_>, heard: Heard<'_>) -> Result<Request, Unreadable> {
    if body.orders_to_redact.is_none() || body.data_request.is_some() {
        return Err(Unreadable::field("orders_to_redact", "missing: this asks for no erasure"));
    }
    Ok(Request::Erase(Box::new(body.person(heard)?)))
}

/// Reads that the shop has left.
pub(super) fn leave(body: &ComplianceBody<'_>) -> Result<Request, Unreadable> {
    if body.shop_domain.text().is_none() {
        return Err(Unreadable::missing("shop_domain"));
    }
    if body.customer.get().is_some() || body.orders_to_redact.is_some() || body.data_request.is_some() {
        return Err(Unreadable::field("customer", "this is about a person, not about the shop"));
    }
    Ok(Request::Leave)
}

impl ComplianceBody<'_> {
    fn person(&self, heard: Heard<'_>) -> Result<Person, Unreadable> {
        let subject = self.customer.get().ok_or_else(|| Unreadable::missing("customer"))?;
        let id = subject.id.id("id").map_err(|error| error.inside("customer", None))?;
        let person = Person { id, email: email(&subject.email), ..Person::at(heard.source.clone()) };
        if person.id.is_none() && person.email.is_none() {
            return Err(Unreadable::missing("customer.id"));
        }
        Ok(person)
    }
}
