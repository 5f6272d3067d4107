//! One door: every HTTP request becomes the payload 2.0 event that API Gateway would send.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cloud::door::Request;
use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// The event of a request. Header names are lower-case, repeated headers are joined by commas, and a body that is not
/// text is base64, all as API Gateway has it.
pub fn event<N: AsRef<str>>(
    method: &str,
    path: &str,
    headers: impl IntoIterator<Item = (N, String)>,
    body: &[u8],
) -> Result<Request, Failure> {
    let mut joined = Map::new();
    for (name, value) in headers {
        let name = name.as_ref().to_lowercase();
        match joined.get_mut(&name) {
            Some(Value::String(known)) => {
                known.push(',');
                known.push_str(&value);
            }
            _ => {
                joined.insert(name, Value::String(value));
            }
        }
    }
    let (text, is_base64) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(body), true),
    };
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": joined,
        "requestContext": {
            "accountId": "local",
            "apiId": "local",
            "stage": "$default",
            "timeEpoch": 0,
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "" },
        },
        "body": text,
        "isBase64Encoded": is_base64,
    });
    serde_json::from_value(event).map_err(|e| Failure::new(format!("the request is not one: {e}")))
}
