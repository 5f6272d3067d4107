//! A person's own data: a link to it goes to the address on file, and behind it everything can be taken along or erased.

use cloud::StoreError;
use cloud::door;
use cloud::store::{Known, Work};
use cloud::telemetry::Counts;
use retention::flow::Trigger;
use retention::preferences::ask_for_data;
use retention::{Customer, Shop};
use serde_json::json;

use crate::changing::change;
use crate::link::Link;
use crate::page::{Page, Shown};
use crate::{Answer, Visit};

/// Whether a link to their data can be mailed to a customer.
pub(crate) fn may_ask(shop: &Shop, customer: &Customer) -> bool {
    customer.email.is_some() && shop.has_flow(|trigger| *trigger == Trigger::DataRequest)
}

/// Has the link mailed, once a day at most. The answer is the same however often it is asked for.
pub(crate) async fn ask(visit: &Visit<'_>, known: Known, counts: &mut Counts) -> Result<Answer, StoreError> {
    if !may_ask(&visit.preferences.shop, &known.customer) {
        return Ok(Answer::Page(404, Shown::message("unknown_title", "unknown_text")));
    }
    let back = visit.own_page(&known.customer);
    change(visit.preferences, known, |customer, now| Some((ask_for_data(customer, now)?, None))).await?;
    counts.add("data_asked", 1);
    let view = json!({ "text": "data_sent_text", "button": null, "back": back });
    Ok(Answer::Page(200, Shown::new(Page::Message, "data_sent_title", view)))
}

/// The page behind the mailed link.
pub(crate) fn show(visit: &Visit<'_>, link: &Link, wrong: Option<&'static str>) -> Answer {
    let view = json!({ "error": wrong, "action": format!("{}/your-data", visit.path_of(link)) });
    let shown = Shown::new(Page::OwnData, "own_data_title", view);
    Answer::Page(if wrong.is_some() { 400 } else { 200 }, shown.until(link.runs_out_at))
}

/// Gives everything as a file, or notes the erasure as a storefront's request would be noted.
pub(crate) async fn give(
    visit: &Visit<'_>,
    link: &Link,
    known: Known,
    counts: &mut Counts,
) -> Result<Answer, StoreError> {
    let body = door::body(visit.request).unwrap_or_default();
    let fields: Vec<_> = form_urlencoded::parse(&body).take(3).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    let store = &visit.preferences.store;
    match fields[..] {
        [("do", "export")] => {
            let Some(history) = store.history(&known.customer.id).await? else {
                return Ok(Answer::Page(200, Shown::message("gone_title", "gone_text")));
            };
            counts.add("exported", 1);
            Ok(Answer::File(history.export()?))
        }
        [("do", "erase"), ("sure", "yes")] => {
            store.put_work(&Work::Erase(known.customer.id), visit.now).await?;
            counts.add("erasure_noted", 1);
            Ok(Answer::Page(200, Shown::message("gone_title", "gone_text")))
        }
        [("do", "erase")] => Ok(show(visit, link, Some("wrong_sure"))),
        _ => Ok(show(visit, link, Some("wrong_form"))),
    }
}
