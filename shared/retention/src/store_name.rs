//! Which store of a storefront is ours, in the storefront's own words.

use std::fmt;

use serde::Serialize;

use crate::shop::SourceKind;

/// The name under which a storefront knows a store, checked for its kind: it stands in hosts and paths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct StoreName(String);

/// A name that none of its kind has. Each says what one looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAStore {
    /// Not the name of a Shopify shop.
    #[error("a store of Shopify is what stands before .myshopify.com, such as `sample-shop`")]
    Shopify,
    /// Not the address of a WooCommerce shop.
    #[error("a store of WooCommerce is the https address of its WordPress, such as `https://shop.example`")]
    WooCommerce,
    /// Not the number of an Ecwid store.
    #[error("a store of Ecwid is its number, such as `1003`")]
    Ecwid,
    /// Not the hash of a BigCommerce store.
    #[error("a store of BigCommerce is its hash, the small letters and digits in its API path")]
    BigCommerce,
    /// There is nobody to ask.
    #[error("a storefront of the kind `standard` is only listened to and has no `store`")]
    Standard,
}

impl StoreName {
    /// Reads the name of a store of this kind.
    pub fn parse(kind: SourceKind, raw: &str) -> Result<Self, NotAStore> {
        let (good, why) = match kind {
            SourceKind::Shopify => (is_handle(raw), NotAStore::Shopify),
            SourceKind::WooCommerce => (is_site(raw), NotAStore::WooCommerce),
            SourceKind::Ecwid => (is_of(raw, 20, |b| b.is_ascii_digit()), NotAStore::Ecwid),
            SourceKind::BigCommerce => {
                (is_of(raw, 40, |b| b.is_ascii_lowercase() || b.is_ascii_digit()), NotAStore::BigCommerce)
            }
            SourceKind::Standard => (false, NotAStore::Standard),
        };
        good.then(|| Self(raw.to_owned())).ok_or(why)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_of(raw: &str, max: usize, is: impl Fn(u8) -> bool) -> bool {
    (1..=max).contains(&raw.len()) && raw.bytes().all(is)
}

/// One label of a host name.
fn is_handle(raw: &str) -> bool {
    let plain = is_of(raw, 63, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    plain && !raw.starts_with('-') && !raw.ends_with('-')
}

/// `https`, a host of at least two labels, and where WordPress lies in a folder, the path to it. No user, port, query or
/// slash at the end.
fn is_site(raw: &str) -> bool {
    let Some(rest) = raw.strip_prefix("https://") else { return false };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let named = host.len() <= 253 && host.contains('.') && host.split('.').all(is_handle);
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let folders = path.is_empty()
        || path[1..].split('/').all(|name| is_of(name, 100, plain) && !name.trim_matches('.').is_empty());
    // An address of digits is a machine and no shop: nobody is asked inside the network that this runs in.
    let machine = host.rsplit('.').next().is_none_or(|last| last.bytes().all(|b| b.is_ascii_digit()));
    named && folders && !machine
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_named_as_its_storefront_names_it() {
        for (kind, good) in [
            (SourceKind::Shopify, "sample-shop"),
            (SourceKind::WooCommerce, "https://shop.example"),
            (SourceKind::WooCommerce, "https://www.shop.example/de/wp"),
            (SourceKind::Ecwid, "1003"),
            (SourceKind::BigCommerce, "abc123"),
        ] {
            assert_eq!(StoreName::parse(kind, good).map(|store| store.to_string()), Ok(good.to_owned()));
        }
    }

    #[test]
    fn nothing_leads_to_another_host_or_path() {
        for (kind, bad) in [
            (SourceKind::Shopify, ""),
            (SourceKind::Shopify, "shop.example/x?"),
            (SourceKind::Shopify, "shop.myshopify.com"),
            (SourceKind::Shopify, "-shop"),
            (SourceKind::WooCommerce, "http://shop.example"),
            (SourceKind::WooCommerce, "https://shop"),
            (SourceKind::WooCommerce, "https://user@shop.example"),
            (SourceKind::WooCommerce, "https://shop.example:8443"),
            (SourceKind::WooCommerce, "https://shop.example/"),
            (SourceKind::WooCommerce, "https://shop.example/../x"),
            (SourceKind::WooCommerce, "https://shop.example?x"),
            (SourceKind::WooCommerce, "https://169.254.169.254"),
            (SourceKind::WooCommerce, "https://[::1]"),
            (SourceKind::Ecwid, "1003/orders"),
            (SourceKind::Ecwid, "abc"),
            (SourceKind::BigCommerce, "stores/abc"),
            (SourceKind::BigCommerce, "ABC"),
            (SourceKind::Standard, "shop"),
        ] {
            assert!(StoreName::parse(kind, bad).is_err(), "{bad}");
        }
    }
}
