//! One door for all kinds of storefronts: the kind that `shop.toml` names chooses the module.
//!
//! Another kind is another variant of [`SourceKind`], and the compiler names the arms that it needs here.

use retention::Time;
use retention::fetch::{Fetch, FetchKind};
use retention::ids::SourceName;
use retention::shop::SourceKind;

use crate::app::App;
use crate::delivery::Delivery;
use crate::gone;
use crate::heard::hash;
use crate::parsed::Parsed;
use crate::secrets::{BadSecrets, Secrets};
use crate::signature::Unverified;
use crate::unreadable::Unreadable;
use crate::{bigcommerce, ecwid, shopify, standard, woocommerce};

/// A kind of storefront with the secrets that one of them signs with.
#[derive(Debug, Clone)]
pub enum Adapter {
    /// Shopify.
    Shopify(Secrets),
    /// WooCommerce.
    WooCommerce(woocommerce::Keys),
    /// Ecwid.
    Ecwid(App),
    /// BigCommerce.
    BigCommerce(App),
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
    /// Ecwid wrote the id of its event.
    Ecwid(ecwid::Verified<'a>),
    /// BigCommerce wrote it.
    BigCommerce(bigcommerce::Verified<'a>),
    /// Another shop wrote it.
    Standard(standard::Verified<'a>),
}

impl Adapter {
    /// Takes the valid secrets as they are configured, the current one first.
    pub fn new<'s>(kind: SourceKind, secrets: impl IntoIterator<Item = &'s str>) -> Result<Self, BadSecrets> {
        Ok(match kind {
            SourceKind::Shopify => Self::Shopify(Secrets::new(secrets)?),
            SourceKind::WooCommerce => Self::WooCommerce(woocommerce::Keys::new(secrets)?),
            SourceKind::Ecwid => Self::Ecwid(App::new(secrets)?),
            SourceKind::BigCommerce => Self::BigCommerce(App::new(secrets)?),
            SourceKind::Standard => Self::Standard(standard::Keys::new(secrets)?),
        })
    }

    /// The same for one store, by the name that the storefront itself knows it under. An app of a shared kind signs for
    /// every store that it is installed in: what comes from another is [`Parsed::OtherStore`].
    #[must_use]
    pub fn of_store(self, store: Option<&str>) -> Self {
        match self {
            Self::Ecwid(app) => Self::Ecwid(app.of_store(store)),
            Self::BigCommerce(app) => Self::BigCommerce(app.of_store(store)),
            own @ (Self::Shopify(_) | Self::WooCommerce(_) | Self::Standard(_)) => own,
        }
    }

    /// Proves that the storefront wrote a delivery that arrived at `now`.
    pub fn verify<'a>(&self, delivery: &Delivery<'a>, now: Time) -> Result<Verified<'a>, Unverified> {
        Ok(match self {
            Self::Shopify(secrets) => Verified::Shopify(shopify::verify(delivery, secrets)?),
            Self::WooCommerce(keys) => Verified::WooCommerce(woocommerce::verify(delivery, keys)?),
            Self::Ecwid(app) => Verified::Ecwid(ecwid::verify(delivery, app, now)?),
            Self::BigCommerce(app) => Verified::BigCommerce(bigcommerce::verify(delivery, app, now)?),
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
            Self::Ecwid(app) => vec![(ecwid::SIGNATURE_HEADER, ecwid::sign(body, app))],
            Self::BigCommerce(app) => standard_headers(body, now, |id| bigcommerce::sign(id, body, app, now)),
            Self::Standard(keys) => standard_headers(body, now, |id| standard::sign(id, body, keys, now)),
        }
    }
}

/// The headers of Standard Webhooks. The same event sent again has the same id, whenever it is.
fn standard_headers(body: &[u8], now: Time, sign: impl FnOnce(&str) -> String) -> Vec<(&'static str, String)> {
    let id = format!("msg_{}", hash(body));
    vec![
        (standard::SIGNATURE_HEADER, sign(&id)),
        (standard::ID_HEADER, id),
        (standard::TIMESTAMP_HEADER, now.timestamp().to_string()),
    ]
}

impl Verified<'_> {
    /// Reads what it says, as heard at `heard_at` from the storefront that is configured as `source`.
    pub fn parse(&self, source: &SourceName, heard_at: Time) -> Result<Parsed, Unreadable> {
        match self {
            Self::Shopify(verified) => shopify::parse(verified, source, heard_at),
            Self::WooCommerce(verified) => woocommerce::parse(verified, source, heard_at),
            Self::Ecwid(verified) => ecwid::parse(verified),
            Self::BigCommerce(verified) => bigcommerce::parse(verified),
            Self::Standard(verified) => standard::parse(verified, source, heard_at),
        }
    }
}

