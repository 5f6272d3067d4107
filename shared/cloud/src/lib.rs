//! The only crate that names AWS: the table and its store, queues, mailer, clock, configuration, telemetry.
//!
//! Each of these is one type that speaks to one service. Where a laptop has none, an enum's other arm stands in for
//! it (`Mailer::Outbox`, `Queue::Local`, `Clock::Set`), refused on Lambda. The table is always DynamoDB's API: on a
//! laptop an embedded engine answers it.

pub mod aggregating;
pub mod alias;
pub mod clients;
pub mod clock;
pub mod config;
pub mod deciding;
pub mod door;
pub mod erasing;
pub mod event;
pub mod link_keys;
pub mod mailer;
pub mod merging;
pub mod outbox;
pub mod parameters;
pub mod queue;
pub mod recording;
pub mod rows;
pub mod snapshot;
pub mod store;
pub mod table;
pub mod telemetry;

pub use clock::Clock;
pub use config::Config;
pub use link_keys::LinkKeys;
pub use mailer::Mailer;
pub use queue::Queue;
pub use store::{Store, StoreError};
