//! Where a list is to be read on.

use std::fmt;

use chrono::DateTime;
use retention::Time;
use serde::{Deserialize, Serialize};
use storefront::FetchKind;

/// Where a list is to be read on: a short text that may be stored, and is checked again when it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor(String);

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor of a storefront's list")]
pub struct NotACursor;

/// What a cursor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Position {
    /// The storefront's own word for the next page.
    Token(String),
    /// A page or an offset, of what changed since then.
    Number {
        /// Which.
        number: u32,
        /// Since when.
        since: Option<Time>,
    },
}

impl Cursor {
    /// The longest cursor, in bytes.
    const MAX_BYTES: usize = 1200;

    /// Reads a cursor that was stored.
    pub fn parse(raw: &str) -> Result<Self, NotACursor> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~=%/:".contains(&b);
        let fits = (1..=Self::MAX_BYTES).contains(&raw.len()) && raw.bytes().all(plain);
        let parts = raw.split('/').count() == 4;
        (fits && parts).then(|| Self(raw.to_owned())).ok_or(NotACursor)
    }

    /// The cursor as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn new(storefront: &str, what: FetchKind, position: &Position) -> Option<Self> {
        let rest = match position {
            Position::Token(token) => format!("token/{token}"),
            Position::Number { number, since: None } => format!("{number}/"),
            Position::Number { number, since: Some(since) } => format!("{number}/{}", since.timestamp()),
        };
        Self::parse(&format!("{storefront}/{}/{rest}", what.name())).ok()
    }

    /// What it says, if it is one of this list.
    pub(crate) fn position(&self, storefront: &str, what: FetchKind) -> Option<Position> {
        let mut parts = self.0.split('/');
        if parts.next()? != storefront || parts.next()? != what.name() {
            return None;
        }
        let (number, rest) = (parts.next()?, parts.next()?);
        if number == "token" {
            return (!rest.is_empty()).then(|| Position::Token(rest.to_owned()));
        }
        let since = match rest {
            "" => None,
            seconds => Some(DateTime::from_timestamp(seconds.parse().ok()?, 0)?),
        };
        Some(Position::Number { number: number.parse().ok()?, since })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Cursor {
    type Error = NotACursor;
    fn try_from(raw: String) -> Result<Self, NotACursor> {
        Self::parse(&raw)
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> String {
        cursor.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_says_the_same_after_it_was_stored() {
        let since = DateTime::from_timestamp(1_774_000_000, 0);
        for position in [
            Position::Token("eyJkaXJlY3Rpb24iOiJuZXh0In0=".into()),
            Position::Number { number: 7, since: None },
            Position::Number { number: 1, since },
        ] {
            let cursor = Cursor::new("shopify", FetchKind::Order, &position).unwrap();
            let stored = Cursor::parse(cursor.as_str()).unwrap();
            assert_eq!(stored.position("shopify", FetchKind::Order), Some(position));
            assert_eq!(stored.position("ecwid", FetchKind::Order), None);
            assert_eq!(stored.position("shopify", FetchKind::Customer), None);
        }
    }

    #[test]
    fn what_could_change_the_question_is_no_cursor() {
        for bad in
            ["", "x", "shopify/order/token/a&b", "shopify/order/token/a b", "shopify/order/token/a#", "a/b/c/d/e"]
        {
            assert_eq!(Cursor::parse(bad), Err(NotACursor), "{bad}");
        }
        for odd in ["shopify/order/token/", "shopify/order/x/", "shopify/order/-1/", "shopify/order/1/soon"] {
            let cursor = Cursor::parse(odd).unwrap();
            assert_eq!(cursor.position("shopify", FetchKind::Order), None, "{odd}");
        }
    }
}
