//! Ids are types: one for each noun, so that none is passed for another.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smol_str::{SmolStr, format_smolstr};

use crate::time::Time;

/// A name that is not one: what was read, and what a name looks like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a name: use 1 to 40 of a-z, 0-9, `-` and `_`, beginning with a letter")]
pub struct NotAName(pub String);

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        // As the derived one would, in place: ids are compared more often than anything else.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

macro_rules! name_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        text_id! { $($(#[$doc])* $name;)* }
        $(impl $name {
            /// Reads a name: 1 to 40 of `a-z`, `0-9`, `-` and `_`, beginning with a letter.
            pub fn parse(raw: &str) -> Result<Self, NotAName> {
                is_name(raw).then(|| Self(raw.into())).ok_or_else(|| NotAName(raw.chars().take(60).collect()))
            }
        })*
    };
}

fn is_name(raw: &str) -> bool {
    raw.len() <= 40
        && raw.starts_with(|c: char| c.is_ascii_lowercase())
        && raw.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

name_id! {
    /// A configured storefront, such as `shopify` or `outlet`: a name, not only a kind, stands in every key with its ids.
    SourceName;
    /// A flow: the name of its folder in `templates/flows/`.
    FlowName;
    /// A step of a flow. Part of the send id: a step with a new id is a new letter.
    StepId;
    /// A letter: the name of its `.mjml` file beside `flow.toml`.
    LetterName;
    /// An offer of `offers.toml`.
    OfferName;
    /// A named group of people, of `segments.toml`.
    SegmentName;
    /// One of the letters that a step tries against each other.
    VariantName;
    /// A topic of `shop.toml`: flows that a person switches on and off together.
    TopicName;
}

text_id! {
    /// A customer: lower-case hex, says nothing of the person.
    CustomerId;
    /// A send, derived from what it is for, so that sending twice is impossible rather than unlikely.
    SendId;
    /// What a flow runs for, as a fact: `birthday:2027`, `lapse:shopify:1001`, `replenish:SKU:shopify:1001`.
    Occasion;
    /// An order of one source: `source:id`.
    OrderId;
    /// A cart of one source: `source:token`.
    CartId;
    /// A product of one source: `source:id`.
    ProductId;
    /// A product of a shop, by what the person would order again: the SKU, else the variant, else the product.
    ProductKey;
    /// Codes of an offer that are worth the same: those that were imported, or those that were made under the same terms.
    Lot;
    /// Written by the worker that marks a send: new for each invocation and message, so that it knows its own write.
    Nonce;
}

/// The hex digits of an id that is derived by a hash: 80 bits for a person, 128 for a send.
const CUSTOMER_HEX: usize = 20;
const SEND_HEX: usize = 32;

impl CustomerId {
    /// Derives the id of a new customer from the keyed hash of the first alias it was seen under and the moment.
    /// The moment makes a person who comes back after an erasure another customer.
    pub fn derive(alias_hash: &str, seen: Time) -> Self {
        Self(hex_of(&[alias_hash.as_bytes(), &seen.timestamp_millis().to_be_bytes()], CUSTOMER_HEX).into())
    }

    /// Reads an id that a row, a message or a person gave.
    pub fn parse(raw: &str) -> Option<Self> {
        is_hex(raw, CUSTOMER_HEX).then(|| Self(raw.into()))
    }
}

impl SendId {
    /// The id of the one letter that this customer gets for this step of this flow on this occasion.
    pub fn derive(customer: &CustomerId, flow: &FlowName, step: &StepId, occasion: &Occasion) -> Self {
        let parts = [&customer.0, &flow.0, &step.0, &occasion.0].map(|part| part.as_bytes());
        Self(hex_of(&parts, SEND_HEX).into())
    }

    /// Reads an id that a row or a message gave.
    pub fn parse(raw: &str) -> Option<Self> {
        is_hex(raw, SEND_HEX).then(|| Self(raw.into()))
    }
}

impl Occasion {
    /// Joins the parts of a fact with colons.
    pub fn of(parts: &[&str]) -> Self {
        let length = parts.iter().map(|part| part.len() + 1).sum();
        let mut name = String::with_capacity(length);
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                name.push(':');
            }
            name.push_str(part);
        }
        Self(name.into())
    }
}

