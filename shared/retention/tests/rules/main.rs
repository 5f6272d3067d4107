//! The rules, asked over whole lives.

mod arbitration;
mod flows;
mod orders;
mod slot;
mod world;
