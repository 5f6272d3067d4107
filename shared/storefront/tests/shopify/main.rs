//! What Shopify sends: signatures, bodies that nobody can read, orders, customers and consent.

mod bodies;
mod consent;
mod customers;
#[path = "../edit/mod.rs"]
mod edit;
mod hear;
mod orders;
mod signature;
