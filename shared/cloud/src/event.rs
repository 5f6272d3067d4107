//! Events as Lambda hands them over.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An event that may be of a form that nobody knows. A parser would quote what it cannot read, and Lambda's runtime would write
/// that to the log and tell it to Lambda: an event may name a person.
#[derive(Debug)]
pub struct Handed<T>(Option<T>);

/// The event is of a form that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event is of a form that this function does not know")]
pub struct Unknown;

impl<T> Handed<T> {
    /// The event.
    pub fn read(self) -> Result<T, Unknown> {
        self.0.ok_or(Unknown)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Handed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|event| Self(serde_json::from_value(event).ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_cannot_be_read_is_not_quoted() {
        let handed: Handed<Vec<u8>> = serde_json::from_str(r#""person1@example.com""#).unwrap();
        assert!(!handed.read().unwrap_err().to_string().contains("person1"));
        let handed: Handed<Vec<u8>> = serde_json::from_str("[1]").unwrap();
        assert_eq!(handed.read(), Ok(vec![1]));
    }
}
