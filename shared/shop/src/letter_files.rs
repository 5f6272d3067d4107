//! The letters as files: layout and partials, and each flow's letters and strings. Read here, compiled in `letters`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use retention::ids::{FlowName, LetterName};

use crate::strings::Strings;

/// Everything that letters are made of.
#[derive(Debug, Clone, Default)]
pub struct LetterFiles {
    /// The files of `layout/`, by the name under which they are included, such as `layout/button`.
    pub layout: BTreeMap<String, Source>,
    /// The words that all letters share, by locale: `layout/strings.<locale>.toml`.
    pub words: BTreeMap<String, Strings>,
    /// The letters of each flow.
    pub flows: BTreeMap<FlowName, FlowLetters>,
}

/// The letters of one flow.
#[derive(Debug, Clone, Default)]
pub struct FlowLetters {
    /// Each `<letter>.mjml`.
    pub letters: BTreeMap<LetterName, Source>,
    /// Each `strings.<locale>.toml`, by locale.
    pub strings: BTreeMap<String, Strings>,
}

/// A file as text, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path below the directory that was read, prefixed with it; for messages.
    pub path: PathBuf,
    /// What stands in it.
    pub text: String,
}
