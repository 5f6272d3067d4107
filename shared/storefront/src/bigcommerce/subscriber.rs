//! A subscriber to the newsletter, who may be no customer.

use retention::address::PersonName;
use retention::consent::{By, Said, Statement};
use retention::event::{Entity, Event, Person};
use serde::Deserialize;

use crate::heard::Heard;
use crate::object::Maybe;
use crate::person::email;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// What was fetched.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Whole<'a> {
    subscriber: Maybe<SubscriberBody<'a>>,
}

/// A subscriber as the API (v3) gives it. Its id is none of a customer's.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct SubscriberBody<'a> {
    id: Scalar<'a>,
    email: Scalar<'a>,
    first_name: Scalar<'a>,
    source: Scalar<'a>,
    date_created: Scalar<'a>,
}

/// Reads a subscriber. `None` for one whose address is none.
pub(super) fn event(whole: &Whole<'_>, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
    let body = whole.subscriber.get().ok_or_else(|| Unreadable::missing("subscriber"))?;
    body.event(heard).map_err(|error| error.inside("subscriber", None))
}

impl SubscriberBody<'_> {
    fn event(&self, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
        const SOURCE_BYTES: usize = 64;
        self.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
        let Some(email) = email(&self.email) else { return Ok(None) };
        let name = self.first_name.text().and_then(PersonName::parse);
        let source = self.source.line(SOURCE_BYTES).map(|source| format!(" ({source})")).unwrap_or_default();
        let statement = Statement {
            said: Said::Subscribed,
            by: By::Storefront(heard.source.clone()),
            // Whoever subscribes is created. `date_modified` is that of any change, and no act.
            act_at: self.date_created.moment("date_created")?,
            heard_at: heard.at,
            wording: format!("bigcommerce: newsletter subscriber{source}"),
            confirmed: false,
        };
        let person = Person { email: Some(email), name, ..Person::at(heard.source.clone()) };
        Ok(Some(Event { person, statements: vec![statement], entity: Entity::Consent }))
    }
}
