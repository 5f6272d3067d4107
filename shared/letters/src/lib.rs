//! A send and its facts to a letter: subject, preheader, HTML and text. Pure: no files, no clock, no environment.
//!
//! A letter is Handlebars first, then MJML. The text part is made out of the same MJML, so no copy is written twice
//! and the two never disagree. Copy comes from strings files, values from a typed view; a value is never template
//! source, and is escaped once.
//!
//! Rendering is no check: strict mode is blind to a misspelt name in `{{#if}}` and in a branch that is not taken, and
//! MJML is silent about an unknown tag. [`Letters::check`] therefore walks the compiled templates against the fields
//! of their views and the MJML against its grammar, and names the marketer's file and line.

mod check;
mod compiled;
mod dates;
mod format;
mod helpers;
mod include;
mod letter;
mod letters;
mod links;
mod markup;
mod plain_text;
pub mod samples;
mod specimen;
mod value;
mod view;

pub use letter::{Letter, LetterFacts, Links, RenderError};
pub use letters::{Draft, Letters};
