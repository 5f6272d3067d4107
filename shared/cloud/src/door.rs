//! The HTTP door: API Gateway's payload 2.0 in, its answer out.

use std::borrow::Cow;

pub use aws_lambda_events::apigw::{ApiGatewayV2httpRequest as Request, ApiGatewayV2httpResponse as Response};
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A body that is flagged as base64 and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is flagged as base64 and is not")]
pub struct BadBase64;

/// The request's method.
pub fn method(request: &Request) -> &str {
    request.request_context.http.method.as_str()
}

/// The request's path, without the stage that API Gateway may put before it.
pub fn path(request: &Request) -> &str {
    let raw = request.raw_path.as_deref().unwrap_or_default();
    let stage = request.request_context.stage.as_deref().filter(|stage| *stage != "$default");
    let rest = stage.and_then(|stage| raw.strip_prefix('/')?.strip_prefix(stage)).filter(|rest| rest.starts_with('/'));
    rest.unwrap_or(raw)
}

/// The raw bytes of the body, as they were sent.
pub fn body(request: &Request) -> Result<Cow<'_, [u8]>, BadBase64> {
    let text = request.body.as_deref().unwrap_or_default();
    if request.is_base64_encoded {
        STANDARD.decode(text).map(Cow::Owned).map_err(|_| BadBase64)
    } else {
        Ok(Cow::Borrowed(text.as_bytes()))
    }
}

/// An answer.
pub fn answer(status: i64, content_type: &'static str, text: impl Into<String>) -> Response {
    answer_with(status, &[("content-type", content_type)], text)
}

/// An answer with headers of its own.
pub fn answer_with(status: i64, headers: &[(&'static str, &'static str)], text: impl Into<String>) -> Response {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let mut response = Response::default();
    response.status_code = status;
    response.headers = map;
    response.body = Some(Body::Text(text.into()));
    response
}
