//! The keys of links, as the parameter store has them. A process that runs for days meets links of a key that is newer than it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use retention::Time;
use retention::token::{TokenKeys, WeakKey};

use crate::clients::CannotStart;
use crate::config;
use crate::parameters::{NoParameter, Parameters};

/// The keys, and where newer ones are.
#[derive(Debug)]
pub struct LinkKeys {
    parameters: Parameters,
    held: Mutex<Arc<TokenKeys>>,
}

impl LinkKeys {
    /// Reads the keys. Nothing that makes or takes links starts without one.
    pub async fn read(parameters: &Parameters, now: Time) -> Result<Self, CannotStart> {
        let keys = keys(parameters.secrets(config::TOKEN_KEYS, now).await?)?;
        Ok(Self { parameters: parameters.clone(), held: Mutex::new(Arc::new(keys)) })
    }

    /// Keys that stay as they are, for the local run and for tests.
    pub fn given(keys: TokenKeys) -> Self {
        Self { parameters: Parameters::Local(BTreeMap::new()), held: Mutex::new(Arc::new(keys)) }
    }

    /// The keys as they are known.
    pub fn held(&self) -> Arc<TokenKeys> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys for a token. Where it names none of those that are known they are read again, at most once a minute.
    pub async fn of(&self, token: &str, now: Time) -> Result<Arc<TokenKeys>, NoParameter> {
        let held = self.held();
        if !held.lack(token) {
            return Ok(held);
        }
        let Some(read) = self.parameters.reread(config::TOKEN_KEYS, now).await? else { return Ok(held) };
        match keys(read) {
            Ok(newer) => {
                let newer = Arc::new(newer);
                *self.held.lock().unwrap_or_else(PoisonError::into_inner) = newer.clone();
                Ok(newer)
            }
            Err(error) => {
                tracing::error!(error = %error, "the new keys of links cannot be used; those of before go on");
                Ok(held)
            }
        }
    }
}

fn keys(secrets: Vec<String>) -> Result<TokenKeys, WeakKey> {
    TokenKeys::new(secrets.into_iter().map(String::into_bytes).collect())
}
