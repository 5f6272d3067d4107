//! What Shopify sends: signatures, bodies that nobody can read, orders, customers and consent.

mod bodies;
mod consent;
mod customers;
mod hear;
mod orders;
mod signature;
