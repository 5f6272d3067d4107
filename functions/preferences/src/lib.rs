//! The pages behind the links in letters: unsubscribe, choose what to get, answer a question, confirm a sign-up, see and
//! erase one's own data.
//!
//! Only POST changes anything: link scanners open every link of a letter, and people's mailboxes are not opted out by
//! machines. The answer is 200 also for who is gone already.

mod answering;
mod changing;
mod choosing;
mod consenting;
mod form;
mod link;
mod own_data;
mod page;

use std::sync::Arc;

use cloud::door::{self, Request, Response};
use cloud::snapshot::Snapshot;
use cloud::store::Known;
use cloud::telemetry::Counts;
use cloud::{Clock, LinkKeys, Store, StoreError};
use retention::{Customer, Shop, Time};
use serde_json::json;

use link::{Door, Link};
use page::{Page, Shown};

pub use page::Pages;

/// What the preferences work with.
#[derive(Debug)]
pub struct Preferences {
    /// The shop.
    pub shop: Arc<Shop>,
    /// The pages, in the shop's words and colours.
    pub pages: Arc<Pages>,
    /// The table.
    pub store: Store,
    /// The aggregates of the day.
    pub snapshot: Snapshot,
    /// The keys of links.
    pub tokens: LinkKeys,
    /// The clock.
    pub clock: Clock,
}

/// The path below which each person has a link.
pub const PATH: &str = "/u/";

/// Nothing of an answer is loaded, framed, remembered or told to the next site.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
    ("x-robots-tag", "noindex"),
    ("strict-transport-security", "max-age=31536000"),
];

/// One request of somebody who followed a link.
struct Visit<'a> {
    preferences: &'a Preferences,
    request: &'a Request,
    /// What stands before the token in the paths of this door.
    base: &'a str,
    /// The language of the page: the person's, once it is known who that is.
    locale: &'a str,
    now: Time,
}

/// What a visit came to.
enum Answer {
    /// A page.
    Page(i64, Shown),
    /// A file to keep.
    File(String),
}

/// Answers one request.
pub async fn handle(preferences: &Preferences, request: &Request) -> Response {
    let mut counts = Counts::default();
    let response = answer(preferences, request, &mut counts).await;
    counts.emit("preferences", preferences.clock.now());
    response
}

async fn answer(preferences: &Preferences, request: &Request, counts: &mut Counts) -> Response {
    let raw = request.raw_path.as_deref().unwrap_or_default();
    let base = raw.find(PATH).map_or(PATH, |at| &raw[..at + PATH.len()]);
    let accepted = request.headers.get("accept-language").and_then(|value| value.to_str().ok());
    let locale = preferences.pages.accepted(accepted.unwrap_or_default());
    let mut visit = Visit { preferences, request, base, locale, now: preferences.clock.now() };
    let method = door::method(request);
    if !matches!(method, "GET" | "HEAD" | "POST") {
        return door::answer_with(405, &[("allow", "GET, HEAD, POST")], "");
    }
    let rest = door::path(request).strip_prefix(PATH).unwrap_or_default();
    let token = rest.split_once('/').map_or(rest, |(token, _)| token);
    let keys = match preferences.tokens.of(token, visit.now).await {
        Ok(keys) => keys,
        // It may be a link of ours: whoever asks again finds out.
        Err(error) => {
            tracing::error!(error = %error, "a link names a key that is not known, and the keys could not be read again");
            counts.add("failed", 1);
            return visit.response(Answer::Page(503, Shown::message("again_title", "again_text")), method);
        }
    };
    let Some(link) = Link::parse(rest, &keys) else {
        counts.add("unknown_link", 1);
        return visit.response(Answer::Page(404, Shown::message("unknown_title", "unknown_text")), method);
    };
    if method == "HEAD" {
        return visit.response(Answer::Page(200, Shown::message("letters_title", "letters_title")), method);
    }
    let answered = match preferences.store.customer(&link.customer).await {
        // What a change holds is large, and lies on the heap rather than in everything that waits for it.
        Ok(known) => Box::pin(visit.open(&link, known, counts)).await,
        Err(error) => Err(error),
    };
    let answered = answered.unwrap_or_else(|error| {
        tracing::error!(customer.id = %link.customer, error = %error, "what a person asked for by a link could not be done");
        counts.add("failed", 1);
        Answer::Page(503, Shown::message("again_title", "again_text"))
    });
    visit.response(answered, method)
}

impl Visit<'_> {
    /// Opens the door that a link leads to.
    async fn open(&mut self, link: &Link, known: Option<Known>, counts: &mut Counts) -> Result<Answer, StoreError> {
        let Some(known) = known.filter(|known| known.customer.erased_at.is_none()) else {
            counts.add("gone", 1);
            return Ok(Answer::Page(200, Shown::message("gone_title", "gone_text")));
        };
        self.locale = self.preferences.pages.locale(known.customer.locale.as_deref()).unwrap_or(self.locale);
        if link.runs_out_at.is_some_and(|until| until <= self.now) {
            return Ok(Answer::Page(410, Shown::message("expired_title", "expired_text")));
        }
        let posted = door::method(self.request) == "POST";
        match (&link.door, posted) {
            (Door::Center, true) => consenting::unsubscribe(self, link, known, counts).await,
            (Door::Preferences, true) => choosing::save(self, link, known, counts).await,
            (Door::Subscribe, true) => consenting::subscribe(self, known, "subscribe again", counts).await,
            (Door::AskForData, true) => own_data::ask(self, known, counts).await,
            (Door::Center | Door::Preferences | Door::Subscribe | Door::AskForData, false) => {
                Ok(choosing::show(self, link, &known.customer))
            }
            (Door::Answer(question), _) => answering::answer(self, link, question, known, posted, counts).await,
            (Door::Confirm, true) => {
                consenting::subscribe(self, known, "confirmed by the link in a letter", counts).await
            }
            (Door::Confirm, false) => Ok(consenting::to_confirm(self, link, &known.customer)),
            (Door::OwnData, true) => own_data::give(self, link, known, counts).await,
            (Door::OwnData, false) => Ok(own_data::show(self, link, None)),
        }
    }

    /// The body, as far as a form may be long.
    fn body(&self) -> Option<Vec<u8>> {
        let body = door::body(self.request).ok()?;
        (body.len() <= form::MAX_BYTES).then(|| body.into_owned())
    }

    /// The path of a customer's own page.
    fn own_page(&self, customer: &Customer) -> String {
        format!("{}{}", self.base, self.preferences.tokens.held().sign(&customer.id))
    }

    /// The path of a link, up to its token.
    fn path_of(&self, link: &Link) -> String {
        format!("{}{}", self.base, link.token)
    }

    fn response(&self, answer: Answer, method: &str) -> Response {
        let with = |more: &[(&'static str, &'static str)]| [&HEADERS[..], more].concat();
        match answer {
            Answer::Page(status, shown) => {
                let html =
                    if method == "HEAD" { String::new() } else { self.preferences.pages.html(self.locale, &shown) };
                door::answer_with(status, &with(&[("content-type", "text/html; charset=utf-8")]), html)
            }
            Answer::File(text) => {
                let name = ("content-disposition", "attachment; filename=\"your-data.json\"");
                door::answer_with(200, &with(&[("content-type", "application/json"), name]), text)
            }
        }
    }
}

impl Shown {
    /// A page that says one thing.
    fn message(title: &'static str, text: &'static str) -> Self {
        Self::new(Page::Message, title, json!({ "text": text, "button": null, "back": null }))
    }
}
