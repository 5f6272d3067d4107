//! A customer of Shopify.

use retention::address::PersonName;
use retention::birthday::Birthday;
use retention::consent::{By, Said, Statement};
use retention::event::{Entity, Event, Person};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::consent::{ConsentState, Old, old_statement, statement};
use super::person::{Address, place};
use super::stamp;
use crate::heard::Heard;
use crate::list::List;
use crate::object::Maybe;
use crate::person::{email, locale};
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The body of the customer topics, and the customer within an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct CustomerBody<'a> {
    pub(super) id: Scalar<'a>,
    pub(super) email: Scalar<'a>,
    pub(super) first_name: Scalar<'a>,
    pub(super) locale: Scalar<'a>,
    created_at: Scalar<'a>,
    updated_at: Scalar<'a>,
    pub(super) default_address: Maybe<Address<'a>>,
    addresses: List<Address<'a>, 20>,
    metafields: List<Metafield<'a>, 250>,
    email_marketing_consent: Maybe<ConsentState<'a>>,
    accepts_marketing: Scalar<'a>,
    accepts_marketing_updated_at: Scalar<'a>,
    marketing_opt_in_level: Scalar<'a>,
    state: Scalar<'a>,
    admin_graphql_api_id: Scalar<'a>,
    /// What only orders and checkouts have: see [`event`].
    line_items: Option<IgnoredAny>,
}

/// A field of the shop's own, on a subscription that asks for the namespace.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Metafield<'a> {
    namespace: Scalar<'a>,
    key: Scalar<'a>,
    value: Scalar<'a>,
}

/// Reads the body of a customer topic.
pub(super) fn event(body: &CustomerBody<'_>, hash: &str, heard: Heard<'_>) -> Result<Event, Unreadable> {
    // Topics are not signed, and an order has an id and an address too: sent again under a customer's topic it would
    // make a customer of the order's id.
    if body.line_items.is_some() {
        return Err(Unreadable::field("line_items", "an order under the topic of a customer"));
    }
    let id = body.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
    let (country, region) = place(body.default_address.get().into_iter().chain(body.addresses.first())).unzip();
    let person = Person {
        id: Some(id),
        email: email(&body.email),
        name: body.first_name.text().and_then(PersonName::parse),
        locale: locale(&body.locale),
        country,
        region: region.flatten(),
        birthday: birthday(body.metafields.first()),
        since: body.created_at.time("created_at")?,
        ..Person::at(heard.source.clone())
    };
    // A customer has no status that progresses: of two versions of one second the hash decides.
    let stamp = stamp(&body.updated_at, &body.created_at, 0, hash)?;
    Ok(Event { person, statements: said(body, heard)?.into_iter().collect(), entity: Entity::Customer(stamp) })
}

/// Reads the body of the topic of an account that was opened: the whole customer. `None` if the account is not open.
pub(super) fn account(body: &CustomerBody<'_>, hash: &str, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
    let mut event = event(body, hash, heard)?;
    let Entity::Customer(stamp) = &event.entity else { return Ok(None) };
    event.entity = Entity::AccountEnabled(stamp.at);
    Ok((body.state.text() == Some("enabled")).then_some(event))
}

/// Reads what is left of a customer whom the shop deleted. The shop keeps nothing of them any more, so nothing is left to
/// prove a consent with: it ends.
pub(super) fn gone(body: &CustomerBody<'_>, heard: Heard<'_>) -> Result<Event, Unreadable> {
    let id = body.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
    // The remains of other things are an id too, and topics are not signed.
    if body.admin_graphql_api_id.text() != Some(&format!("{GLOBAL_ID}{id}")) || body.email.text().is_some() {
        return Err(Unreadable::field("admin_graphql_api_id", "not what is left of a customer"));
    }
    let statement = Statement {
        said: Said::Unsubscribed,
        by: By::Storefront(heard.source.clone()),
        act_at: None,
        heard_at: heard.at,
        wording: "shopify: the customer was deleted".to_owned(),
        confirmed: false,
    };
    let person = Person { id: Some(id), ..Person::at(heard.source.clone()) };
    Ok(Event { person, statements: vec![statement], entity: Entity::Gone(heard.at) })
}

/// How the id of a customer begins in the other of Shopify's two interfaces.
const GLOBAL_ID: &str = "gid://shopify/Customer/";

/// The body of the topic of two accounts that were merged.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct MergeBody<'a> {
    admin_graphql_api_customer_kept_id: Scalar<'a>,
    admin_graphql_api_customer_deleted_id: Scalar<'a>,
    status: Scalar<'a>,
}

/// Reads that two accounts are one now. `None` while it is not done.
pub(super) fn merge(body: &MergeBody<'_>, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
    let id = |field: &Scalar<'_>, name: &str| {
        let id = field.text().and_then(|text| text.strip_prefix(GLOBAL_ID)).unwrap_or_default();
        let good = (1..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
        good.then(|| id.to_owned()).ok_or_else(|| Unreadable::field(name, "not the id of a customer"))
    };
    let kept = id(&body.admin_graphql_api_customer_kept_id, "admin_graphql_api_customer_kept_id")?;
    let other = id(&body.admin_graphql_api_customer_deleted_id, "admin_graphql_api_customer_deleted_id")?;
    let person = Person { id: Some(kept), other_id: Some(other), ..Person::at(heard.source.clone()) };
    let done = body.status.text().is_none_or(|status| status.eq_ignore_ascii_case("completed"));
    Ok(done.then(|| Event { person, statements: Vec::new(), entity: Entity::OnePerson }))
}

/// What a customer says of consent. Neither form is there since API version 2025-01, and that says nothing: unknown.
pub(super) fn said(body: &CustomerBody<'_>, heard: Heard<'_>) -> Result<Option<Statement>, Unreadable> {
    match body.email_marketing_consent.get() {
        Some(state) => statement(state, heard),
        None => old_statement(
            &Old {
                accepts: &body.accepts_marketing,
                updated_at: &body.accepts_marketing_updated_at,
                opt_in_level: &body.marketing_opt_in_level,
            },
            heard,
        ),
    }
}

/// The birthday, from the metafield that Shopify defines for it (`facts.birth_date`). What a person typed there and is
/// no date is no birthday; the rest of the customer stands.
fn birthday(metafields: &[Metafield<'_>]) -> Option<Birthday> {
    let is_birth_date = |m: &&Metafield<'_>| m.namespace.text() == Some("facts") && m.key.text() == Some("birth_date");
    metafields.iter().find(is_birth_date).and_then(|m| Birthday::parse(m.value.text()?).ok())
}
