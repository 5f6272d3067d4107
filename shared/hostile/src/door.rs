//! A source of each kind as it is configured, and what arrives at it.

use retention::Time;
use retention::ids::SourceName;
use retention::shop::SourceKind;
use storefront::adapter::Adapter;
use storefront::{BadSecrets, Delivery, Unverified, adapter, ecwid, shopify, standard, woocommerce};

/// The seconds since 1970 at which everything here is signed and arrives: the time of Ecwid's fixture.
pub const NOW: i64 = 1_774_000_000;

/// How much later than [`NOW`] everything is said to be heard: after the last of the times in the samples.
const HEARD: i64 = 120 * 24 * 3600;

/// Reads the name of a kind.
pub fn kind(text: &str) -> Option<SourceKind> {
    SourceKind::ALL.into_iter().find(|kind| kind.name() == text)
}

/// Reads the name of the one source that there is of each kind.
pub(crate) fn source() -> SourceName {
    SourceName::parse("shop").expect("four lower-case letters")
}

/// When everything is signed and arrives.
pub(crate) fn now() -> Time {
    Time::from_timestamp(NOW, 0).expect("a moment of 2026")
}

/// When what arrived is heard. Later, so that no sample speaks of what is to come.
pub(crate) fn heard_at() -> Time {
    Time::from_timestamp(NOW + HEARD, 0).expect("a moment of 2026")
}

/// A source: its kind, its secret, and the adapter that was made of them.
#[derive(Debug)]
pub struct Door {
    /// Its kind.
    pub kind: SourceKind,
    /// Its secret as it is configured. Invented, and of use to nobody.
    pub secret: &'static str,
    adapter: Adapter,
}

/// A delivery with its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Its headers. All but the topic are signed, or are the signature.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Door {
    /// The source of a kind.
    pub fn of(kind: SourceKind) -> Result<Self, BadSecrets> {
        let secret = match kind {
            SourceKind::Shopify => "a client secret of 32 characters",
            SourceKind::WooCommerce => "a webhook secret somebody typed",
            SourceKind::Ecwid => "the client secret of an app",
            SourceKind::BigCommerce => "the client secret of an account",
            // The base64 of `invented for the tests of regulars`.
            SourceKind::Standard => "whsec_aW52ZW50ZWQgZm9yIHRoZSB0ZXN0cyBvZiByZWd1bGFycw==",
        };
        Ok(Self { kind, secret, adapter: Adapter::new(kind, [secret])? })
    }

    /// A delivery of a body as the storefront would send it.
    pub fn sign(&self, topic: &str, body: Vec<u8>) -> Signed {
        Signed { headers: self.adapter.sign(topic, &body, now()), body }
    }

    /// What the adapter finds of a delivery.
    pub fn verify<'a>(
        &self,
        headers: &'a [(&'static str, String)],
        body: &'a [u8],
    ) -> Result<adapter::Verified<'a>, Unverified> {
        self.adapter.verify(&delivery(headers, body), now())
    }

    /// The name of the header in which the signature stands.
    pub(crate) fn signature_header(&self) -> &'static str {
        match self.kind {
            SourceKind::Shopify => shopify::SIGNATURE_HEADER,
            SourceKind::WooCommerce => woocommerce::SIGNATURE_HEADER,
            SourceKind::Ecwid => ecwid::SIGNATURE_HEADER,
            SourceKind::BigCommerce | SourceKind::Standard => standard::SIGNATURE_HEADER,
        }
    }
}

/// A delivery of these headers and this body.
pub(crate) fn delivery<'a>(headers: &'a [(&'static str, String)], body: &'a [u8]) -> Delivery<'a> {
    Delivery::new(headers.iter().map(|(name, value)| (*name, value.as_str())), body)
}

/// Whether a header is signed, or is the signature itself. The topic is neither, wherever it is a header.
pub(crate) fn is_signed(header: &str) -> bool {
    header != shopify::TOPIC_HEADER && header != woocommerce::TOPIC_HEADER
}
