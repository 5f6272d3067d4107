//! The promises of sending, proven on the production handlers themselves.
//!
//! A shop's table is the embedded engine, its network loses, repeats, delays and breaks, its workers die and freeze at any call,
//! and all of it is drawn from a seed. The workers are futures of one process, whose time is virtual and whose every run can be
//! replayed; or they are the functions' own binaries, killed by signals. What SES took stands in SES's own log, and the oracle
//! holds the shop's rows against that.

mod afterwards;
pub mod chaos;
mod connector;
pub mod faults;
pub mod fleet;
mod front;
pub mod kill;
mod kinds;
mod logs;
pub mod network;
pub mod oracle;
pub mod pace;
mod process;
pub mod run;
pub mod script;
pub mod seeds;
pub mod services;
pub mod ses;
pub mod shop;
mod verdict;
pub mod workers;

pub use process::Process;
pub use verdict::Verdict;
