//! A parameter store on this machine: it holds what a test gives it, counts how often it is asked, and can be down.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::config::{BehaviorVersion, Credentials, Region};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router};
use cloud::parameters::Parameters;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The path of the shop's parameters.
pub const PATH: &str = "/regulars/test";

/// The store.
#[derive(Debug, Clone)]
pub struct ParameterStore {
    address: SocketAddr,
    holds: Arc<Mutex<Holds>>,
}

#[derive(Debug, Default)]
struct Holds {
    values: BTreeMap<String, String>,
    is_down: bool,
    asked: usize,
}

impl ParameterStore {
    /// Starts one at a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let store = Self { address: listener.local_addr().expect("an address"), holds: Arc::default() };
        // Whatever is asked of it in JSON: it is taken for all services where a process is given one address.
        let app = Router::new().fallback(answer).with_state(store.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        store
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on a parameter of the shop has this value.
    pub fn has(&self, name: &str, value: &str) {
        self.holds().values.insert(format!("{PATH}/{name}"), value.to_owned());
    }

    /// From now on it fails, or answers again.
    pub fn is_down(&self, is_down: bool) {
        self.holds().is_down = is_down;
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.holds().asked
    }

    /// The shop's secrets, as a process has them that begins now. Each question is asked once.
    pub fn parameters(&self) -> Parameters {
        let config = aws_sdk_ssm::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(format!("http://{}", self.address))
            .region(Region::new("local"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .retry_config(RetryConfig::disabled())
            .http_client(cloud::clients::connector())
            .build();
        Parameters::ssm(aws_sdk_ssm::Client::from_conf(config), PATH)
    }

    fn holds(&self) -> MutexGuard<'_, Holds> {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(State(store): State<ParameterStore>, body: String) -> (StatusCode, Json<Value>) {
    let asked: Value = serde_json::from_str(&body).unwrap_or_default();
    let name = asked["Name"].as_str().unwrap_or_default();
    let mut holds = store.holds();
    holds.asked += 1;
    if holds.is_down {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "__type": "InternalServerError" })));
    }
    match holds.values.get(name) {
        Some(value) => (StatusCode::OK, Json(json!({ "Parameter": { "Name": name, "Value": value } }))),
        None => (StatusCode::BAD_REQUEST, Json(json!({ "__type": "ParameterNotFound" }))),
    }
}
