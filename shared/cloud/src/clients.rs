//! AWS clients over one HTTPS connector: rustls with ring and the bundled roots.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use retention::Shop;
use retention::token::WeakKey;

use crate::alias::{HashKey, WeakHashKey};
use crate::config::{self, BadVariable, Config};
use crate::parameters::{NoParameter, Parameters};
use crate::queue::SqsQueues;
use crate::recording::Recorder;
use crate::snapshot::Snapshot;
use crate::store::Tables;
use crate::{Clock, Mailer, Queue, Store, StoreError};

/// How long one call to a service may take in all, retries included.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(4);
/// How long an idle connection is kept. Lambda freezes between two invocations, and asking SES over a connection that went
/// stale meanwhile would leave a letter in doubt.
const IDLE: Duration = Duration::from_secs(5);
/// How long SES may take to let itself be spoken to. Where it does not, nothing of the letter was written.
const SES_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long SES may take. It is asked once: see [`Aws::mailer`].
pub const SES_TIMEOUT: Duration = Duration::from_secs(10);

/// What keeps a function from starting.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    /// The environment.
    #[error(transparent)]
    Variable(#[from] BadVariable),
    /// A secret.
    #[error(transparent)]
    Parameter(#[from] NoParameter),
    /// The hash key.
    #[error(transparent)]
    HashKey(#[from] WeakHashKey),
    /// The keys of links.
    #[error(transparent)]
    LinkKey(#[from] WeakKey),
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The account that a function runs in: region, credentials and one connector for all clients.
#[derive(Debug, Clone)]
pub struct Aws(SdkConfig);

impl Aws {
    /// Reads region and credentials from the environment of the function.
    pub async fn load() -> Self {
        let timeouts =
            TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).operation_attempt_timeout(TRY_TIMEOUT).build();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(connector())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            .load()
            .await;
        Self(config)
    }

    /// The shop's secrets.
    pub fn parameters(&self) -> Result<Parameters, CannotStart> {
        Ok(self.parameters_below(&Config::read(config::PARAMETERS)?))
    }

    /// The secrets of the shop whose path this is.
    pub fn parameters_below(&self, path: &str) -> Parameters {
        Parameters::ssm(aws_sdk_ssm::Client::new(&self.0), path)
    }

    /// The shop's table, opened under its hash key. Nothing starts without that key.
    pub async fn store(&self, parameters: &Parameters) -> Result<Store, CannotStart> {
        let tables = Tables { main: Config::read(config::TABLE)?, kept: Config::read(config::KEPT_TABLE)? };
        self.store_of(tables, parameters).await
    }

    /// The table of the shop that these are.
    pub async fn store_of(&self, tables: Tables, parameters: &Parameters) -> Result<Store, CannotStart> {
        let now = crate::clock::system_now();
        let key = parameters.secrets(config::HASH_KEY, now).await?;
        let hash_key = HashKey::new(key.first().map(String::as_bytes).unwrap_or_default())?;
        Ok(Store::open(aws_sdk_dynamodb::Client::new(&self.0), tables, hash_key).await?)
    }

    /// The queues of sends.
    pub fn queue(&self) -> Result<Queue, CannotStart> {
        let client = aws_sdk_sqs::Client::new(&self.0);
        let transactional = Config::read(config::TRANSACTIONAL_QUEUE)?;
        let marketing = Config::read(config::MARKETING_QUEUE)?;
        Ok(Queue::Sqs(SqsQueues { client, transactional, marketing }))
    }

    /// What records for this shop.
    pub async fn recorder(&self, shop: Shop, parameters: &Parameters) -> Result<Recorder, CannotStart> {
        Ok(Recorder {
            shop: Arc::new(shop),
            store: self.store(parameters).await?,
            snapshot: Snapshot::default(),
            queue: self.queue()?,
            clock: Clock::System,
        })
    }

    /// What the environment gives: region, credentials, endpoints.
    pub fn config(&self) -> &SdkConfig {
        &self.0
    }

    /// SES, asked exactly once for each attempt: the SDK would repeat a `SendEmail` whose answer was lost, and SES has
    /// no idempotency token.
    pub fn mailer(&self) -> Result<Mailer, CannotStart> {
        Ok(ses(&self.0, Config::read(config::CONFIGURATION_SET)?, SES_TIMEOUT))
    }
}

/// What all clients of a process reach their services over.
pub fn connector() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .pool_idle_timeout(IDLE)
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

/// SES over what an account has, asked exactly once, for at most `timeout`: see [`Aws::mailer`].
pub fn ses(config: &SdkConfig, configuration_set: String, timeout: Duration) -> Mailer {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(SES_CONNECT_TIMEOUT.min(timeout / 2))
        .operation_timeout(timeout)
        .operation_attempt_timeout(timeout)
        .build();
    let once = aws_sdk_sesv2::config::Builder::from(config)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        .build();
    Mailer::Ses { client: aws_sdk_sesv2::Client::from_conf(once), configuration_set }
}
