//! Deliveries that are signed, and whose bodies nobody has thought of.
//!
//! The bytes that a fuzzer makes, or a seed, choose a body. It is signed, so that it gets past the door, and
//! read, once as a delivery and once as each kind of entity that is fetched. Whatever comes of it must be an answer, at
//! once, and an answer must be bounded in size.

mod body;
mod bounded;
mod words;

pub mod seed;
pub mod session;

use arbitrary::Unstructured;
use retention::fetch::FetchKind;
use retention::shop::SourceKind;
use storefront::{Parsed, adapter};

use crate::door::{Door, delivery, heard_at, source};
use words::Words;

/// All that is fetched.
const FETCHED: [FetchKind; 5] =
    [FetchKind::Order, FetchKind::Customer, FetchKind::Subscriber, FetchKind::Cart, FetchKind::Product];

/// A source of one kind, at which bodies arrive.
#[derive(Debug)]
pub struct Target {
    door: Door,
    words: Words,
}

/// What became of one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// How many times something was read that is about a person.
    pub events: u64,
    /// How many times something else was read.
    pub others: u64,
    /// How many times it was unreadable.
    pub unreadable: u64,
}

impl Target {
    /// The source of a kind.
    pub fn new(kind: SourceKind) -> Result<Self, String> {
        Ok(Self { door: Door::of(kind).map_err(|e| e.to_string())?, words: Words::of(kind) })
    }

    /// Makes a delivery of `bytes` and has it read. An error is an answer that should not have been given: it is a mistake
    /// of the adapter, as a panic is.
    pub fn run(&self, bytes: &[u8]) -> Result<Outcome, String> {
        // Bytes that run out read as zeros: there is a case in any of them.
        let case = body::case(&self.words, &mut Unstructured::new(bytes)).map_err(|e| e.to_string())?;
        let mut outcome = Outcome::default();
        self.deliver(&case, &mut outcome)?;
        for what in FETCHED {
            let read = adapter::entity(self.door.kind, what, &case.body, &source(), heard_at());
            outcome.count(read).map_err(|e| format!("{} as fetched: {e}", what.name()))?;
        }
        Ok(outcome)
    }

    fn deliver(&self, case: &body::Case, outcome: &mut Outcome) -> Result<(), String> {
        let signed = self.door.sign(&case.topic, case.body.clone());
        let delivery = delivery(&signed.headers, &signed.body);
        let topic = adapter::topic(self.door.kind, &delivery);
        if topic.len() > bounded::TOPIC_BYTES {
            return Err(format!("a topic of {} bytes", topic.len()));
        }
        if adapter::is_ping(self.door.kind, &delivery) {
            return Err("a signed delivery is taken for a ping".to_owned());
        }
        match self.door.verify(&signed.headers, &signed.body) {
            Ok(verified) => outcome.count(verified.parse(&source(), heard_at())),
            // A body of Ecwid that names no event of these days cannot be signed.
            Err(_) if self.door.kind == SourceKind::Ecwid => Ok(()),
            Err(why) => Err(format!("what was signed is not believed: {why}")),
        }
    }
}

impl Outcome {
    fn count(&mut self, read: Result<Parsed, storefront::Unreadable>) -> Result<(), String> {
        match read {
            Ok(parsed) => {
                bounded::check(&parsed)?;
                if matches!(parsed, Parsed::Event(_)) { self.events += 1 } else { self.others += 1 }
            }
            Err(error) => {
                let text = error.to_string();
                if text.len() > bounded::ERROR_BYTES || text.contains('\n') {
                    return Err(format!("an error of {} bytes, or of more than one line", text.len()));
                }
                self.unreadable += 1;
            }
        }
        Ok(())
    }

    /// The sum of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            others: self.others + other.others,
            unreadable: self.unreadable + other.unreadable,
        }
    }
}
