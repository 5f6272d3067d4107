//! Lambda's Runtime API for one function: it asks for an event, gets one when there is one, and posts its answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use cloud::clock::system_now;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

/// The id of every request: the scan's lease is held by whoever took it, and 1,000 runs follow each other in seconds.
const REQUEST: &str = "00000000-0000-4000-8000-000000000000";
/// How long each event may take, as it is told to the function.
const DEADLINE: Duration = Duration::from_secs(55);

/// The API. It ends when this is dropped.
pub(super) struct Runtime {
    address: SocketAddr,
    events: mpsc::Sender<String>,
    answers: mpsc::Receiver<Result<String, String>>,
    asked: mpsc::Receiver<Instant>,
    server: JoinHandle<()>,
}

struct Shared {
    events: Mutex<mpsc::Receiver<String>>,
    answers: mpsc::Sender<Result<String, String>>,
    asked: mpsc::Sender<Instant>,
}

impl Runtime {
    /// Starts it on a free port of this machine.
    pub(super) async fn start() -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let ((events, from), (to, answers), (ask, asked)) = (mpsc::channel(1), mpsc::channel(1), mpsc::channel(1));
        let shared = Arc::new(Shared { events: Mutex::new(from), answers: to, asked: ask });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2018-06-01/runtime/init/error", post(failed_to_start))
            .with_state(shared);
        let server = tokio::spawn(async move {
            // It serves until it is aborted.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { address, events, answers, asked, server })
    }

    /// Host and port, as a function is told them.
    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The moment at which the function asked for its first event.
    pub(super) async fn asked(&mut self) -> Result<Instant, String> {
        tokio::select! {
            asked = self.asked.recv() => asked.ok_or_else(|| "the runtime ended".to_owned()),
            answer = self.answers.recv() => Err(format!("it did not start: {answer:?}")),
        }
    }

    /// Hands an event over and takes the answer.
    pub(super) async fn invoke(&mut self, event: String) -> Result<String, String> {
        self.events.send(event).await.map_err(|e| e.to_string())?;
        self.answers.recv().await.ok_or("the runtime ended")?
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response<Body> {
    // Only the first question is waited for; later ones find the note of it unread, or nobody to read it.
    let _ = shared.asked.try_send(Instant::now());
    let Some(event) = shared.events.lock().await.recv().await else { return status(StatusCode::GONE) };
    let deadline = system_now() + DEADLINE;
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", REQUEST)
        .header("lambda-runtime-deadline-ms", deadline.timestamp_millis())
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:000000000000:function:bench")
        .body(Body::from(event));
    response.unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR))
}

async fn answered(State(shared): State<Arc<Shared>>, Path(_id): Path<String>, body: String) -> StatusCode {
    take(&shared, Ok(body)).await
}

async fn failed(State(shared): State<Arc<Shared>>, Path(_id): Path<String>, body: String) -> StatusCode {
    take(&shared, Err(body)).await
}

async fn failed_to_start(State(shared): State<Arc<Shared>>, body: String) -> StatusCode {
    take(&shared, Err(body)).await
}

async fn take(shared: &Shared, answer: Result<String, String>) -> StatusCode {
    match shared.answers.send(answer).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::GONE,
    }
}

fn status(code: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = code;
    response
}
