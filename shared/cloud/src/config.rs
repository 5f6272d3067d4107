//! Configuration: every environment variable is a constant here, and read here.

use std::path::PathBuf;

/// The table's name.
pub const TABLE: &str = "REGULARS_TABLE";
/// The name of the table that keeps opt-outs and erasures.
pub const KEPT_TABLE: &str = "REGULARS_KEPT_TABLE";
/// URL of the queue of transactional sends.
pub const TRANSACTIONAL_QUEUE: &str = "REGULARS_TRANSACTIONAL_QUEUE";
/// URL of the queue of marketing sends.
pub const MARKETING_QUEUE: &str = "REGULARS_MARKETING_QUEUE";
/// The path in the parameter store below which the secrets are.
pub const PARAMETERS: &str = "REGULARS_PARAMETERS";
/// The SES configuration set.
pub const CONFIGURATION_SET: &str = "REGULARS_CONFIGURATION_SET";
/// The public URL of the HTTP API, for links in letters.
pub const PUBLIC_URL: &str = "REGULARS_PUBLIC_URL";
/// Where `templates/` is; by default beside the binary.
pub const TEMPLATES: &str = "REGULARS_TEMPLATES";
/// Set by Lambda: the folder of the function's code.
pub const TASK_ROOT: &str = "LAMBDA_TASK_ROOT";
/// The parameter, below the shop's path, that holds the key of all hashes.
pub const HASH_KEY: &str = "hash-key";
/// The parameter, below the shop's path, that holds the keys of links: the newest on the first line.
pub const TOKEN_KEYS: &str = "token-keys";
/// The secret of Shopify's webhooks, for the local run and `regulars webhook`.
pub const LOCAL_SHOPIFY_SECRET: &str = "REGULARS_SHOPIFY_SECRET";
/// The secret of WooCommerce's webhooks, likewise.
pub const LOCAL_WOOCOMMERCE_SECRET: &str = "REGULARS_WOOCOMMERCE_SECRET";
/// The client secret of an Ecwid app, likewise.
pub const LOCAL_ECWID_SECRET: &str = "REGULARS_ECWID_SECRET";
/// The client secret of a BigCommerce app, likewise.
pub const LOCAL_BIGCOMMERCE_SECRET: &str = "REGULARS_BIGCOMMERCE_SECRET";
/// The secret of Standard Webhooks, likewise.
pub const LOCAL_STANDARD_SECRET: &str = "REGULARS_STANDARD_SECRET";

/// The API token of a storefront, for `regulars connect` and `regulars backfill`.
pub const TOKEN: &str = "REGULARS_TOKEN";

/// A variable that is missing or wrong. Names the variable, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} {1}")]
pub struct BadVariable(pub &'static str, pub &'static str);

/// What a function is told by its environment. A function asks for what it needs.
#[derive(Debug, Clone, Copy)]
pub struct Config;

impl Config {
    /// Reads a variable that must be there.
    pub fn read(name: &'static str) -> Result<String, BadVariable> {
        Self::find(name).ok_or(BadVariable(name, "is not set"))
    }

    /// Reads a variable that may be missing; an empty one is missing.
    #[expect(clippy::disallowed_methods, reason = "this is the place that the ban points to")]
    pub fn find(name: &'static str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// Where `templates/` is.
    pub fn templates() -> PathBuf {
        let beside = || PathBuf::from(Self::find(TASK_ROOT).unwrap_or_else(|| ".".to_owned())).join("templates");
        Self::find(TEMPLATES).map_or_else(beside, PathBuf::from)
    }

    /// Whether this process runs on Lambda, where nothing local is allowed.
    pub fn on_lambda() -> bool {
        Self::find(TASK_ROOT).is_some()
    }
}
