//! For tests and for the local run: the embedded DynamoDB engine and a fake SES, each reached by the real SDK over a real
//! socket, a storefront that answers as it is told, and invented people.
//!
//! There is no in-memory fake of the store: its value lies in conditional writes, and a fake that agrees with itself
//! proves nothing.

#![expect(clippy::missing_panics_doc, reason = "a test may stop where it stands")]

pub mod engine;
pub mod fake_ses;
pub mod lambda;
pub mod life;
pub mod no_replays;
pub mod no_secrets;
pub mod parameter_store;
pub mod people;
pub mod slow_wire;
pub mod vendor;

pub use engine::Engine;
pub use fake_ses::FakeSes;
pub use parameter_store::ParameterStore;
pub use slow_wire::SlowWire;
pub use vendor::Vendor;

/// The flows that are on in the shop of most tests: those that answer an act of the person's own, come back to an order
/// and keep a birthday. The others would only stand between a test and what it is about.
pub const FEW_FLOWS: [&str; 7] =
    ["order_status", "sign_up", "your_data", "first_order", "replenish", "winback", "birthday"];
