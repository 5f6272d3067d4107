//! The embedded engine: DynamoDB's API on `SQLite`, in this process.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use cloud::alias::HashKey;
use cloud::rows::Item;
use cloud::store::Tables;
use cloud::{Config, Store};
use dynoxide::{Database, ImportOptions};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::no_replays::NoReplays;

/// Names another engine for the tests of the store, as the SDK itself reads it.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";
/// How many tables this process made in an engine of others.
static TABLES: AtomicU32 = AtomicU32::new(0);
/// The table's name in an engine.
pub const TABLE: &str = "regulars";
/// The hash key of tests and of the local run. A deployed shop has one of its own.
pub const LOCAL_HASH_KEY: &str = "regulars: a key for this machine";

/// An engine that could not start.
#[derive(Debug, thiserror::Error)]
#[error("the embedded engine: {0}")]
pub struct EngineError(String);

/// A running engine. It stops when it is dropped; a file stays.
pub struct Engine {
    database: Database,
    address: SocketAddr,
    client: Client,
    table: String,
    server: JoinHandle<()>,
}

impl Engine {
    /// Starts an engine that forgets everything.
    pub async fn in_memory() -> Result<Self, EngineError> {
        Self::serve(Database::memory().map_err(failed)?).await
    }

    /// Starts an engine on a file. Another process may have the same file open.
    pub async fn on_file(path: &Path) -> Result<Self, EngineError> {
        let name = path.to_str().ok_or_else(|| EngineError("the path is not UTF-8".to_owned()))?;
        Self::serve(Database::new(name).map_err(failed)?).await
    }

    /// An engine for one test: an embedded one, or a new table in the engine that `AWS_ENDPOINT_URL_DYNAMODB` names, so
    /// that the same tests run against what others wrote.
    pub async fn for_tests() -> Result<Self, EngineError> {
        let Some(endpoint) = Config::find(ENDPOINT) else { return Self::in_memory().await };
        let mut engine = Self::in_memory().await?;
        let number = TABLES.fetch_add(1, Ordering::Relaxed);
        engine.client = client(&endpoint);
        engine.table = format!("{TABLE}-{}-{number}", std::process::id());
        create(&engine.client, &engine.table).await?;
        Ok(engine)
    }

    async fn serve(database: Database) -> Result<Self, EngineError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let server = tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
        let client = client(&format!("http://{address}"));
        create(&client, TABLE).await?;
        Ok(Self { database, address, client, table: TABLE.to_owned(), server })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The engine's own handle, to seed many rows at once.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Puts many rows into a table at once, without a request for each. All of them, or none.
    pub fn import(&self, table: &str, rows: impl IntoIterator<Item = Item>) -> Result<usize, EngineError> {
        let rows: Result<Vec<dynoxide::Item>, EngineError> = rows.into_iter().map(as_imported).collect();
        let imported = self.database.import_items(table, rows?, ImportOptions::default()).map_err(failed)?;
        Ok(imported.items_imported)
    }

    /// Puts many rows with plain requests of 25, eight of them side by side: the least that a client can do.
    pub async fn put_in_batches(&self, rows: impl IntoIterator<Item = Item>) -> Result<(), EngineError> {
        const BATCH: usize = 25;
        const SIDE_BY_SIDE: usize = 8;
        let mut rows = rows.into_iter();
        loop {
            let batches: Vec<Vec<Item>> = (0..SIDE_BY_SIDE)
                .map(|_| rows.by_ref().take(BATCH).collect())
                .filter(|b: &Vec<Item>| !b.is_empty())
                .collect();
            if batches.is_empty() {
                return Ok(());
            }
            for done in futures_util::future::join_all(batches.into_iter().map(|batch| self.put_batch(batch))).await {
                done?;
            }
        }
    }

    async fn put_batch(&self, batch: Vec<Item>) -> Result<(), EngineError> {
        let puts = batch.into_iter().map(|row| {
            let put = PutRequest::builder().set_item(Some(row)).build().map_err(failed)?;
            Ok(WriteRequest::builder().put_request(put).build())
        });
        let puts = puts.collect::<Result<Vec<_>, EngineError>>()?;
        let sent = self.client.batch_write_item().request_items(&self.table, puts).send().await;
        sent.map(|_| ()).map_err(|e| EngineError(format!("{e:?}")))
    }

    /// The SDK's client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The names of its tables.
    pub fn tables(&self) -> Tables {
        Tables::local(&self.table)
    }

    /// A store over the engine's table.
    pub fn store(&self) -> Store {
        Store::new(self.client.clone(), self.tables(), hash_key(), cloud::table::SHARDS)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The hash key of tests and of the local run.
pub fn hash_key() -> HashKey {
    HashKey::new(LOCAL_HASH_KEY.as_bytes()).expect("32 bytes")
}

/// A client for an endpoint on this machine, with credentials that mean nothing.
pub fn client(endpoint: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .interceptor(NoReplays)
        .build();
    Client::from_conf(config)
}

async fn create(client: &Client, table: &str) -> Result<(), EngineError> {
    let tables = Tables::local(table);
    cloud::table::create(client, &tables.main).await.map_err(|e| EngineError(format!("{e:?}")))?;
    cloud::table::create_kept(client, &tables.kept).await.map_err(|e| EngineError(format!("{e:?}")))
}

fn as_imported(row: Item) -> Result<dynoxide::Item, EngineError> {
    row.into_iter().map(|(name, value)| Ok((name, imported_value(value)?))).collect()
}

fn imported_value(value: AttributeValue) -> Result<dynoxide::AttributeValue, EngineError> {
    use dynoxide::AttributeValue as Imported;
    Ok(match value {
        AttributeValue::S(text) => Imported::S(text),
        AttributeValue::N(number) => Imported::N(number),
        AttributeValue::B(bytes) => Imported::B(bytes.into_inner()),
        AttributeValue::Bool(is) => Imported::BOOL(is),
        AttributeValue::Null(is) => Imported::NULL(is),
        AttributeValue::L(list) => Imported::L(list.into_iter().map(imported_value).collect::<Result<_, _>>()?),
        AttributeValue::M(map) => Imported::M(as_imported(map)?),
        _ => return Err(EngineError("a row to import holds a value of a kind that no row of ours has".to_owned())),
    })
}

fn failed(error: impl std::fmt::Display) -> EngineError {
    EngineError(error.to_string())
}
