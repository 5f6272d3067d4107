//! What bodies of one kind are made of.

use retention::shop::SourceKind;
use serde_json::Value;
use storefront::{adapter, shopify};

use crate::{names, sample};

/// Topics that are read and not subscribed to.
const MORE_TOPICS: [&str; 7] = [
    "customers/data_request",
    "customers/redact",
    "shop/redact",
    "orders/delete",
    "customers/email_marketing_consent_update",
    shopify::CONSENT_TOPIC,
    "returns/update",
];

/// The fields, texts, topics and samples of a kind.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) kind: SourceKind,
    pub(super) fields: Vec<String>,
    pub(super) texts: Vec<String>,
    pub(super) topics: Vec<String>,
    /// The samples, each under the place of its topic in `topics`.
    pub(super) samples: Vec<(usize, Value)>,
}

impl Words {
    pub(super) fn of(kind: SourceKind) -> Self {
        let mut topics: Vec<String> = adapter::topics(kind).iter().chain(&MORE_TOPICS).map(|&t| t.to_owned()).collect();
        let samples = sample::of(kind).into_iter().filter_map(|sample| {
            let place = topics.iter().position(|topic| topic == sample.topic).unwrap_or_else(|| {
                topics.push(sample.topic.to_owned());
                topics.len() - 1
            });
            Some((place, serde_json::from_str(sample.body).ok()?))
        });
        let samples = samples.collect();
        Self { kind, fields: names::fields(kind), texts: names::texts(kind), topics, samples }
    }
}
