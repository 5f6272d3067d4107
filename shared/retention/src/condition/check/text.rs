//! The text before there is a tree: its brackets, and what the parser has to say.

use cel::parser::ParseErrors;

use super::{BadCondition, wrong};
use crate::condition::MAX_NESTING;

/// How many dots and signs may stand in a text. The parser takes stack for each, also where they are not in brackets.
const MAX_SIGNS: usize = 200;

/// Refuses what the parser should not be given at all: it takes stack for each bracket that is open.
pub(in crate::condition) fn look_over(text: &str) -> Result<(), BadCondition> {
    if text.trim().is_empty() {
        return Err(wrong(0, "a condition is missing"));
    }
    let mut open = 0_u16;
    let mut signs = 0;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(quoted), c) if quoted == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => open += 1,
            (None, ')' | ']' | '}') => open = open.saturating_sub(1),
            (None, '.' | '?' | '!' | '-' | '+' | '*' | '/' | '%' | '<' | '>' | '=') => signs += 1,
            _ => {}
        }
        if open > MAX_NESTING {
            return Err(wrong(at, format!("at most {MAX_NESTING} brackets are open at once")));
        }
        if signs > MAX_SIGNS {
            return Err(wrong(at, "this condition is too long: make a segment of a part of it"));
        }
    }
    Ok(())
}

/// What the parser has to say first.
pub(in crate::condition) fn syntax(text: &str, errors: &ParseErrors) -> BadCondition {
    let Some(first) = errors.errors.first() else { return wrong(0, "this is no condition") };
    let message = first.msg.trim_start_matches("Syntax error: ");
    let (line, column) = first.pos;
    let (Ok(line), Ok(column)) = (usize::try_from(line), usize::try_from(column)) else {
        return wrong(0, "this is no condition");
    };
    if line == 0 {
        return wrong(0, "this is no condition, or nested too deeply");
    }
    let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let of_line = text.get(before..).unwrap_or_default();
    let byte = before + byte_of(of_line, u32::try_from(column.saturating_sub(1)).unwrap_or(u32::MAX));
    // The parser lists all that could stand here.
    let message = message.split(" expecting ").next().unwrap_or(message).replace("'<EOF>'", "the end");
    wrong(byte, format!("this is no condition: {message}"))
}

/// The byte at which a character stands; the parser counts characters.
pub(super) fn byte_of(text: &str, character: u32) -> usize {
    let nth = usize::try_from(character).unwrap_or(usize::MAX);
    text.char_indices().nth(nth).map_or(text.len(), |(byte, _)| byte)
}
