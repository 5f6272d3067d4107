//! The answer to a survey: the letter's link chooses a number, and only the button sends it.

use cloud::StoreError;
use cloud::store::Known;
use cloud::telemetry::Counts;
use retention::Customer;
use retention::customer::Answer as Given;
use retention::flow::Trigger;
use retention::record::hear_answer;
use serde_json::json;

use crate::changing::change;
use crate::link::{Link, Question};
use crate::page::{Page, Shown};
use crate::{Answer, Visit};

/// Shows the number that was chosen, or records it. Of two answers to one letter the later holds.
pub(crate) async fn answer(
    visit: &Visit<'_>,
    link: &Link,
    question: &Question,
    known: Known,
    posted: bool,
    counts: &mut Counts,
) -> Result<Answer, StoreError> {
    if !was_asked(visit, question, &known.customer).await? {
        return Ok(Answer::Page(404, Shown::message("unknown_title", "unknown_text")));
    }
    if !posted {
        return Ok(show(visit, link, question, question.score, None));
    }
    let Some(score) = visit.body().and_then(|body| score(&body)) else {
        return Ok(show(visit, link, question, question.score, Some("wrong_answer")));
    };
    let back = visit.own_page(&known.customer);
    change(visit.preferences, known, |customer, now| {
        let mut after = customer.clone();
        let given = Given { at: now, score, asked_by: Some(question.send.clone()) };
        hear_answer(&mut after, &given).then_some((after, None))
    })
    .await?;
    counts.add("answered", 1);
    let view = json!({ "text": "answered_text", "button": null, "back": back });
    let shown = Shown::new(Page::Message, "answered_title", view).filled("score", score.to_string());
    Ok(Answer::Page(200, shown))
}

/// Whether this letter asked this person.
async fn was_asked(visit: &Visit<'_>, question: &Question, customer: &Customer) -> Result<bool, StoreError> {
    let is_survey = |trigger: &Trigger| *trigger == Trigger::Survey;
    for id in std::iter::once(&customer.id).chain(&customer.former) {
        if let Some(send) = visit.preferences.store.send(id, &question.send).await? {
            return Ok(visit.preferences.shop.flow(&send.flow).is_some_and(|flow| is_survey(&flow.trigger)));
        }
    }
    Ok(false)
}

/// The number of the form, and nothing else in it.
fn score(body: &[u8]) -> Option<u8> {
    let mut fields = form_urlencoded::parse(body);
    let (name, value) = fields.next()?;
    let score = value.parse().ok().filter(|score| *score <= 10)?;
    (name == "score" && fields.next().is_none()).then_some(score)
}

fn show(
    visit: &Visit<'_>,
    link: &Link,
    question: &Question,
    chosen: Option<u8>,
    wrong: Option<&'static str>,
) -> Answer {
    let scores: Vec<_> = (0..=10_u8).map(|score| json!({ "score": score, "on": chosen == Some(score) })).collect();
    let action = format!("{}/answer/{}", visit.path_of(link), question.send);
    let view = json!({ "error": wrong, "action": action, "scores": scores });
    let status = if wrong.is_some() { 400 } else { 200 };
    Answer::Page(status, Shown::new(Page::Answer, "answer_title", view))
}
