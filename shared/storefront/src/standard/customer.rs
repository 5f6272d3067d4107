//! A customer, as orders name them and as they are sent for themselves, with what they said of consent.

use retention::Time;
use retention::address::PersonName;
use retention::birthday::Birthday;
use retention::consent::{By, Said, Statement};
use retention::event::{Entity, Event, Person};
use retention::order::Stamp;
use retention::zones::Country;
use serde::Deserialize;

use super::field;
use crate::heard::Heard;
use crate::object::Maybe;
use crate::person;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A customer. Which fields must be there depends on the event.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct CustomerData<'a> {
    id: Scalar<'a>,
    email: Scalar<'a>,
    first_name: Scalar<'a>,
    locale: Scalar<'a>,
    country: Scalar<'a>,
    region: Scalar<'a>,
    birthday: Scalar<'a>,
    consent: Maybe<ConsentData<'a>>,
}

/// Two accounts of one person, of which the shop made one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct MergedData<'a> {
    id: Scalar<'a>,
    other_id: Scalar<'a>,
}

impl MergedData<'_> {
    /// The event.
    pub(super) fn event(&self, heard: Heard<'_>) -> Result<Event, Unreadable> {
        let id = field::needed("id", field::id(&self.id, "id")?)?;
        let other = field::needed("other_id", field::id(&self.other_id, "other_id")?)?;
        let person = Person { id: Some(id), other_id: Some(other), ..Person::at(heard.source.clone()) };
        Ok(Event { person, statements: Vec::new(), entity: Entity::OnePerson })
    }
}

/// What a customer last said of marketing by email.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct ConsentData<'a> {
    state: Scalar<'a>,
    acted_at: Scalar<'a>,
    source: Scalar<'a>,
    wording: Scalar<'a>,
    confirmed: Scalar<'a>,
}

impl CustomerData<'_> {
    /// The customer's own entity changed. It needs the id: without it, nothing says which of two versions is newer.
    pub(super) fn changed(&self, stamp: Stamp, heard: Heard<'_>) -> Result<Event, Unreadable> {
        field::needed("id", field::text(&self.id, "id")?)?;
        let statements = self.statement(heard)?.into_iter().collect();
        Ok(Event { person: self.person(heard)?, statements, entity: Entity::Customer(stamp) })
    }

    /// The customer has an account now.
    pub(super) fn enabled(&self, at: Time, heard: Heard<'_>) -> Result<Event, Unreadable> {
        let statements = self.statement(heard)?.into_iter().collect();
        Ok(Event { person: self.person(heard)?, statements, entity: Entity::AccountEnabled(at) })
    }

    /// The shop has the customer no more. It keeps nothing to prove a consent with, so that ends too.
    pub(super) fn gone(&self, at: Time, heard: Heard<'_>) -> Result<Event, Unreadable> {
        let id = field::needed("id", field::id(&self.id, "id")?)?;
        let statement = Statement {
            said: Said::Unsubscribed,
            by: By::Storefront(heard.source.clone()),
            act_at: Some(at),
            heard_at: heard.at,
            wording: "the customer was deleted".to_owned(),
            confirmed: false,
        };
        let person = Person { id: Some(id), ..Person::at(heard.source.clone()) };
        Ok(Event { person, statements: vec![statement], entity: Entity::Gone(at) })
    }

    /// The customer spoke of consent.
    pub(super) fn spoke(&self, heard: Heard<'_>) -> Result<Event, Unreadable> {
        let statement = field::needed("consent", self.statement(heard)?)?;
        Ok(Event { person: self.person(heard)?, statements: vec![statement], entity: Entity::Consent })
    }

    /// Who it is: by id or address, or by both.
    pub(super) fn person(&self, heard: Heard<'_>) -> Result<Person, Unreadable> {
        const REGION_BYTES: usize = 16;
        let id = field::id(&self.id, "id")?;
        if id.is_none() && field::text(&self.email, "email")?.is_none() {
            return Err(Unreadable::field("id", "missing, and so is email: one of the two says who it is"));
        }
        field::text(&self.email, "email")?;
        Ok(Person {
            id,
            // An address that is none is a person who cannot be written to; what they ordered, they ordered.
            email: person::email(&self.email),
            name: field::text(&self.first_name, "first_name")?.and_then(PersonName::parse),
            locale: self.locale()?,
            country: self.country()?,
            region: field::line(&self.region, "region", REGION_BYTES)?,
            birthday: self.birthday()?,
            ..Person::at(heard.source.clone())
        })
    }

    /// What the customer said, where they said anything.
    pub(super) fn statement(&self, heard: Heard<'_>) -> Result<Option<Statement>, Unreadable> {
        self.consent.get().map(|consent| consent.statement(heard).map_err(|e| e.inside("consent", None))).transpose()
    }

    fn locale(&self) -> Result<Option<String>, Unreadable> {
        let is = |text: &str| person::is_locale(text);
        Ok(field::form(&self.locale, "locale", is, "not a language tag, such as pt-BR")?.map(str::to_owned))
    }

    fn country(&self) -> Result<Option<Country>, Unreadable> {
        let is = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        let text = field::form(&self.country, "country", is, "not a country of two capitals, such as IE")?;
        Ok(text.and_then(|text| Country::parse(text).ok()))
    }

    fn birthday(&self) -> Result<Option<Birthday>, Unreadable> {
        let is = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && text.trim() == text;
        let wrong = "not a birthday: MM-DD or YYYY-MM-DD";
        let text = field::form(&self.birthday, "birthday", is, wrong)?;
        text.map(Birthday::parse).transpose().map_err(|_| Unreadable::field("birthday", wrong))
    }
}

impl ConsentData<'_> {
    fn statement(&self, heard: Heard<'_>) -> Result<Statement, Unreadable> {
        const SOURCE_BYTES: usize = 64;
        const WORDING_BYTES: usize = 1000;
        let said = match field::needed("state", field::text(&self.state, "state")?)? {
            "subscribed" => Said::Subscribed,
            "unsubscribed" => Said::Unsubscribed,
            _ => return Err(Unreadable::field("state", "neither subscribed nor unsubscribed")),
        };
        let act_at = field::needed("acted_at", field::time(&self.acted_at, "acted_at")?)?;
        let source = field::needed("source", field::line(&self.source, "source", SOURCE_BYTES)?)?;
        let wording = match (said, field::line(&self.wording, "wording", WORDING_BYTES)?) {
            (_, Some(wording)) => format!("{source}: {wording}"),
            (Said::Unsubscribed, None) => source,
            (Said::Subscribed | Said::Pending, None) => return Err(Unreadable::missing("wording")),
        };
        let by = By::Storefront(heard.source.clone());
        let confirmed = field::flag(&self.confirmed, "confirmed")?;
        Ok(Statement { said, by, act_at: Some(act_at), heard_at: heard.at, wording, confirmed })
    }
}
