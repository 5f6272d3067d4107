//! What WooCommerce sends: signatures and pings, bodies that nobody can read, orders, customers and what was deleted.

mod bodies;
mod customers;
#[path = "../edit/mod.rs"]
mod edit;
mod goods;
mod hear;
mod orders;
mod signature;
mod statuses;
