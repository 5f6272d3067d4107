//! What Shopify sends: signatures, bodies that nobody can read, orders, customers and consent.

mod after_sales;
mod bodies;
mod carts;
mod consent;
mod customers;
#[path = "../edit/mod.rs"]
mod edit;
mod hear;
mod orders;
mod products;
mod signature;
