//! What each helper takes, and what a call of it means.

use super::scope::Meaning;
use super::shape::Shape;
use crate::format::DateForm;
use crate::helpers::Kind;

/// How the value of a kind is shown, for whoever wrote it bare.
pub(super) fn shown_by(shape: &Shape, raw: &str) -> Option<String> {
    Some(match shape {
        Shape::Money => format!("`{raw}` is an amount: {{{{money {raw}}}}}"),
        Shape::Date => format!("`{raw}` is a day: {{{{date {raw}}}}} or {{{{relative {raw}}}}}"),
        Shape::Number => format!("`{raw}` is a number: {{{{number {raw}}}}} or {{{{plural {raw} ...}}}}"),
        _ => return None,
    })
}

/// Whether the helper takes a value of this shape; else what it takes.
pub(super) fn takes(kind: Kind, shape: &Shape) -> Result<(), &'static str> {
    let (fits, what) = match kind {
        Kind::Money => (matches!(shape, Shape::Money), "an amount"),
        Kind::Date | Kind::Relative => (matches!(shape, Shape::Date), "a day"),
        Kind::Number | Kind::Percent | Kind::Plural => (matches!(shape, Shape::Number), "a number"),
        Kind::List => (matches!(shape, Shape::List(item) if **item == Shape::Text), "a list of texts"),
        Kind::Link | Kind::Paragraphs => (matches!(shape, Shape::Text), "a text"),
    };
    if fits { Ok(()) } else { Err(what) }
}

/// The names of the arguments that the helper takes beside its value. `plurals` are the plural forms of the language.
pub(super) fn arguments<'p>(kind: Kind, plurals: &[&'p str]) -> Vec<&'p str> {
    match kind {
        Kind::Date => vec!["format"],
        Kind::Link => vec!["content"],
        Kind::Plural => plurals.to_vec(),
        _ => Vec::new(),
    }
}

/// Whether an argument may have this value; else what it may be.
pub(super) fn argument(kind: Kind, name: &str, value: &str) -> Result<(), String> {
    match (kind, name) {
        (Kind::Date, "format") if DateForm::parse(value).is_none() => {
            Err(format!("`format` is one of {}", DateForm::NAMES.join(", ")))
        }
        (Kind::Link, "content")
            if value.is_empty() || !value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) =>
        {
            Err("`content` is of letters, digits, `-`, `_` and `.`".to_owned())
        }
        _ => Ok(()),
    }
}

/// What the helper makes.
pub(super) fn makes(kind: Kind, of: &Meaning) -> Meaning {
    match kind {
        Kind::Paragraphs => Meaning { shape: Shape::List(std::rc::Rc::new(Shape::Text)), path: None },
        // A link stays one: it may stand where links stand.
        Kind::Link => of.clone(),
        _ => Meaning::text(),
    }
}
