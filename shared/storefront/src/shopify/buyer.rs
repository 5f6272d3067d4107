//! Whose an order or a checkout is, by all the places in which they say so.

use retention::address::PersonName;
use retention::consent::Statement;
use retention::event::Person;

use super::customer::{self, CustomerBody};
use super::person::{Address, place};
use crate::heard::Heard;
use crate::person::{email, locale};
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The places.
pub(super) struct Buyer<'b, 'a> {
    /// The account; a guest has none.
    pub(super) customer: Option<&'b CustomerBody<'a>>,
    /// The addresses of email beside the account's own, the surest first.
    pub(super) emails: &'b [&'b Scalar<'a>],
    /// The language.
    pub(super) locale: &'b Scalar<'a>,
    /// Where it goes.
    pub(super) shipping: Option<&'b Address<'a>>,
    /// Who pays.
    pub(super) billing: Option<&'b Address<'a>>,
}

impl Buyer<'_, '_> {
    /// The person. `None` where nobody is named.
    pub(super) fn person(&self, heard: Heard<'_>) -> Result<Option<Person>, Unreadable> {
        let account = self.customer;
        let id = account.map(|account| account.id.id("customer.id")).transpose()?.flatten();
        let emails = self.emails.iter().copied().chain(account.map(|account| &account.email));
        // A guest is named on the bill; the parcel may go to somebody else.
        let names = [account.map(|account| &account.first_name), self.billing.map(|bill| &bill.first_name)];
        let locales = [Some(self.locale), account.map(|account| &account.locale)];
        let home = account.and_then(|account| account.default_address.get());
        let (country, region) = place([self.shipping, self.billing, home].into_iter().flatten()).unzip();
        let person = Person {
            id,
            email: emails.into_iter().find_map(email),
            name: names.into_iter().flatten().find_map(|name| PersonName::parse(name.text()?)),
            locale: locales.into_iter().flatten().find_map(locale),
            country,
            region: region.flatten(),
            ..Person::at(heard.source.clone())
        };
        Ok(Some(person).filter(|person| person.id.is_some() || person.email.is_some()))
    }

    /// What the account says of consent. The customer within an order is as old as the order's body, and the same state
    /// comes on the customer's own topics: only an act with a time can be placed among the others.
    pub(super) fn statements(&self, heard: Heard<'_>) -> Result<Vec<Statement>, Unreadable> {
        let Some(account) = self.customer else { return Ok(Vec::new()) };
        let statement = customer::said(account, heard).map_err(|error| error.inside("customer", None))?;
        Ok(statement.into_iter().filter(|statement| statement.act_at.is_some()).collect())
    }
}
