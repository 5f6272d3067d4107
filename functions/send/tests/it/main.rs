//! The sender against a fake SES and the embedded engine: one answer of SES after another, and what becomes of the row.

mod batch;
mod coupons;
mod delivery;
mod desk;
mod doubt;
mod gate;
mod pace;
mod refusals;
mod sender_name;
mod starting;
mod worker;
