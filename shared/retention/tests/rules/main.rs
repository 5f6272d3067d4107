//! The rules, asked over whole lives.

mod aggregates;
mod arbitration;
mod conditions;
mod erase;
mod flows;
mod histories;
mod merge;
mod orders;
mod properties;
mod slot;
mod world;
