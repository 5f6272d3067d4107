//! The preference centre: the one click first, then what a person may choose.

use cloud::StoreError;
use cloud::store::Known;
use cloud::telemetry::Counts;
use retention::preferences::choose;
use retention::{Customer, Time};
use serde_json::{Value, json};

use crate::changing::change;
use crate::form::{self, Draft, Wrong};
use crate::link::Link;
use crate::own_data;
use crate::page::{Page, Shown};
use crate::{Answer, Visit};

/// Shows the preferences as they stand.
pub(crate) fn show(visit: &Visit<'_>, link: &Link, customer: &Customer) -> Answer {
    page(visit, link, customer, &draft_of(visit, customer), None)
}

/// Saves a form and shows what was saved; of one that cannot be, what is wrong, and what was typed.
pub(crate) async fn save(
    visit: &Visit<'_>,
    link: &Link,
    known: Known,
    counts: &mut Counts,
) -> Result<Answer, StoreError> {
    let before = draft_of(visit, &known.customer);
    let typed = visit.body().ok_or(Wrong::Form).and_then(|body| Draft::typed(&body));
    let draft = match typed {
        Ok(draft) => draft,
        Err(wrong) => return Ok(page(visit, link, &known.customer, &before, Some(Err(wrong)))),
    };
    let Visit { preferences, .. } = visit;
    let languages: Vec<&str> = preferences.pages.languages().collect();
    let choice = match draft.choice(&known.customer, &preferences.shop, &languages, &before) {
        Ok(choice) => choice,
        Err(wrong) => return Ok(page(visit, link, &known.customer, &draft, Some(Err(wrong)))),
    };
    let after = change(preferences, known, |customer, now| Some((choose(customer, &choice, now)?, None))).await?;
    let Some(after) = after else { return Ok(Answer::Page(200, Shown::message("gone_title", "gone_text"))) };
    counts.add("chosen", 1);
    // In the language that was just chosen.
    let locale = preferences.pages.locale(after.locale.as_deref()).unwrap_or(visit.locale);
    let visit = &Visit { locale, ..*visit };
    Ok(page(visit, link, &after, &draft_of(visit, &after), Some(Ok(()))))
}

fn draft_of(visit: &Visit<'_>, customer: &Customer) -> Draft {
    let Visit { preferences, now, .. } = visit;
    let language = preferences.pages.language_of(customer.locale.as_deref());
    Draft::of(customer, &preferences.shop, language, *now)
}

/// The page, with what became of the form that was sent.
fn page(
    visit: &Visit<'_>,
    link: &Link,
    customer: &Customer,
    draft: &Draft,
    came_of_it: Option<Result<(), Wrong>>,
) -> Answer {
    let Visit { preferences, now, .. } = visit;
    let pages = &preferences.pages;
    let consent = &customer.consent;
    let is_out = !consent.is_subscribed() && (consent.said().is_some() || consent.is_ended_for_good());
    let is_pending = consent.pending_since().is_some();
    let wrong = came_of_it.and_then(Result::err);
    let topics: Vec<Value> = form::topics(&preferences.shop)
        .map(|topic| {
            let on = draft.topics.contains(topic.name.as_str());
            json!({ "name": topic.name, "title": pages.topic(&topic.name, visit.locale), "on": on })
        })
        .collect();
    let languages: Vec<Value> = pages
        .languages()
        .map(|locale| json!({ "locale": locale, "name": pages.name_of(locale), "on": draft.language == locale }))
        .collect();
    let view = json!({
        "error": wrong.map(Wrong::words),
        "saved": came_of_it == Some(Ok(())),
        "out": is_out && !is_pending,
        "pending": is_pending,
        "complained": consent.is_ended_for_good(),
        // Whoever gets nothing has nothing to choose: the first choice is the new yes.
        "chooses": !is_out || is_pending,
        "topics": topics,
        "pauses": pauses(customer, draft, *now),
        "fewer": draft.fewer,
        "days": numbers(31, &draft.day),
        "months": numbers(12, &draft.month),
        "month_first": pages.has_month_first(visit.locale),
        "wrong_birthday": wrong == Some(Wrong::Birthday),
        "wrong_language": wrong == Some(Wrong::Language),
        "languages": if languages.len() > 1 { languages } else { Vec::new() },
        "no_language": draft.language.is_empty(),
        "data": own_data::may_ask(&preferences.shop, customer),
        "link": visit.path_of(link),
    });
    let title = if is_out && !is_pending { "unsubscribed_title" } else { "letters_title" };
    let shown = Shown::new(Page::Center, title, view).until(customer.preferences.pause(*now)).in_language(visit.locale);
    Answer::Page(if wrong.is_some() { 400 } else { 200 }, shown)
}

fn pauses(customer: &Customer, draft: &Draft, now: Time) -> Vec<Value> {
    let paused = customer.preferences.pause(now).is_some();
    let first: &[(&str, &str)] =
        if paused { &[("keep", "pause_keep"), ("none", "pause_end")] } else { &[("none", "pause_none")] };
    let all = first.iter().chain(&[("30", "pause_30"), ("90", "pause_90")]);
    all.map(|(value, label)| json!({ "value": value, "label": label, "on": draft.pause == *value })).collect()
}

fn numbers(last: u8, chosen: &str) -> Vec<Value> {
    let one =
        |number: u8| json!({ "number": number, "text": format!("month_{number}"), "on": number.to_string() == chosen });
    (1..=last).map(one).collect()
}
