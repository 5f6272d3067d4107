//! A storefront on this machine: it answers at each path as it is told, and remembers what it was asked.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Response, Uri};
use serde_json::Value;
use tokio::net::TcpListener;

/// An answer: status, headers, body.
type Answer = (u16, Vec<(&'static str, String)>, Value);

/// What makes an answer of a body: status and body.
type Doing = dyn Fn(&Value) -> (u16, Value) + Send + Sync;

/// The same, which others may hold too.
#[derive(Clone)]
struct Act(Arc<Doing>);

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Act")
    }
}

/// The storefront. What no answer is set for is not there.
#[derive(Debug, Clone, Default)]
pub struct Vendor {
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    acts: Arc<Mutex<BTreeMap<String, Act>>>,
    asked: Arc<Mutex<Vec<String>>>,
    told: Arc<Mutex<Vec<(String, Value)>>>,
    port: u16,
}

impl Vendor {
    /// Starts one at a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let vendor = Self { port, ..Self::default() };
        let app = Router::new().fallback(answer).with_state(vendor.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        vendor
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on it answers this at a path, whatever the query; at a path with a query, to that alone.
    pub fn answers(&self, path: &str, status: u16, headers: Vec<(&'static str, String)>, body: Value) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(path.to_owned(), (status, headers, body));
    }

    /// From now on what it is told at a path has this done, which makes the answer.
    pub fn does(&self, path: &str, act: impl Fn(&Value) -> (u16, Value) + Send + Sync + 'static) {
        let mut acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
        acts.insert(path.to_owned(), Act(Arc::new(act)));
    }

    /// What it was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What it was told since the last time: method and path, and the body.
    pub fn told(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn answer(State(vendor): State<Vendor>, method: Method, uri: Uri, body: Bytes) -> Response<Body> {
    let act = vendor.acts.lock().unwrap_or_else(PoisonError::into_inner).get(uri.path()).cloned();
    let mut acted = None;
    if method != Method::GET {
        let body = serde_json::from_slice(&body).unwrap_or_default();
        acted = act.map(|Act(act)| act(&body)).map(|(status, body)| (status, Vec::new(), body));
        vendor.told.lock().unwrap_or_else(PoisonError::into_inner).push((format!("{method} {uri}"), body));
    }
    vendor.asked.lock().unwrap_or_else(PoisonError::into_inner).push(uri.to_string());
    let answers = vendor.answers.lock().unwrap_or_else(PoisonError::into_inner);
    let found = acted.or_else(|| answers.get(&uri.to_string()).or_else(|| answers.get(uri.path())).cloned());
    let (status, headers, body) = found.unwrap_or((404, Vec::new(), Value::Null));
    let built =
        headers.iter().fold(Response::builder().status(status), |built, (name, value)| built.header(*name, value));
    built.body(Body::from(body.to_string())).expect("an answer")
}
