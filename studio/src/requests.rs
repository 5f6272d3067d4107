//! `regulars requests`: who asked at a storefront what is kept of them.

use chrono::TimeDelta;
use cloud::Store;
use cloud::store::Asked;
use serde_json::json;

use crate::failure::Failure;
use crate::person;

/// How long the law gives for an answer, counted in the shortest months (GDPR, article 12, paragraph 3; Shopify names the
/// same 30 days).
const DEADLINE: TimeDelta = TimeDelta::days(30);

/// Everybody who waits for an answer, who waits longest first.
pub async fn list(store: &Store, as_json: bool) -> Result<String, Failure> {
    let asked = store.asked_for_export().await?;
    if as_json {
        let rows: Vec<_> = asked
            .iter()
            .map(|a| json!({ "customer": a.customer, "source": a.source, "asked_at": a.at, "answer_by": a.at + DEADLINE }))
            .collect();
        return serde_json::to_string(&rows).map_err(|e| Failure::new(e.to_string()));
    }
    if asked.is_empty() {
        return Ok("Nobody waits for an answer.".to_owned());
    }
    let line = |Asked { customer, source, at }: &Asked| {
        format!("{customer}  asked at {source} on {}, answer by {}", at.date_naive(), (*at + DEADLINE).date_naive())
    };
    let mut lines: Vec<String> = asked.iter().map(line).collect();
    lines.push(
        "\n`regulars export CUSTOMER` writes the file; `regulars requests --answered CUSTOMER` ends the request."
            .to_owned(),
    );
    Ok(lines.join("\n"))
}

/// Ends the request of a customer.
pub async fn answered(store: &Store, who: &str) -> Result<String, Failure> {
    let id = person::find(store, who).await?.customer.id;
    store.answered(&id).await?;
    Ok(format!("The request of customer {id} is answered."))
}
