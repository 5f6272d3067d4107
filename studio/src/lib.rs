//! The `regulars` command: the whole shop on this machine, and the tools of those who run one.

pub mod backfill;
pub mod cli;
pub mod commands;
pub mod connect;
pub mod data_dir;
pub mod diff;
pub mod failure;
pub mod http;
pub mod import;
pub mod inbox;
pub mod local;
pub mod marketing;
pub mod person;
pub mod place;
pub mod plan;
pub mod release;
pub mod requests;
pub mod revision;
pub mod sample;
pub mod server;
pub mod simulate;
pub mod webhook;
pub mod why;
