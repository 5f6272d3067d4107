//! What each storefront sends, as the tests of the adapters and the documentation have it. All of it is invented.

use retention::shop::SourceKind;

/// A body, and the topic under which it is sent where a header has the topic.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The topic.
    pub topic: &'static str,
    /// The body.
    pub body: &'static str,
}

const DOCS: &str = include_str!("../../../docs/webhooks.md");

const SHOPIFY: [Sample; 4] = [
    Sample { topic: "orders/create", body: include_str!("../../storefront/tests/fixtures/order.json") },
    Sample { topic: "customers/update", body: include_str!("../../storefront/tests/fixtures/customer.json") },
    Sample { topic: "customers/create", body: include_str!("../../storefront/tests/fixtures/old_customer.json") },
    Sample {
        topic: storefront::shopify::CONSENT_TOPIC,
        body: include_str!("../../storefront/tests/fixtures/consent.json"),
    },
];

const WOOCOMMERCE: [Sample; 2] = [
    Sample { topic: "order.updated", body: include_str!("../../storefront/tests/fixtures/woocommerce/order.json") },
    Sample {
        topic: "customer.created",
        body: include_str!("../../storefront/tests/fixtures/woocommerce/customer.json"),
    },
];

const ECWID: [Sample; 5] = [
    Sample { topic: "", body: include_str!("../../storefront/tests/fixtures/ecwid/callback.json") },
    Sample { topic: "", body: include_str!("../../storefront/tests/fixtures/ecwid/order.json") },
    Sample { topic: "", body: include_str!("../../storefront/tests/fixtures/ecwid/cart.json") },
    Sample { topic: "", body: include_str!("../../storefront/tests/fixtures/ecwid/customer.json") },
    Sample { topic: "", body: include_str!("../../storefront/tests/fixtures/ecwid/product.json") },
];

const BIGCOMMERCE: [Sample; 6] = [
    Sample { topic: "", body: include_str!("../../storefront/tests/fixtures/bigcommerce/callback.json") },
    Sample { topic: "", body: include_str!("../../storefront/tests/fixtures/bigcommerce/order.json") },
    Sample { topic: "", body: include_str!("../../storefront/tests/fixtures/bigcommerce/cart.json") },
    Sample { topic: "", body: include_str!("../../storefront/tests/fixtures/bigcommerce/customer.json") },
    Sample { topic: "", body: include_str!("../../storefront/tests/fixtures/bigcommerce/subscriber.json") },
    Sample { topic: "", body: include_str!("../../storefront/tests/fixtures/bigcommerce/product.json") },
];

/// The samples of a kind: the bodies of its deliveries and, where those are thin, the entities that are fetched.
pub fn of(kind: SourceKind) -> Vec<Sample> {
    match kind {
        SourceKind::Shopify => SHOPIFY.to_vec(),
        SourceKind::WooCommerce => WOOCOMMERCE.to_vec(),
        SourceKind::Ecwid => ECWID.to_vec(),
        SourceKind::BigCommerce => BIGCOMMERCE.to_vec(),
        SourceKind::Standard => examples().collect(),
    }
}

/// The examples of docs/webhooks.md.
fn examples() -> impl Iterator<Item = Sample> {
    let blocks = DOCS.split("```json\n").skip(1);
    blocks.filter_map(|block| block.split_once("```")).map(|(body, _)| Sample { topic: "", body })
}
