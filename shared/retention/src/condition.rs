//! Conditions in CEL, the Common Expression Language: what must hold when a letter leaves.
//!
//! A condition is checked when the file is read: every name and every type. What is asked of a person afterwards reads only
//! the facts that the text names, one by one, as the evaluation comes to them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use cel::IdedExpr;
use cel::parser::Parser;
use serde::{Serialize, Serializer};

use crate::customer::Customer;
use crate::ids::SegmentName;
use crate::occurrence::{Occurrence, World};
use crate::time::Time;

mod check;
mod evaluate;
mod facts;
mod kind;
mod pattern;
mod reference;
mod trial;
mod variables;

pub use kind::Kind;
pub use reference::reference;
pub use variables::{VARIABLES, Variable};

use check::Checker;
use pattern::Pattern;

/// The longest text, in bytes.
pub const MAX_BYTES: usize = 1_000;
/// How deep brackets and questions may stand in each other.
const MAX_NESTING: u16 = 24;

/// A condition. Two are the same when their texts are.
#[derive(Clone)]
pub struct Condition(Arc<Checked>);

/// A text that was checked, in the form in which it is evaluated.
struct Checked {
    text: String,
    /// The syntax tree, in which names stand as numbers into the tables.
    tree: IdedExpr,
    /// The segments that it names.
    segments: Vec<(SegmentName, Condition)>,
    /// The patterns of its `matches`.
    patterns: Vec<Pattern>,
    ages: bool,
}

/// What a condition may name beside the facts of a customer.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The segments.
    pub segments: &'a BTreeMap<SegmentName, Condition>,
    /// Whether the occasion is always about an order ([`Trigger::has_order`](crate::flow::Trigger::has_order)).
    pub order: bool,
}

/// A text that is no condition: where, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct BadCondition {
    /// The byte of the text at which it goes wrong; its length where something is missing at the end.
    pub byte: usize,
    /// Why.
    pub problem: Problem,
}

/// What is wrong in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A word that is none of the right ones.
    Unknown {
        /// What it stands for, such as `field of customer`.
        what: &'static str,
        /// The word.
        word: String,
        /// The right ones.
        known: Vec<String>,
    },
    /// Anything else, as a sentence.
    Other(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unknown { what, word, .. } => write!(f, "unknown {what} `{word}`"),
            Problem::Other(message) => f.write_str(message),
        }
    }
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

/// A condition that could not be evaluated, and why. It says nothing of the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConditionFailed(pub String);

impl Condition {
    /// Reads and checks a text: all of it must be known by name, fit by type, and come to yes or no. It must also not go wrong
    /// for somebody of whom nothing is known, such as by a division by their number of orders.
    pub fn parse(text: &str, names: &Names<'_>) -> Result<Self, BadCondition> {
        if text.len() > MAX_BYTES {
            let message = format!("a condition is at most {MAX_BYTES} bytes long");
            return Err(BadCondition { byte: MAX_BYTES, problem: Problem::Other(message) });
        }
        check::look_over(text)?;
        let parser = Parser::new().max_recursion_depth(MAX_NESTING);
        let (mut tree, source) = parser.parse_with_source_info(text).map_err(|errors| check::syntax(text, &errors))?;
        let mut checker = Checker::new(text, source, names);
        checker.condition(&mut tree)?;
        let Checker { segments, patterns, ages, .. } = checker;
        let whole = Checked { text: text.to_owned(), tree, segments, patterns, ages };
        trial::of_nobody(&whole).map_err(|failed| {
            let message = format!("{failed}, for somebody who has bought nothing: ask for that first");
            BadCondition { byte: 0, problem: Problem::Other(message) }
        })?;
        Ok(Self(Arc::new(whole)))
    }

    /// What was written.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether it holds. What goes wrong while it is asked is an error, and means no.
    pub fn holds(&self, view: &View<'_>) -> Result<bool, ConditionFailed> {
        evaluate::holds(&self.0, view)
    }

    /// Whether it, or a segment that it names, may say something else tomorrow with nothing new known of the person.
    pub fn looks_at_ages(&self) -> bool {
        self.0.ages
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.0.text).finish()
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Condition {}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.text.serialize(to)
    }
}
