//! A person's word on letters: the opt-out, a new yes, the confirmation of a sign-up.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::store::{Known, Work};
use cloud::telemetry::Counts;
use retention::consent::{Said, Statement};
use retention::{Customer, Time};
use serde_json::json;

use crate::changing::{Changed, change};
use crate::choosing;
use crate::link::Link;
use crate::page::{Page, Shown};
use crate::{Answer, Visit};

/// When the storefronts are told: by then it is written here.
const BEFORE_TELLING: TimeDelta = TimeDelta::minutes(1);
/// The words on the button, kept with the proof.
const WORDING: &str = "unsubscribe link";

/// Ends marketing for a customer. Done already is done.
pub(crate) async fn unsubscribe(
    visit: &Visit<'_>,
    link: &Link,
    known: Known,
    counts: &mut Counts,
) -> Result<Answer, StoreError> {
    let preferences = visit.preferences;
    if preferences.shop.sources.iter().any(|source| source.store.is_some()) {
        // Before the opt-out itself, so that it cannot be forgotten; and it is read when it is told.
        let work = Work::OptOut(known.customer.id.clone());
        preferences.store.put_work(&work, visit.now + BEFORE_TELLING).await?;
    }
    let after = change(preferences, known, |customer, now| {
        let is_out = customer.consent.said() == Some(Said::Unsubscribed) && customer.consent.pending_since().is_none();
        if is_out { None } else { heard(customer, (Said::Unsubscribed, WORDING), now) }
    });
    let after = after.await?;
    counts.add("unsubscribed", 1);
    Ok(match after {
        Some(after) => choosing::show(visit, link, &after),
        None => Answer::Page(200, Shown::message("gone_title", "gone_text")),
    })
}

/// A yes by the person's own act. After a complaint nothing is one.
pub(crate) async fn subscribe(
    visit: &Visit<'_>,
    known: Known,
    wording: &str,
    counts: &mut Counts,
) -> Result<Answer, StoreError> {
    let back = visit.own_page(&known.customer);
    let after = change(visit.preferences, known, |customer, now| {
        let has_word = customer.consent.is_subscribed() || customer.consent.is_ended_for_good();
        if has_word { None } else { heard(customer, (Said::Subscribed, wording), now) }
    });
    let Some(after) = after.await? else {
        return Ok(Answer::Page(200, Shown::message("gone_title", "gone_text")));
    };
    if !after.consent.is_subscribed() {
        return Ok(Answer::Page(200, Shown::message("letters_title", "complained_text")));
    }
    counts.add("subscribed", 1);
    let view = json!({ "text": "subscribed_text", "button": null, "back": back });
    Ok(Answer::Page(200, Shown::new(Page::Message, "subscribed_title", view)))
}

/// The page that asks for the click which makes a sign-up a yes.
pub(crate) fn to_confirm(visit: &Visit<'_>, link: &Link, customer: &Customer) -> Answer {
    if customer.consent.is_subscribed() {
        let view = json!({ "text": "subscribed_text", "button": null, "back": visit.own_page(customer) });
        return Answer::Page(200, Shown::new(Page::Message, "subscribed_title", view));
    }
    let button = json!({ "label": "confirm", "action": format!("{}/confirm", visit.path_of(link)), "main": true });
    let view = json!({ "text": "confirm_text", "button": button, "back": null });
    Answer::Page(200, Shown::new(Page::Message, "confirm_title", view))
}

fn heard(customer: &Customer, (said, wording): (Said, &str), now: Time) -> Option<Changed> {
    let statement = Statement::own(said, wording, &customer.consent, now);
    let mut after = customer.clone();
    after.consent.hear(&statement).then_some((after, Some(statement)))
}
