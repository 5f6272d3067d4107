//! What Ecwid sends and what is fetched from it: the signature of ids, what is to be fetched, and what comes out of it.

mod bodies;
mod callbacks;
mod carts;
mod customers;
#[path = "../edit/mod.rs"]
mod edit;
mod hear;
mod orders;
mod products;
mod signature;
