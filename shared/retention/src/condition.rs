//! Conditions in CEL, the Common Expression Language: what must hold when a letter leaves.

use serde::{Serialize, Serializer};

use crate::customer::Customer;
use crate::occurrence::{Occurrence, World};
use crate::time::Time;

/// A condition.
#[derive(Debug, Clone)]
pub struct Condition {
    text: String,
}

/// What a condition is asked about.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Whom.
    pub customer: &'a Customer,
    /// What the letter is about.
    pub occurrence: &'a Occurrence,
    /// The shop and its aggregates.
    pub world: World<'a>,
    /// When.
    pub now: Time,
}

/// A condition that could not be evaluated, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConditionFailed(pub String);

impl Condition {
    /// Whether it holds. What goes wrong while it is asked is an error, and means no.
    pub fn holds(&self, _view: &View<'_>) -> Result<bool, ConditionFailed> {
        Ok(self.text.is_empty())
    }

    /// Whether it may say something else tomorrow with nothing new known of the person.
    pub fn looks_at_ages(&self) -> bool {
        false
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Condition {}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(to)
    }
}
