//! The studio's server: webhooks, unsubscribe links, the inbox and the clock, on this machine only.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::get;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::http::event;
use crate::inbox::Inbox;
use crate::local::Local;

/// API Gateway takes bodies of 10 MB.
const MAX_BODY: usize = 10 * 1024 * 1024;
/// How often what is on the queues is sent; the scan runs once a minute.
const BEAT: Duration = Duration::from_secs(1);
/// How far the clock may be moved at once.
const FARTHEST: TimeDelta = TimeDelta::days(366);

const INBOX: &str = include_str!("pages/inbox.html");

struct Studio {
    local: Local,
    inbox: Inbox,
}

/// Serves until the process ends. The clock follows the machine's.
pub async fn serve(local: Local, listener: TcpListener) -> Result<(), Failure> {
    let studio = Arc::new(Studio { local, inbox: Inbox::default() });
    let app = Router::new()
        .route("/", get(|| async { Html(INBOX) }))
        .route("/api/letters", get(letters))
        .route("/api/letters/{file}", get(letter))
        .route("/letters/{file}", get(letter_html))
        .route("/api/clock", get(clock).post(advance))
        .fallback(forward)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(studio.clone());
    studio.local.clock.run(true);
    let beats = follow(&studio);
    let served = async { axum::serve(listener, app).with_graceful_shutdown(interrupted()).await };
    tokio::select! {
        served = served => served.map_err(|e| Failure::new(format!("the server stopped: {e}"))),
        () = beats => Ok(()),
    }
}

async fn interrupted() {
    // Without a signal handler Ctrl-C ends the process as it is, which loses nothing either.
    let _ = tokio::signal::ctrl_c().await;
}

/// What the cloud does by itself: queues are worked through at once, the scan runs every minute.
async fn follow(studio: &Studio) {
    let mut beat = tokio::time::interval(BEAT);
    let mut scanned = None;
    loop {
        beat.tick().await;
        let minute = studio.local.clock.now().timestamp().div_euclid(60);
        if scanned == Some(minute) {
            studio.local.send_waiting().await;
            continue;
        }
        scanned = Some(minute);
        if let Err(failure) = studio.local.tick().await {
            tracing::error!(error = %failure, "a minute could not be worked through");
        }
    }
}

async fn letters(State(studio): State<Arc<Studio>>) -> Response {
    let Local { outbox, store, .. } = &studio.local;
    answer(studio.inbox.list(outbox.folder(), store).await)
}

async fn letter(State(studio): State<Arc<Studio>>, Path(file): Path<String>) -> Response {
    let Local { outbox, store, .. } = &studio.local;
    match studio.inbox.open(outbox.folder(), store, &file).await {
        Ok(None) => (StatusCode::NOT_FOUND, Json(json!({ "error": "no such letter" }))).into_response(),
        found => answer(found),
    }
}

/// The letter by itself, as a mail client would show it: no script runs, no form is sent.
async fn letter_html(State(studio): State<Arc<Studio>>, Path(file): Path<String>) -> Response {
    let Local { outbox, store, .. } = &studio.local;
    match studio.inbox.open(outbox.folder(), store, &file).await {
        Ok(Some(opened)) => {
            let policy = [("content-security-policy", "sandbox allow-popups allow-popups-to-escape-sandbox")];
            // A link in a letter opens beside the inbox, not inside it.
            let html = opened.html.replacen("<head>", "<head><base target=\"_blank\">", 1);
            (policy, Html(html)).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn clock(State(studio): State<Arc<Studio>>) -> Response {
    Json(json!({ "now": studio.local.clock.now() })).into_response()
}

#[derive(Deserialize)]
struct Advance {
    advance: String,
}

async fn advance(State(studio): State<Arc<Studio>>, headers: HeaderMap, body: Bytes) -> Response {
    let bad = |why: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response();
    // A page of another site may post a form here, but no JSON: it must not move the clock.
    if headers.get("origin").is_some_and(|origin| !is_this_machine(origin.as_bytes())) {
        return bad("the clock is moved from this machine only");
    }
    let Ok(asked) = serde_json::from_slice::<Advance>(&body) else {
        return bad(r#"the body is {"advance":"30d"}"#);
    };
    let span = humantime::parse_duration(&asked.advance).ok().and_then(|span| TimeDelta::from_std(span).ok());
    let Some(span) = span.filter(|span| *span <= FARTHEST) else {
        return bad("advance is a span such as 30d or 12h, at most 366d");
    };
    let local = &studio.local;
    local.clock.run(false);
    let moved = local.advance(local.clock.now() + span, &[]).await;
    local.stay_ahead();
    local.clock.run(true);
    answer(moved.map(|letters| json!({ "now": local.clock.now(), "letters": letters })))
}

fn is_this_machine(origin: &[u8]) -> bool {
    [&b"http://127.0.0.1:"[..], b"http://localhost:"].iter().any(|own| origin.starts_with(own))
}

/// Everything else is for the functions.
async fn forward(
    State(studio): State<Arc<Studio>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let pairs = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?.to_owned())));
    let request = match event(method.as_str(), uri.path(), pairs, &body) {
        Ok(request) => request,
        Err(failure) => return (StatusCode::BAD_REQUEST, failure.to_string()).into_response(),
    };
    let answered = studio.local.request(&request).await;
    let status = u16::try_from(answered.status_code).ok().and_then(|code| StatusCode::from_u16(code).ok());
    let body = answered.body.map(|body| body.as_ref().to_vec()).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answered.headers {
        if let (Ok(name), Ok(value)) =
            (axum::http::HeaderName::try_from(name.as_str()), axum::http::HeaderValue::from_bytes(value.as_bytes()))
        {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn answer<T: serde::Serialize>(result: Result<T, Failure>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(failure) => {
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": failure.to_string() }))).into_response()
        }
    }
}
