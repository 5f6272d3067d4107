//! The patterns of `matches`, compiled once when the condition is read.

use cel::ExecutionError;
use cel::common::traits::Container;
use cel::common::types::{CelString, Type};
use cel::common::value::Val;
use regex::{Regex, RegexBuilder};

/// The most memory that a compiled pattern takes, in bytes.
const MAX_COMPILED: usize = 200_000;

static PATTERN: Type = Type::new_unspecified_type("pattern");

/// A compiled pattern. The tree asks `text in pattern` where the condition says `text.matches(...)`: the language itself
/// would compile it anew for each person.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern; a refusal is a sentence.
    pub(super) fn compile(raw: &str) -> Result<Self, String> {
        let built = RegexBuilder::new(raw).size_limit(MAX_COMPILED).dfa_size_limit(MAX_COMPILED).build();
        built.map(Self).map_err(|error| {
            let last = error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("this is no pattern: {last}")
        })
    }
}

impl Val for Pattern {
    fn get_type(&self) -> &Type {
        &PATTERN
    }

    fn cel_type() -> &'static Type {
        &PATTERN
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }
}

impl Container for Pattern {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        let text = value.downcast_ref::<CelString<'_>>();
        let text = text.ok_or_else(|| ExecutionError::function_error("matches", "no text"))?;
        Ok(self.0.is_match(text.inner()))
    }
}
