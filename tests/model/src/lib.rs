//! The protocol of a letter as a small state machine that is walked through exhaustively: dispatch, mark, submit, record,
//! settle, yield and merge, with workers that die, zombies, writes that are applied and whose answer is lost, stray messages,
//! lost and late events of the mail service, opt-outs, orders and suppressions at any time.
//!
//! What is modelled, within which bounds, and what is not, stands in docs/proof.md. [`rules::Rule`] says of each rule where it
//! lives in the code, and what is done in its place when it is taken out.
//!
//! - [`world`]: rows, messages, workers in the middle of a letter, what the mail service took
//! - [`actions`]: what can happen next; `deciding`, `sending`, `merging` are the rules behind it
//! - [`rules`], [`properties`]: what can be taken out, and what must hold
//! - `calm`: what comes of a world when nothing goes wrong any more, which makes "for ever" a question about one world
//! - [`scenarios`], [`failures`], [`proof`]: how much of it is walked through

pub mod actions;
mod calm;
mod deciding;
pub mod failures;
mod merging;
pub mod proof;
pub mod properties;
pub mod protocol;
pub mod reached;
pub mod rules;
pub mod scenarios;
mod sending;
mod story;
pub mod world;