macro_rules! of_a_source {
    ($($name:ident),*) => {$(
        impl $name {
            /// Whether it is of `source`.
            pub fn is_of(&self, source: &SourceName) -> bool {
                self.0.split_once(':').is_some_and(|(name, _)| name == source.0)
            }
        }
    )*};
}

of_a_source! { OrderId, CartId, ProductId }

impl OrderId {
    /// An order of `source`, under the source's own id.
    pub fn new(source: &SourceName, id: &str) -> Self {
        Self(format_smolstr!("{}:{id}", source.0))
    }

    /// The source's own id.
    pub fn own(&self) -> &str {
        self.0.split_once(':').map_or(self.0.as_str(), |(_, id)| id)
    }
}

impl CartId {
    /// A cart of `source`, under the source's own token.
    pub fn new(source: &SourceName, token: &str) -> Self {
        Self(format_smolstr!("{}:{token}", source.0))
    }
}

impl ProductId {
    /// A product of `source`, under the source's own id.
    pub fn new(source: &SourceName, id: &str) -> Self {
        Self(format_smolstr!("{}:{id}", source.0))
    }

    /// Reads an id that a row gave.
    pub fn parse(raw: &str) -> Option<Self> {
        let (source, id) = raw.split_once(':')?;
        Some(Self::new(&SourceName::parse(source).ok()?, id))
    }

    /// The source's own id.
    pub fn own(&self) -> &str {
        self.0.split_once(':').map_or(self.0.as_str(), |(_, id)| id)
    }
}

impl ProductKey {
    /// The longest key that is kept; a longer SKU is cut, which no storefront allows anyway.
    const MAX_CHARS: usize = 64;

    /// The key of a product, from its trimmed SKU or another id of its source.
    pub fn new(raw: &str) -> Self {
        Self(raw.trim().chars().take(Self::MAX_CHARS).collect())
    }
}

impl Lot {
    /// The lot of codes that were made at a storefront and imported.
    pub fn imported() -> Self {
        Self("imported".into())
    }

    /// The lot of codes that are made under these terms.
    pub fn of_terms(terms: &[&str]) -> Self {
        const DIGITS: usize = 12;
        let parts: Vec<&[u8]> = terms.iter().map(|term| term.as_bytes()).collect();
        Self(hex_of(&parts, DIGITS).into())
    }
}

impl Nonce {
    /// A nonce from what is unique to one handling of one message: request id, message id and the time.
    pub fn derive(parts: &[&[u8]]) -> Self {
        Self(hex_of(parts, SEND_HEX).into())
    }
}

/// Lower-case hex of SHA-256 over length-prefixed parts, cut to `digits`.
fn hex_of(parts: &[&[u8]], digits: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize(), digits)
}

/// The first `digits` hex digits of `bytes`, in lower case.
pub fn hex(bytes: &[u8], digits: usize) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .take(digits)
        .map(char::from)
        .collect()
}

fn is_hex(raw: &str, digits: usize) -> bool {
    raw.len() == digits && raw.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_send_id_is_the_same_for_the_same_purpose_and_another_for_any_other() {
        let customer = CustomerId::derive("a", Time::UNIX_EPOCH);
        let (flow, step) = (FlowName::parse("winback").unwrap(), StepId::parse("first").unwrap());
        let id = |occasion: &str| SendId::derive(&customer, &flow, &step, &Occasion::of(&[occasion]));
        assert_eq!(id("lapse:s:1"), id("lapse:s:1"));
        assert_ne!(id("lapse:s:1"), id("lapse:s:2"));
        assert_eq!(SendId::parse(id("x").as_str()), Some(id("x")));
    }

    #[test]
    fn length_prefixes_keep_shifted_parts_apart() {
        assert_ne!(hex_of(&[b"ab", b"c"], 32), hex_of(&[b"a", b"bc"], 32));
    }

    #[test]
    fn a_name_is_lower_case_and_short() {
        assert!(FlowName::parse("order_status").is_ok());
        for bad in ["", "Winback", "1st", "a b", "a:b", "../x", &"a".repeat(41)] {
            assert!(FlowName::parse(bad).is_err(), "{bad}");
        }
    }
}
