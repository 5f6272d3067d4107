//! The types of conditions.

use std::fmt;

/// The type of a value in a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Yes or no.
    Bool,
    /// A whole number.
    Int,
    /// A whole number that is not below zero. Only literals have it, such as `3u`.
    Uint,
    /// A number with a point.
    Double,
    /// A text.
    Text,
    /// A list of texts: what a customer's lists hold.
    Texts,
    /// A list that the text itself makes.
    List(Box<Kind>),
    /// What an empty list holds.
    Any,
}

impl Kind {
    /// The list of these.
    pub(super) fn list(self) -> Self {
        if self == Kind::Text { Kind::Texts } else { Kind::List(Box::new(self)) }
    }

    /// What the list holds, if it is one.
    pub(super) fn items(&self) -> Option<Kind> {
        match self {
            Kind::Texts => Some(Kind::Text),
            Kind::List(items) => Some((**items).clone()),
            _ => None,
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Kind::Int | Kind::Uint | Kind::Double)
    }

    /// The one type that both are, where there is one. Numbers of two types are not one.
    pub(super) fn both(&self, other: &Kind) -> Option<Kind> {
        match (self, other) {
            (Kind::Any, kind) | (kind, Kind::Any) => Some(kind.clone()),
            (a, b) if a == b => Some(a.clone()),
            (a, b) => Some(a.items()?.both(&b.items()?)?.list()),
        }
    }

    /// Whether it makes sense to ask whether the two are the same. Numbers compare across their types, as CEL has it.
    pub(super) fn compares_with(&self, other: &Kind) -> bool {
        match (self.items(), other.items()) {
            (Some(a), Some(b)) => a.compares_with(&b),
            _ => self.is_number() && other.is_number() || self.both(other).is_some(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Bool => f.write_str("bool"),
            Kind::Int => f.write_str("int"),
            Kind::Uint => f.write_str("uint"),
            Kind::Double => f.write_str("double"),
            Kind::Text => f.write_str("string"),
            Kind::Texts => f.write_str("list(string)"),
            Kind::List(items) => write!(f, "list({items})"),
            Kind::Any => f.write_str("anything"),
        }
    }
}
