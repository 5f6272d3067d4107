//! Every letter in every language for every sample customer: what only shows once a letter is made.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use retention::flow::{Flow, Step};
use shop::{Mistake, Position, Tree};

use super::colours;
use crate::letter::{Letter, RenderError};
use crate::letters::Letters;
use crate::samples::{self, Sample};

/// The longest subject, in characters: more is cut off in every mailbox (RFC 5322 advises lines of 78).
const MAX_SUBJECT: usize = 78;
/// The longest preheader, in characters.
const MAX_PREHEADER: usize = 140;
/// From here on a letter comes near to the size at which Gmail clips it, in bytes.
const LARGE_HTML: usize = 80_000;

/// One letter to be made.
struct Job<'t> {
    flow: &'t Flow,
    step: &'t Step,
    locale: &'t str,
    sample: &'t Sample,
}

/// Makes all of them, on all cores, and says what is wrong with any.
pub(super) fn check(letters: &Letters, tree: &Tree) -> Vec<Mistake> {
    let samples = samples::all(tree);
    let mut jobs = Vec::new();
    for flow in &tree.shop.flows {
        let Some(folder) = tree.letters.flows.get(&flow.name) else { continue };
        for locale in folder.strings.keys().filter(|locale| tree.letters.words.contains_key(*locale)) {
            for step in &flow.steps {
                jobs.extend(samples.iter().map(|sample| Job { flow, step, locale, sample }));
            }
        }
    }
    let (next, found) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mistakes = job.mistakes(letters, tree);
                    found.lock().unwrap_or_else(PoisonError::into_inner).extend(mistakes);
                }
            });
        }
    });
    // What is wrong for one sample is mostly wrong for all: it is told once, for the first of them.
    let mut told = BTreeSet::new();
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.into_iter().filter(|mistake| told.insert((mistake.file.clone(), mistake.line, mistake.column))).collect()
}

impl Job<'_> {
    fn mistakes(&self, letters: &Letters, tree: &Tree) -> Vec<Mistake> {
        let reader = self.sample.reading(self.locale);
        match reader.compose(tree, letters, self.flow, self.step) {
            Ok(letter) => self.of_letter(&letter, tree),
            // Of an empty basket there is nothing to say: such a send ends with that reason.
            Err(RenderError::Missing { .. }) if self.sample.orders.iter().all(|order| order.lines.is_empty()) => {
                Vec::new()
            }
            Err(error) => vec![self.at_letter(tree, &error.to_string())],
        }
    }

    fn of_letter(&self, letter: &Letter, tree: &Tree) -> Vec<Mistake> {
        let mut found = Vec::new();
        // A product with a name of four lines makes a long subject in every shop.
        let headers = [("subject", &letter.subject, MAX_SUBJECT), ("preheader", &letter.preheader, MAX_PREHEADER)];
        for (key, text, most) in headers.into_iter().filter(|_| self.sample.name != samples::LONG) {
            let signs = text.chars().count();
            if signs > most {
                found.push(self.at_text(
                    tree,
                    key,
                    &format!("the {key} has {signs} characters, at most {most} are shown"),
                ));
            }
        }
        let contact = &tree.brand.contact.email;
        if !letter.html.contains(&format!("mailto:{}", contact.expose())) || !letter.text.contains(contact.expose()) {
            found.push(self.at_letter(tree, "a letter says how a person is reached: {{> layout/contact}}"));
        }
        let lower = letter.html.to_ascii_lowercase();
        if ["noreply@", "no-reply@", "donotreply@"].iter().any(|mailbox| lower.contains(mailbox)) {
            found.push(self.at_letter(tree, "a letter names a mailbox that nobody reads: letters may be answered"));
        }
        found.extend(colours::faint(&letter.html, &tree.brand.colours.day.accent).map(|m| self.at_letter(tree, &m)));
        if letter.text.trim().is_empty() {
            found
                .push(self.at_letter(tree, "the text part is empty: something stands in this letter that can be read"));
        }
        if letter.html.len() >= LARGE_HTML {
            let message = format!(
                "the HTML has {} bytes; Gmail hides what stands behind 102,000, and from {} on no letter is made",
                letter.html.len(),
                Letter::MAX_HTML_BYTES
            );
            found.push(self.at_letter(tree, &message).warning());
        }
        found
    }

    /// Told with the sample and the language it was seen for.
    fn told(&self, message: &str) -> String {
        format!("{message} (for the sample `{}`, in `{}`)", self.sample.name, self.locale)
    }

    fn at_letter(&self, tree: &Tree, message: &str) -> Mistake {
        let folder = tree.letters.flows.get(&self.flow.name);
        let source = folder.and_then(|folder| folder.letters.get(&self.step.letter));
        let path = source.map(|source| source.path.clone()).unwrap_or_default();
        Mistake::at(&path, Position::START, self.told(message))
    }

    fn at_text(&self, tree: &Tree, key: &str, message: &str) -> Mistake {
        let strings = tree.letters.flows.get(&self.flow.name).and_then(|folder| folder.strings.get(self.locale));
        let text =
            strings.and_then(|strings| Some((strings, strings.letters.get(self.step.letter.as_str())?.get(key)?)));
        text.map_or_else(
            || self.at_letter(tree, message),
            |(strings, text)| Mistake::at(&strings.path, text.position, self.told(message)),
        )
    }
}
