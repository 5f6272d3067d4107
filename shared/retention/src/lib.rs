//! Who gets which letter, when, and why.
//!
//! This crate holds the nouns (customer, order, flow, send) and the rules over them. It is pure: it reaches no
//! clock, network, random source or environment variable, and iterates no hash map. `now` is an argument, so the
//! functions in the cloud, the dry run on a laptop and the tests all ask the same code and get the same answer.
//!
//! The two questions it answers are [`decide()`](decide::decide) (what should exist for this customer now, and when
//! must somebody look again) and [`gate()`](gate::gate) (may this send leave at this moment).

pub mod address;
pub mod after_sale;
pub mod aggregates;

pub mod birthday;
pub mod bought;
pub mod calendar;
pub mod candidate;
pub mod cart;
pub mod co_purchase;
pub mod condition;
pub mod consent;
pub mod control;
pub mod coupon;
pub mod customer;
pub mod decide;
pub mod erase;
pub mod event;
pub mod feedback;
pub mod fetch;
pub mod flow;
pub mod fold;
pub mod gate;
pub mod ids;
pub mod interest;
pub mod leave;
pub mod life;
pub mod listing;
pub mod merge;
pub mod money;
pub mod occurrence;
pub mod order;
pub mod pace;
pub mod past;
pub mod preferences;
pub mod product;
pub mod rank;
pub mod reason;
pub mod recommend;
pub mod record;
pub mod reputation;
pub mod schedule;
pub mod send;
pub mod shop;
pub mod shop_coupon;
pub mod slot;
pub mod store_name;
pub mod time;
pub mod token;
pub mod zones;

pub use address::EmailAddress;
pub use customer::Customer;
pub use decide::{Decision, decide};
pub use flow::Flow;
pub use gate::{Gate, gate};
pub use money::Money;
pub use order::Order;
pub use reason::Reason;
pub use send::Send;
pub use shop::Shop;
pub use time::Time;
