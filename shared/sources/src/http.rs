//! One question to a storefront: asked until it is answered, a bounded number of times within a bounded time.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::access::BadAccess;
use crate::error::SourceError;
use crate::patience::Patience;
use crate::retry_after::retry_after;

/// The longest body that is read, in bytes: as much as the readers of `storefront` take.
pub const MAX_BYTES: usize = 6 * 1024 * 1024;

/// How often one question is asked at most.
const TRIES: u32 = 3;

/// How long is waited before the second and the third try, where the storefront says nothing of it.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// How long an idle connection is kept: a function may be frozen between two questions.
const IDLE: Duration = Duration::from_secs(5);

/// Whom a client may talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Hosts that prove who they are.
    Https,
    /// This machine too, without proof: for tests.
    Loopback,
}

/// A connection to one host, with the token that goes along.
pub(crate) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    origin: String,
    host: String,
    token: (HeaderName, HeaderValue),
    parameter: String,
    patience: Patience,
}

/// A question.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    /// The path without ids, for errors.
    pub(crate) label: &'static str,
    /// A JSON body.
    pub(crate) body: Option<String>,
}

/// An answer of success, or that something is not there.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What became of one try.
enum Try {
    Answered(Answer),
    /// It may be tried again, after the pause that was asked for.
    Again(Trouble, Option<Duration>),
    Ended(SourceError),
}

#[derive(Clone, Copy)]
enum Trouble {
    Busy,
    Unavailable(u16),
    Silent,
    Unreachable,
}

impl Http {
    pub(crate) fn new(
        origin: String,
        token: (HeaderName, HeaderValue),
        parameter: &str,
        reach: Reach,
        patience: Patience,
    ) -> Result<Self, BadAccess> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(patience.connect));
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(|_| BadAccess::NoRoots)?;
        let connector = match reach {
            Reach::Https => tls.https_only().enable_http1().wrap_connector(tcp),
            Reach::Loopback => tls.https_or_http().enable_http1().wrap_connector(tcp),
        };
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE).build(connector);
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host).to_owned();
        Ok(Self { client, origin, host, token, parameter: parameter.to_owned(), patience })
    }

    /// A place for an error: the host and the path without ids.
    pub(crate) fn place(&self, label: &str) -> String {
        format!("{}{label}", self.host)
    }

    /// That the token may not do this, where an answer of success says so.
    pub(crate) fn unauthorised(&self, label: &str) -> SourceError {
        SourceError::Unauthorised { place: self.place(label), status: 403, parameter: self.parameter.clone() }
    }

    /// Lets some time pass.
    pub(crate) async fn pause(&self, span: Duration) {
        self.patience.waits.wait(span).await;
    }

    /// Asks, and asks again while that may help. The answer is one of success, or 404.
    pub(crate) async fn ask(&self, question: &Question) -> Result<Answer, SourceError> {
        let began = tokio::time::Instant::now();
        let mut unseen = Duration::ZERO;
        for tried in 1..=TRIES {
            let left = self.patience.budget.saturating_sub(began.elapsed() + unseen);
            let (trouble, asked_for) = match self.attempt(question, left).await {
                Try::Answered(answer) => return Ok(answer),
                Try::Ended(error) => return Err(error),
                Try::Again(trouble, asked_for) => (trouble, asked_for),
            };
            let pause = PAUSES.get(tried as usize - 1).map(|own| asked_for.unwrap_or(*own));
            let fits = |pause: &Duration| began.elapsed() + unseen + *pause <= self.patience.budget;
            // What was done at the storefront by a `POST` that had no answer is not known: it is not done twice.
            let harmless = question.method != Method::POST || matches!(trouble, Trouble::Busy);
            match pause.filter(fits).filter(|_| harmless) {
                Some(pause) => unseen += self.patience.waits.wait(pause).await,
                None => return Err(self.given_up(trouble, question.label, tried, asked_for)),
            }
        }
        Err(self.given_up(Trouble::Unreachable, question.label, TRIES, None))
    }

    fn given_up(&self, trouble: Trouble, label: &str, tries: u32, asked_for: Option<Duration>) -> SourceError {
        let place = self.place(label);
        match trouble {
            Trouble::Busy => SourceError::Busy { place, tries, after_seconds: asked_for.map(|span| span.as_secs()) },
            Trouble::Unavailable(status) => SourceError::Unavailable { place, status, tries },
            Trouble::Silent => SourceError::Silent { place, tries },
            Trouble::Unreachable => SourceError::Unreachable { place, tries },
        }
    }

    async fn attempt(&self, question: &Question, left: Duration) -> Try {
        match tokio::time::timeout(self.patience.answer.min(left), self.exchange(question)).await {
            Ok(outcome) => outcome,
            Err(_) => Try::Again(Trouble::Silent, None),
        }
    }

    async fn exchange(&self, question: &Question) -> Try {
        let place = || self.place(question.label);
        let mut request = Request::builder()
            .method(&question.method)
            .uri(format!("{}{}", self.origin, question.target))
            .header(&self.token.0, &self.token.1)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, "regulars");
        if question.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = Full::new(Bytes::from(question.body.clone().unwrap_or_default()));
        // A target is made of checked parts: what is none was an id after all.
        let Ok(request) = request.body(body) else { return Try::Ended(SourceError::BadId) };
        let Ok(response) = self.client.request(request).await else {
            return Try::Again(Trouble::Unreachable, None);
        };
        let (head, body) = response.into_parts();
        let status = head.status.as_u16();
        match head.status {
            StatusCode::TOO_MANY_REQUESTS => return Try::Again(Trouble::Busy, retry_after(&head.headers)),
            _ if status >= 500 => return Try::Again(Trouble::Unavailable(status), retry_after(&head.headers)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let parameter = self.parameter.clone();
                return Try::Ended(SourceError::Unauthorised { place: place(), status, parameter });
            }
            _ if (300..400).contains(&status) => return Try::Ended(SourceError::Redirected { place: place() }),
            StatusCode::NOT_FOUND => {
                return Try::Answered(Answer { status: head.status, headers: head.headers, body: Vec::new() });
            }
            _ if !head.status.is_success() => return Try::Ended(SourceError::Refused { place: place(), status }),
            _ => {}
        }
        match Limited::new(body, MAX_BYTES).collect().await {
            Ok(whole) => {
                Try::Answered(Answer { status: head.status, headers: head.headers, body: whole.to_bytes().to_vec() })
            }
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                Try::Ended(SourceError::Long { place: place() })
            }
            Err(_) => Try::Again(Trouble::Unreachable, None),
        }
    }
}
