//! The webhooks that a storefront is to send.

/// What became of the webhooks that were asked for, each by its topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscriptions {
    /// Made now.
    pub created: Vec<String>,
    /// Were there already.
    pub existing: Vec<String>,
    /// Were there, switched off after failures, and are on again.
    pub woken: Vec<String>,
}

/// A webhook as a storefront lists it.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub(crate) id: String,
    pub(crate) topic: String,
    pub(crate) address: String,
    pub(crate) active: bool,
}
