//! The pages behind the links in letters, over the embedded engine.

mod choices;
mod desk;
mod links;
mod own_data;
mod pages;
mod rotation;
mod starting;
mod surveys;
mod unsubscribing;
