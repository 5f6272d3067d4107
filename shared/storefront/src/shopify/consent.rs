//! What Shopify says of consent, in its three forms.

use retention::consent::{By, Said, Statement};
use retention::event::{Entity, Event, Person};
use serde::Deserialize;

use crate::heard::Heard;
use crate::object::Maybe;
use crate::person::email;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The body of the consent topic.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ConsentBody<'a> {
    customer_id: Scalar<'a>,
    email_address: Scalar<'a>,
    email_marketing_consent: Maybe<ConsentState<'a>>,
}

/// The present state, with the time of the act that led to it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ConsentState<'a> {
    state: Scalar<'a>,
    opt_in_level: Scalar<'a>,
    consent_updated_at: Scalar<'a>,
}

/// The state in older payloads.
pub(super) struct Old<'o, 'a> {
    pub(super) accepts: &'o Scalar<'a>,
    pub(super) updated_at: &'o Scalar<'a>,
    pub(super) opt_in_level: &'o Scalar<'a>,
}

/// Reads the body of the consent topic.
pub(super) fn event(body: &ConsentBody<'_>, heard: Heard<'_>) -> Result<Event, Unreadable> {
    let id = body.customer_id.id("customer_id")?.ok_or_else(|| Unreadable::missing("customer_id"))?;
    let state = body.email_marketing_consent.get().ok_or_else(|| Unreadable::missing("email_marketing_consent"))?;
    let person = Person { id: Some(id), email: email(&body.email_address), ..Person::at(heard.source.clone()) };
    Ok(Event { person, statements: statement(state, heard)?.into_iter().collect(), entity: Entity::Consent })
}

/// What a state says. Only two speak: `not_subscribed` is a person who was never asked, `pending` one who has not yet
/// confirmed, `redacted` and `invalid` are about the address.
pub(super) fn statement(state: &ConsentState<'_>, heard: Heard<'_>) -> Result<Option<Statement>, Unreadable> {
    let act = state.consent_updated_at.time("consent_updated_at");
    let act = act.map_err(|error| error.inside("email_marketing_consent", None))?;
    let said = match state.state.text() {
        Some(text) if text.eq_ignore_ascii_case("subscribed") => Said::Subscribed,
        Some(text) if text.eq_ignore_ascii_case("unsubscribed") => Said::Unsubscribed,
        _ => return Ok(None),
    };
    let wording = wording(&state.opt_in_level, "email_marketing_consent");
    let confirmed = is_confirmed(&state.opt_in_level);
    Ok(Some(Statement {
        said,
        by: By::Storefront(heard.source.clone()),
        act_at: act,
        heard_at: heard.at,
        wording,
        confirmed,
    }))
}

/// What the older form says. Without its time it may lower consent and never raise it, which [`retention::consent`]
/// sees to: so no time is made up here.
pub(super) fn old_statement(old: &Old<'_, '_>, heard: Heard<'_>) -> Result<Option<Statement>, Unreadable> {
    let act_at = old.updated_at.time("accepts_marketing_updated_at")?;
    let Scalar::Flag(accepts) = old.accepts else { return Ok(None) };
    let said = if *accepts { Said::Subscribed } else { Said::Unsubscribed };
    let wording = wording(old.opt_in_level, "accepts_marketing");
    let confirmed = is_confirmed(old.opt_in_level);
    Ok(Some(Statement {
        said,
        by: By::Storefront(heard.source.clone()),
        act_at,
        heard_at: heard.at,
        wording,
        confirmed,
    }))
}

/// Whether the person confirmed by a link in a letter of Shopify's: the level that M3AAWG recommends.
fn is_confirmed(opt_in_level: &Scalar<'_>) -> bool {
    opt_in_level.text().is_some_and(|level| level.eq_ignore_ascii_case("confirmed_opt_in"))
}

/// The opt-in level, such as `shopify: confirmed_opt_in`, else the field that spoke.
fn wording(opt_in_level: &Scalar<'_>, field: &str) -> String {
    const MAX_BYTES: usize = 64;
    format!("shopify: {}", opt_in_level.line(MAX_BYTES).as_deref().unwrap_or(field))
}
