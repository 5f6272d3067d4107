//! Lambda's Runtime API on a socket of its own, for one function.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{Method, Response, Uri};
use cloud::clock::system_now;
use testkit::lambda::{Invocation, Invoker, RuntimeApi};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The id of every request: the scan's lease is held by whoever took it, and 1,000 runs follow each other in seconds.
const REQUEST: &str = "00000000-0000-4000-8000-000000000000";
/// How long each event may take, as it is told to the function.
const DEADLINE: Duration = Duration::from_secs(55);

/// The API. It ends when this is dropped.
pub(super) struct Runtime {
    address: SocketAddr,
    invoker: Invoker,
    server: JoinHandle<()>,
}

impl Runtime {
    /// Starts it on a free port of this machine.
    pub(super) async fn start() -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let (api, invoker) = RuntimeApi::new();
        let routes = Router::new().fallback(answer).with_state(api);
        let server = tokio::spawn(async move {
            // It serves until it is aborted.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { address, invoker, server })
    }

    /// Host and port, as a function is told them.
    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The moment at which the function asked for its first event.
    pub(super) async fn asked(&mut self) -> Result<Instant, String> {
        self.invoker.asked().await
    }

    /// Hands an event over and takes the answer.
    pub(super) async fn invoke(&mut self, event: String) -> Result<String, String> {
        let deadline = system_now() + DEADLINE;
        self.invoker.invoke(Invocation { request: REQUEST.to_owned(), deadline, event }).await
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(api): State<RuntimeApi>, method: Method, uri: Uri, body: String) -> Response<String> {
    api.answer(&method, uri.path(), body).await
}
