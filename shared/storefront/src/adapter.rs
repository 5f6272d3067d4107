//! One door for all kinds of storefronts: the kind that `shop.toml` names chooses the module.
//!
//! Another kind is another variant of [`SourceKind`], and the compiler names the arms that it needs here.

use retention::Time;
use retention::ids::SourceName;
use retention::shop::SourceKind;

use crate::delivery::Delivery;
use crate::heard::hash;
use crate::parsed::Parsed;
use crate::secrets::{BadSecrets, Secrets};
use crate::signature::Unverified;
use crate::unreadable::Unreadable;
use crate::{shopify, standard, woocommerce};

/// A kind of storefront with the secrets that one of them signs with.
#[derive(Debug, Clone)]
pub enum Adapter {
    /// Shopify.
    Shopify(Secrets),
    /// WooCommerce.
    WooCommerce(woocommerce::Keys),
    /// Any other shop.
    Standard(standard::Keys),
}

/// A delivery that was proven by the rules of one kind, and is read by the same.
#[derive(Debug, Clone)]
pub enum Verified<'a> {
    /// Shopify wrote it.
    Shopify(shopify::Verified<'a>),
    /// WooCommerce wrote it.
    WooCommerce(woocommerce::Verified<'a>),
    /// Another shop wrote it.
    Standard(standard::Verified<'a>),
}

impl Adapter {
    /// Takes the valid secrets as they are configured, the current one first.
    pub fn new<'s>(kind: SourceKind, secrets: impl IntoIterator<Item = &'s str>) -> Result<Self, BadSecrets> {
        Ok(match kind {
            SourceKind::Shopify => Self::Shopify(Secrets::new(secrets)?),
            SourceKind::WooCommerce => Self::WooCommerce(woocommerce::Keys::new(secrets)?),
            SourceKind::Standard => Self::Standard(standard::Keys::new(secrets)?),
        })
    }

    /// Proves that the storefront wrote a delivery that arrived at `now`.
    pub fn verify<'a>(&self, delivery: &Delivery<'a>, now: Time) -> Result<Verified<'a>, Unverified> {
        Ok(match self {
            Self::Shopify(secrets) => Verified::Shopify(shopify::verify(delivery, secrets)?),
            Self::WooCommerce(keys) => Verified::WooCommerce(woocommerce::verify(delivery, keys)?),
            Self::Standard(keys) => Verified::Standard(standard::verify(delivery, keys, now)?),
        })
    }

    /// The headers with which the storefront would send a body at `now`. A kind that has the topic in its body takes it
    /// from there.
    pub fn sign(&self, topic: &str, body: &[u8], now: Time) -> Vec<(&'static str, String)> {
        match self {
            Self::Shopify(secrets) => vec![
                (shopify::TOPIC_HEADER, topic.to_owned()),
                (shopify::SIGNATURE_HEADER, shopify::sign(body, secrets)),
            ],
            Self::WooCommerce(keys) => vec![
                (woocommerce::TOPIC_HEADER, topic.to_owned()),
                (woocommerce::SIGNATURE_HEADER, woocommerce::sign(body, keys)),
            ],
            Self::Standard(keys) => {
                // The same event sent again has the same id, whenever it is.
                let id = format!("msg_{}", hash(body));
                vec![
                    (standard::SIGNATURE_HEADER, standard::sign(&id, body, keys, now)),
                    (standard::ID_HEADER, id),
                    (standard::TIMESTAMP_HEADER, now.timestamp().to_string()),
                ]
            }
        }
    }
}

impl Verified<'_> {
    /// Reads what it says, as heard at `heard_at` from the storefront that is configured as `source`.
    pub fn parse(&self, source: &SourceName, heard_at: Time) -> Result<Parsed, Unreadable> {
        match self {
            Self::Shopify(verified) => shopify::parse(verified, source, heard_at),
            Self::WooCommerce(verified) => woocommerce::parse(verified, source, heard_at),
            Self::Standard(verified) => standard::parse(verified, source, heard_at),
        }
    }
}

/// Whether a delivery asks for nothing but an answer. It is not signed and must have no effect.
pub fn is_ping(kind: SourceKind, delivery: &Delivery<'_>) -> bool {
    match kind {
        SourceKind::WooCommerce => woocommerce::is_ping(delivery),
        SourceKind::Shopify | SourceKind::Standard => false,
    }
}

/// Whether a kind names what a body is about in a header.
pub fn has_topic_header(kind: SourceKind) -> bool {
    match kind {
        SourceKind::Shopify | SourceKind::WooCommerce => true,
        SourceKind::Standard => false,
    }
}

/// What a delivery says that it is about, for those who look at it later: cut to 64 printable characters, and empty
/// where it cannot be told.
pub fn topic(kind: SourceKind, delivery: &Delivery<'_>) -> String {
    let raw = match kind {
        SourceKind::Shopify => delivery.once(shopify::TOPIC_HEADER).to_owned(),
        SourceKind::WooCommerce => delivery.once(woocommerce::TOPIC_HEADER).to_owned(),
        SourceKind::Standard => standard::topic(delivery.body()).unwrap_or_default(),
    };
    Parsed::printable(&raw)
}
