//! Secrets: from the parameter store in the cloud, given on a laptop. Never logged, never in an error.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_types::error::display::DisplayErrorContext;
use chrono::TimeDelta;
use retention::Time;

/// How soon after a read a secret is read again when a signature fails: forgeries must not exhaust the store.
const REREAD: TimeDelta = TimeDelta::minutes(1);

/// Where secrets are.
#[derive(Clone)]
pub enum Parameters {
    /// The parameter store, below a path.
    Ssm(SsmParameters),
    /// Given; refused on Lambda.
    Local(BTreeMap<String, String>),
}

/// The parameter store of a shop.
#[derive(Clone)]
pub struct SsmParameters {
    client: aws_sdk_ssm::Client,
    path: String,
    cache: Cache,
}

/// What was read, and when.
type Cache = Arc<Mutex<BTreeMap<String, (Time, Vec<String>)>>>;

/// A secret that could not be had. Names the parameter, never its value.
#[derive(Debug, thiserror::Error)]
#[error("the parameter {name} {why}")]
pub struct NoParameter {
    /// The parameter's name.
    pub name: String,
    why: String,
}

impl Parameters {
    /// Secrets in the parameter store below `path`, such as `/regulars/shop`.
    pub fn ssm(client: aws_sdk_ssm::Client, path: &str) -> Self {
        let path = path.trim_end_matches('/').to_owned();
        Parameters::Ssm(SsmParameters { client, path, cache: Arc::default() })
    }

    /// The values of a secret: the valid one, then the one before it during a rotation. A parameter holds both
    /// separated by a line break.
    pub async fn secrets(&self, name: &str, now: Time) -> Result<Vec<String>, NoParameter> {
        match self {
            Parameters::Local(given) => {
                let missing = || NoParameter { name: name.to_owned(), why: "is not set".to_owned() };
                given.get(name).map(|value| values(value)).filter(|v| !v.is_empty()).ok_or_else(missing)
            }
            Parameters::Ssm(ssm) => {
                let cached = ssm.cache.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
                match cached {
                    Some((_, values)) => Ok(values),
                    None => ssm.read(name, now).await,
                }
            }
        }
    }

    /// Reads a secret again after a signature failed, at most once a minute. None where it was read just now.
    pub async fn reread(&self, name: &str, now: Time) -> Result<Option<Vec<String>>, NoParameter> {
        let Parameters::Ssm(ssm) = self else { return Ok(None) };
        let read_at = ssm.cache.lock().unwrap_or_else(PoisonError::into_inner).get(name).map(|(at, _)| *at);
        if read_at.is_some_and(|at| at <= now && now - at < REREAD) {
            return Ok(None);
        }
        ssm.read(name, now).await.map(Some)
    }
}

impl SsmParameters {
    async fn read(&self, name: &str, now: Time) -> Result<Vec<String>, NoParameter> {
        let full = format!("{}/{name}", self.path);
        let no = |why: String| NoParameter { name: full.clone(), why };
        let read = self.client.get_parameter().name(&full).with_decryption(true).send().await;
        let read = read.map_err(|e| no(format!("could not be read: {}", DisplayErrorContext(e))))?;
        let value = read.parameter.and_then(|p| p.value).unwrap_or_default();
        let values = values(&value);
        if values.is_empty() {
            return Err(no("is empty".to_owned()));
        }
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(name.to_owned(), (now, values.clone()));
        Ok(values)
    }
}

fn values(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parameters(redacted)")
    }
}
