//! Where a link at the end of a letter leads: the page, and the one click that ends marketing.
//!
//! Only POST changes anything: link scanners open every link of a letter, and people's mailboxes are not opted out by
//! machines. The answer to a POST is 200 also for who is gone already.

mod page;
mod unsubscribe;

use std::sync::Arc;

use cloud::door::{self, Request, Response};
use cloud::snapshot::Snapshot;
use cloud::telemetry::Counts;
use cloud::{Clock, Store};
use retention::Shop;
use retention::token::TokenKeys;
use shop::Brand;

use page::Page;

/// What the preferences work with.
#[derive(Debug)]
pub struct Preferences {
    /// The shop.
    pub shop: Arc<Shop>,
    /// How it looks.
    pub brand: Brand,
    /// The table.
    pub store: Store,
    /// The aggregates of the day.
    pub snapshot: Snapshot,
    /// The keys of links.
    pub tokens: TokenKeys,
    /// The clock.
    pub clock: Clock,
}

/// The path below which each person has a link.
pub const PATH: &str = "/u/";

/// Nothing on the page is loaded, framed, remembered or told to the next site.
const HEADERS: [(&str, &str); 7] = [
    ("content-type", "text/html; charset=utf-8"),
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

/// Answers one request.
pub async fn handle(preferences: &Preferences, request: &Request) -> Response {
    let mut counts = Counts::default();
    let response = answer(preferences, request, &mut counts).await;
    counts.emit("preferences", preferences.clock.now());
    response
}

async fn answer(preferences: &Preferences, request: &Request, counts: &mut Counts) -> Response {
    let brand = &preferences.brand;
    let token = door::path(request).strip_prefix(PATH);
    let Some(customer) = token.and_then(|token| preferences.tokens.verify(token)) else {
        counts.add("unknown_link", 1);
        return show(404, brand, &Page::Unknown);
    };
    match door::method(request) {
        "GET" => show(200, brand, &Page::Ask),
        "HEAD" => door::answer_with(200, &HEADERS, ""),
        "POST" => match unsubscribe::unsubscribe(preferences, &customer).await {
            Ok(()) => {
                counts.add("unsubscribed", 1);
                show(200, brand, &Page::Done)
            }
            Err(error) => {
                tracing::error!(customer.id = %customer, error = %error, "an opt-out could not be written");
                counts.add("failed", 1);
                show(503, brand, &Page::Again)
            }
        },
        _ => door::answer_with(405, &[("allow", "GET, HEAD, POST")], ""),
    }
}

fn show(status: i64, brand: &Brand, page: &Page) -> Response {
    door::answer_with(status, &HEADERS, page.html(brand))
}
