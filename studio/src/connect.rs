//! `regulars connect`: what to set at a storefront so that it reaches the shop, and, with a token, the subscriptions
//! themselves.

use retention::shop::{Source, SourceKind};
use sources::Client;
use storefront::adapter;

use crate::failure::Failure;

/// The addresses and names that a storefront and the shop must agree on.
#[derive(Debug, Clone, Copy)]
pub struct Connection<'c> {
    /// The storefront.
    pub source: &'c Source,
    /// Where the shop answers.
    pub url: &'c str,
    /// The path below which the shop's secrets are.
    pub parameters: &'c str,
}

impl Connection<'_> {
    /// Where the storefront delivers.
    pub fn address(&self) -> String {
        format!("{}/webhooks/{}", self.url.trim_end_matches('/'), self.source.name)
    }

    /// What to do, step by step.
    pub fn steps(&self) -> String {
        let (source, address) = (self.source, self.address());
        let mut lines = vec![format!("{}, a source of the kind {}\n", source.name, source.kind.name())];
        let mut line = |text: &str| lines.push(text.to_owned());
        line(&format!("1. Webhooks go to   {address}"));
        line(match source.kind {
            SourceKind::Shopify => {
                "   Set the three compliance webhooks (customers/data_request, customers/redact, shop/redact) to it in the\n   \
                 app's configuration. The other topics, in JSON:"
            }
            SourceKind::WooCommerce => {
                "   WooCommerce > Settings > Advanced > Webhooks: one for each topic, status Active, API version 3. Topics:"
            }
            SourceKind::BigCommerce => "   Hooks of the store's API account, scopes:",
            SourceKind::Ecwid => {
                "   In the app's settings, with the events order.*, unfinished_order.*, customer.*, product.*"
            }
            SourceKind::Standard => {
                "   Your shop posts there, signed by Standard Webhooks: docs/webhooks.md has the form."
            }
        });
        let topics = adapter::topics(source.kind);
        for row in topics.chunks(4) {
            line(&format!("     {}", row.join("  ")));
        }
        line(&format!("\n2. The secret       {}/source/{}", self.parameters, source.name));
        line(match source.kind {
            SourceKind::Shopify => "   holds the client secret of the app.",
            SourceKind::WooCommerce => {
                "   holds the secret of the webhooks: the same for all of them, 24 signs or more."
            }
            SourceKind::Ecwid | SourceKind::BigCommerce => "   holds the client secret of the app or the API account.",
            SourceKind::Standard => "   holds `whsec_` and the base64 of 24 to 64 bytes.",
        });
        line("   aws ssm put-parameter --type SecureString --name THAT --value SECRET");
        if source.kind != SourceKind::Standard {
            line(&format!("\n3. The token        {}/token/{}", self.parameters, source.name));
            line(match source.kind {
                SourceKind::Shopify => {
                    "   holds the Admin API access token, with read_orders, read_customers, read_products, read_fulfillments,\n   \
                     read_returns: it finds what no webhook brought. With write_customers it writes opt-outs back."
                }
                SourceKind::WooCommerce => {
                    "   holds `ck_...:cs_...`, a key with the permission Read, or Read/Write to let this command subscribe. It\n   \
                     finds what no webhook brought: WooCommerce never sends twice."
                }
                SourceKind::Ecwid => {
                    "   holds the secret access token: its webhooks only name what is to be fetched. With update_customers it\n   \
                     writes opt-outs back."
                }
                SourceKind::BigCommerce => {
                    "   holds the access token of an API account that may read orders, customers, carts, products: its webhooks\n   \
                     only name what is to be fetched."
                }
                SourceKind::Standard => "",
            });
            match &source.store {
                Some(store) => line(&format!("   shop.toml names the store: {store}")),
                None => line(
                    "   shop.toml does not name the store yet: set `store = \"...\"` in this [[source]] (docs/sources.md).",
                ),
            }
        }
        lines.join("\n")
    }

    /// Creates the subscriptions, and says which. Running it again creates none twice.
    pub async fn subscribe(&self, client: &Client, secret: &str) -> Result<String, Failure> {
        let topics = adapter::topics(self.source.kind);
        let done = client.subscribe(topics, &self.address(), secret).await.map_err(|e| Failure::new(e.to_string()))?;
        let mut lines = Vec::new();
        for (what, topics) in
            [("created", &done.created), ("there already", &done.existing), ("switched on", &done.woken)]
        {
            if !topics.is_empty() {
                lines.push(format!("{what}: {}", topics.join(", ")));
            }
        }
        Ok(lines.join("\n"))
    }
}
