//! What a storefront's app is known by: its client secrets, and the one of its stores that is ours.

use crate::secrets::{BadSecrets, Secrets};

/// The client secrets of an app, and which store is ours. One app may be installed in several stores, and signs for all
/// of them with the same secret.
#[derive(Debug, Clone)]
pub struct App {
    secrets: Secrets,
    store: Option<String>,
}

impl App {
    /// Takes the valid client secrets as they are configured, the current one first.
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Result<Self, BadSecrets> {
        Ok(Self { secrets: Secrets::new(secrets)?, store: None })
    }

    /// The same app, of whose stores only this one is heard; all of them where none is named.
    #[must_use]
    pub fn of_store(mut self, store: Option<&str>) -> Self {
        self.store = store.map(str::to_owned);
        self
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    pub(crate) fn store(&self) -> Option<&str> {
        self.store.as_deref()
    }
}

/// Whether a delivery names another store than `ours`. One that names none is no delivery of another: what it asks to be
/// fetched is fetched from ours.
pub(crate) fn is_other(ours: Option<&str>, named: Option<&str>) -> bool {
    ours.zip(named).is_some_and(|(ours, named)| ours != named)
}
