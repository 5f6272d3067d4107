//! The shop as its marketers wrote it: `templates/` read and checked into the types of `retention`.
//!
//! [`read`] takes a directory and nothing else: no environment, no clock. It finds every mistake of every file, each
//! with its file, line and column, and the nearest right word. What it returns is either right as a whole or a list
//! of mistakes; there is no half-read shop.

mod brand;
mod condition;
mod content;
pub mod contrast;
mod duration;
mod flow;
mod letter_files;
mod limits;
mod localised;
mod mistake;
mod nearest;
mod offers;
mod pages;
mod revision;
mod steps;
mod strings;
mod table;
mod topics;
mod tree;
mod trigger;
mod url;
mod variants;
mod worth;

pub use brand::{Address, Brand, Colours, Contact, Palette, Postal, Signature};
pub use content::{CategoryContent, Content, Described, Image, ProductContent, Question, Translation, Words};
pub use letter_files::{FlowLetters, LetterFiles, Source};
pub use localised::Localised;
pub use mistake::{Mistake, Mistakes, Position, Severity};
pub use nearest::nearest;
pub use offers::{NOT_A_CODE, is_code};
pub use pages::{PageFiles, PageWords, nearest_locale};
pub use strings::{Strings, Text};
pub use tree::{Tree, read};
pub use url::host_of;
