//! The protocol.

pub mod actions;
mod calm;
mod deciding;
mod merging;
pub mod properties;
pub mod protocol;
pub mod reached;
pub mod rules;
pub mod scenarios;
mod sending;
pub mod world;
