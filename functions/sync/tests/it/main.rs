//! Asking a storefront on this machine, over the embedded engine.

mod aggregating;
mod bench;
mod fetching;
mod pools;
mod reconciling;
mod telling;
