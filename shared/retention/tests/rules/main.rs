//! The rules, asked over whole lives.

mod aggregates;
mod arbitration;
mod asked;
mod calendar;
mod conditions;
mod erase;
mod flows;
mod gate;
mod histories;
mod listing;
mod merge;
mod orders;
mod preferences;
mod properties;
mod sends;
mod slot;
mod world;
