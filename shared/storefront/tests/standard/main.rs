//! What any other shop sends: signatures and their times, the examples and the schema of the documentation, and what each
//! event comes out as.

mod bodies;
mod consent;
#[path = "../edit/mod.rs"]
mod edit;
mod examples;
mod hear;
mod keys;
mod orders;
mod schema;
mod signature;