/// Reads an entity that was fetched from a storefront of this kind, heard at `heard_at` from the one that is configured as
/// `source`. Its form is the one that the storefront's own module describes. A kind of entity that the storefront does not
/// have, or that is not read from it, is an unknown topic.
pub fn entity(
    kind: SourceKind,
    what: FetchKind,
    body: &[u8],
    source: &SourceName,
    heard_at: Time,
) -> Result<Parsed, Unreadable> {
    match kind {
        SourceKind::Shopify => shopify::entity(what, body, source, heard_at),
        SourceKind::WooCommerce => woocommerce::entity(what, body, source, heard_at),
        SourceKind::Ecwid => ecwid::entity(what, body, source, heard_at),
        SourceKind::BigCommerce => bigcommerce::entity(what, body, source, heard_at),
        SourceKind::Standard => Ok(Parsed::unknown_topic(what.name())),
    }
}

/// What follows from the storefront's answer, heard at `heard_at`, that something is not there: a customer is gone, a
/// product is sold no more, and nothing is known of anything else.
pub fn gone(what: &Fetch, source: &SourceName, heard_at: Time) -> Parsed {
    gone::gone(what, source, heard_at)
}

/// Whether a delivery asks for nothing but an answer. It is not signed and must have no effect.
pub fn is_ping(kind: SourceKind, delivery: &Delivery<'_>) -> bool {
    match kind {
        SourceKind::WooCommerce => woocommerce::is_ping(delivery),
        SourceKind::Shopify | SourceKind::Ecwid | SourceKind::BigCommerce | SourceKind::Standard => false,
    }
}

/// Whether a kind names what a body is about in a header.
pub fn has_topic_header(kind: SourceKind) -> bool {
    match kind {
        SourceKind::Shopify | SourceKind::WooCommerce => true,
        SourceKind::Ecwid | SourceKind::BigCommerce | SourceKind::Standard => false,
    }
}

/// What a delivery says that it is about, for those who look at it later: cut to 64 printable characters, and empty
/// where it cannot be told.
pub fn topic(kind: SourceKind, delivery: &Delivery<'_>) -> String {
    let raw = match kind {
        SourceKind::Shopify => delivery.once(shopify::TOPIC_HEADER).to_owned(),
        SourceKind::WooCommerce => delivery.once(woocommerce::TOPIC_HEADER).to_owned(),
        SourceKind::Ecwid => ecwid::topic(delivery.body()).unwrap_or_default(),
        SourceKind::BigCommerce => bigcommerce::topic(delivery.body()).unwrap_or_default(),
        SourceKind::Standard => standard::topic(delivery.body()).unwrap_or_default(),
    };
    Parsed::printable(&raw)
}

/// The topics to subscribe to at a storefront of a kind. Where there are none, they are chosen in the app's own settings.
pub fn topics(kind: SourceKind) -> &'static [&'static str] {
    match kind {
        SourceKind::Shopify => &shopify::TOPICS,
        SourceKind::WooCommerce => &woocommerce::TOPICS,
        SourceKind::BigCommerce => &bigcommerce::TOPICS,
        SourceKind::Ecwid | SourceKind::Standard => &[],
    }
}
