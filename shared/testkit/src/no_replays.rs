//! Transactions without the token by which DynamoDB would know one that is sent again.
//!
//! The SDK gives every transaction a token of its own. DynamoDB remembers them for ten minutes; so does the embedded engine,
//! with what each transaction came to, and it looks through all of them at each new one. An import of a hundred thousand
//! orders would fill the memory with them. Nothing here needs them: every write is conditional, and one that was written and
//! is sent again fails its condition.

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::body::SdkBody;

/// Takes the token off each request to an engine on this machine.
#[derive(Debug)]
pub struct NoReplays;

impl Intercept for NoReplays {
    fn name(&self) -> &'static str {
        "NoReplays"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        if let Some(body) = request.body().bytes().and_then(without_token) {
            request.headers_mut().insert("content-length", body.len().to_string());
            *request.body_mut() = SdkBody::from(body);
        }
        Ok(())
    }
}

/// The JSON of a request without its token; none where it has none. Within a value the quotes would be escaped.
fn without_token(json: &[u8]) -> Option<Vec<u8>> {
    const NAME: &[u8] = b"\"ClientRequestToken\":\"";
    let from = json.windows(NAME.len()).rposition(|window| window == NAME)?;
    let behind = from + NAME.len();
    let mut to = behind + json[behind..].iter().position(|byte| *byte == b'"')? + 1;
    let mut kept = json[..from].to_vec();
    if kept.last() == Some(&b',') {
        kept.pop();
    } else if json.get(to) == Some(&b',') {
        to += 1;
    }
    kept.extend_from_slice(&json[to..]);
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_taken_off_wherever_it_stands() {
        let without = |json: &str| without_token(json.as_bytes()).map(|json| String::from_utf8(json).unwrap());
        assert_eq!(without(r#"{"A":[1],"ClientRequestToken":"x-1"}"#).as_deref(), Some(r#"{"A":[1]}"#));
        assert_eq!(without(r#"{"ClientRequestToken":"x-1","A":[1]}"#).as_deref(), Some(r#"{"A":[1]}"#));
        assert_eq!(without(r#"{"A":"\"ClientRequestToken\":\"x\""}"#), None);
    }
}
