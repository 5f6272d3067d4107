//! A storefront on this machine: it answers as it is told, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use retention::Time;
use retention::ids::SourceName;
use retention::shop::SourceKind;
use serde_json::Value;
use sources::{Access, Client, Patience, SourceError, Waits};
use storefront::{Fetch, FetchKind, Parsed, adapter};

/// What it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
    /// How often the same path was asked before.
    pub(crate) before: usize,
}

/// What it answers.
pub(crate) enum Answer {
    Json(u16, Vec<(&'static str, String)>, Value),
    Bytes(Vec<u8>),
    Nothing(u16),
    Hang,
}

/// An answer of success.
pub(crate) fn ok(body: Value) -> Answer {
    Answer::Json(200, Vec::new(), body)
}

type Answers = dyn Fn(&Asked) -> Answer + Send + Sync;

#[derive(Clone)]
pub(crate) struct Vendor {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    waits: Arc<Mutex<Vec<Duration>>>,
}

#[derive(Clone)]
struct Shared {
    answers: Arc<Answers>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Vendor {
    pub(crate) async fn start(answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = Shared { answers: Arc::new(answers), asked: asked.clone() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = Router::new().fallback(handle).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { port, asked, waits: Arc::default() }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Paths and queries of what it was asked so far.
    pub(crate) fn targets(&self) -> Vec<String> {
        let target =
            |asked: Asked| if asked.query.is_empty() { asked.path } else { format!("{}?{}", asked.path, asked.query) };
        self.asked().into_iter().map(target).collect()
    }

    /// The pauses that clients made between two tries, in milliseconds.
    pub(crate) fn pauses(&self) -> Vec<u128> {
        self.waits.lock().unwrap().iter().map(Duration::as_millis).collect()
    }

    /// A client of a store of this kind. It does not wait, and gives up an answer after half a second.
    pub(crate) fn client(&self, kind: SourceKind) -> Client {
        let (store, token) = match kind {
            SourceKind::Shopify => ("sample-shop", TOKEN.to_owned()),
            SourceKind::WooCommerce => ("https://shop.example/wp", format!("ck_public:{TOKEN}")),
            SourceKind::Ecwid => ("40500", TOKEN.to_owned()),
            SourceKind::BigCommerce => ("q7example", TOKEN.to_owned()),
            SourceKind::Standard => panic!("there is nobody to ask"),
        };
        let patience = Patience {
            answer: Duration::from_millis(500),
            waits: Waits::Note(self.waits.clone()),
            ..Patience::default()
        };
        let access = Access::new(kind, store, &token).unwrap();
        Client::on_this_machine(access, PARAMETER, self.port, patience).unwrap()
    }
}

/// A token that no error may show.
pub(crate) const TOKEN: &str = "shpat_5ecret";
/// The parameter that an error names in its place.
pub(crate) const PARAMETER: &str = "token/shop";

async fn handle(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let path = uri.path().to_owned();
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let asked = {
        let mut all = shared.asked.lock().unwrap();
        let before = all.iter().filter(|asked| asked.path == path && asked.method == method).count();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let asked = Asked { method, path, query: uri.query().unwrap_or_default().to_owned(), headers, body, before };
        all.push(asked.clone());
        asked
    };
    let plain = |status: u16, body: Body| Response::builder().status(status).body(body).unwrap();
    match (shared.answers)(&asked) {
        Answer::Nothing(status) => plain(status, Body::empty()),
        Answer::Bytes(bytes) => plain(200, Body::from(bytes)),
        Answer::Hang => std::future::pending().await,
        Answer::Json(status, headers, body) => {
            let built = headers
                .iter()
                .fold(Response::builder().status(status), |built, (name, value)| built.header(*name, value));
            built.body(Body::from(body.to_string())).unwrap()
        }
    }
}

pub(crate) fn fetch(kind: FetchKind, id: &str) -> Fetch {
    Fetch::new(kind, id).unwrap()
}

pub(crate) fn time(text: &str) -> Time {
    text.parse().unwrap()
}

/// Reads a body as the rest of the program would.
pub(crate) fn read(kind: SourceKind, what: FetchKind, body: &[u8]) -> Parsed {
    let source = SourceName::parse("shop").unwrap();
    adapter::entity(kind, what, body, &source, time("2026-04-02T00:00:00Z")).unwrap()
}

/// An error in its one line, which has neither the token nor an id in it.
pub(crate) fn line<T: std::fmt::Debug>(outcome: Result<T, SourceError>) -> String {
    let error = outcome.unwrap_err();
    let line = error.to_string();
    let all = format!("{line} {error:?}");
    assert!(!all.contains("5ecret") && !all.contains("4711") && !line.contains('\n'), "{all}");
    line
}
