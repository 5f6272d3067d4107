//! A raw body to typed JSON, within limits.

use serde::Deserialize;
use serde_json::error::Category;

use crate::object::Object;
use crate::unreadable::Unreadable;

/// The longest body that is read, in bytes: as much as one call of a function carries.
pub const MAX_BYTES: usize = 6 * 1024 * 1024;

/// How deep a body may be nested, in levels. Real ones have fewer than ten.
pub const MAX_DEPTH: usize = 64;

/// Reads a body as a `T`. Fields that `T` does not have never matter.
pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Unreadable> {
    if body.len() > MAX_BYTES {
        return Err(Unreadable::Long(body.len()));
    }
    let text = std::str::from_utf8(body).map_err(|error| Unreadable::NotUtf8(error.valid_up_to() + 1))?;
    check_depth(text)?;
    serde_json::from_str(text).map(|Object(body)| body).map_err(|error| {
        // The error's own message repeats the value that it stumbled on; its place does not.
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            Category::Data => Unreadable::Shape { line, column },
            Category::Syntax | Category::Eof | Category::Io => Unreadable::NotJson { line, column },
        }
    })
}

/// Counts brackets outside strings, in one pass and without recursion. What is not JSON is for the parser to say.
fn check_depth(text: &str) -> Result<(), Unreadable> {
    let (mut depth, mut bytes) = (0_usize, text.bytes().enumerate());
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes),
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Unreadable::Deep(at + 1));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Goes to the end of a string: most of a body is in strings, and a loop of its own for them halves the time.
fn skip_string(bytes: &mut impl Iterator<Item = (usize, u8)>) {
    while let Some((_, byte)) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
}
