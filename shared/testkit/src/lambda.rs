//! Lambda's Runtime API for one function: it asks for an event, gets one when there is one, and posts its answer.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use axum::http::{Method, Response, StatusCode};
use cloud::config;
use retention::Time;
use tokio::sync::{Mutex, mpsc};

/// Below this path a function asks for its events.
const PREFIX: &str = "/2018-06-01/runtime/";

/// One event, as it is handed to the function.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The id of the request.
    pub request: String,
    /// When the function must be done, by its own clock.
    pub deadline: Time,
    /// The event.
    pub event: String,
}

/// What is on the other end of a function's requests to the API.
#[derive(Debug, Clone)]
pub struct RuntimeApi(Arc<Shared>);

/// The side of whoever invokes.
#[derive(Debug)]
pub struct Invoker {
    events: mpsc::Sender<Invocation>,
    answers: mpsc::Receiver<Result<String, String>>,
    asked: mpsc::Receiver<Instant>,
}

#[derive(Debug)]
struct Shared {
    events: Mutex<mpsc::Receiver<Invocation>>,
    answers: mpsc::Sender<Result<String, String>>,
    asked: mpsc::Sender<Instant>,
}

impl RuntimeApi {
    /// The API for one process, and the side that invokes it.
    pub fn new() -> (Self, Invoker) {
        let ((events, from), (to, answers), (ask, asked)) = (mpsc::channel(1), mpsc::channel(1), mpsc::channel(1));
        let shared = Shared { events: Mutex::new(from), answers: to, asked: ask };
        (Self(Arc::new(shared)), Invoker { events, answers, asked })
    }

    /// Whether a path is one of this API.
    pub fn has(path: &str) -> bool {
        path.starts_with(PREFIX)
    }

    /// Whether a path is that of a function's answer.
    pub fn is_answer(path: &str) -> bool {
        Self::has(path) && (path.ends_with("/response") || path.ends_with("/error"))
    }

    /// Answers one request of the function. The question for the next event is answered when there is one.
    pub async fn answer(&self, method: &Method, path: &str, body: String) -> Response<String> {
        let what = path.strip_prefix(PREFIX).unwrap_or_default();
        match (method, what) {
            (&Method::GET, "invocation/next") => self.next().await,
            (&Method::POST, what) if what.ends_with("/response") => self.take(Ok(body)).await,
            (&Method::POST, what) if what.ends_with("/error") => self.take(Err(body)).await,
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    async fn next(&self) -> Response<String> {
        // Only the first question is waited for; later ones find the note of it unread, or nobody to read it.
        let _ = self.0.asked.try_send(Instant::now());
        let Some(invocation) = self.0.events.lock().await.recv().await else { return status(StatusCode::GONE) };
        let response = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", invocation.request)
            .header("lambda-runtime-deadline-ms", invocation.deadline.timestamp_millis())
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:000000000000:function:local")
            .body(invocation.event);
        response.unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR))
    }

    async fn take(&self, answer: Result<String, String>) -> Response<String> {
        match self.0.answers.send(answer).await {
            Ok(()) => status(StatusCode::ACCEPTED),
            Err(_) => status(StatusCode::GONE),
        }
    }
}

impl Invoker {
    /// The moment at which the function asked for its first event.
    pub async fn asked(&mut self) -> Result<Instant, String> {
        tokio::select! {
            asked = self.asked.recv() => asked.ok_or_else(|| "the runtime ended".to_owned()),
            answer = self.answers.recv() => Err(format!("it did not start: {answer:?}")),
        }
    }

    /// Hands an event over and takes the answer.
    pub async fn invoke(&mut self, invocation: Invocation) -> Result<String, String> {
        self.events.send(invocation).await.map_err(|e| e.to_string())?;
        self.answers.recv().await.ok_or("the runtime ended")?
    }
}

fn status(code: StatusCode) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = code;
    response
}

/// What Lambda tells a function of that name whose code lies in `folder`, and where its Runtime API and all services are.
pub fn environment(name: &str, folder: &Path, runtime: &str, services: &str) -> Vec<(&'static str, String)> {
    let text = |text: &str| text.to_owned();
    let services = format!("http://{services}");
    vec![
        ("AWS_LAMBDA_RUNTIME_API", text(runtime)),
        ("AWS_LAMBDA_FUNCTION_NAME", text(name)),
        ("AWS_LAMBDA_FUNCTION_VERSION", text("$LATEST")),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", text("256")),
        ("AWS_REGION", text("eu-west-1")),
        ("AWS_ACCESS_KEY_ID", text("test")),
        ("AWS_SECRET_ACCESS_KEY", text("test")),
        ("AWS_EC2_METADATA_DISABLED", text("true")),
        (config::TRANSACTIONAL_QUEUE, format!("{services}/000000000000/transactional")),
        (config::MARKETING_QUEUE, format!("{services}/000000000000/marketing")),
        ("AWS_ENDPOINT_URL", services),
        (config::TASK_ROOT, folder.display().to_string()),
    ]
}
