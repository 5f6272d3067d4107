//! Intake behind its door, over the embedded engine: what it answers, and what stands in the table afterwards.

mod answers;
mod arrivals;
mod bus;
mod crowds;
mod door;
mod identity;
mod parameter_store;
mod requests;
