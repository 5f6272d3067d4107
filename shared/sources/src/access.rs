//! Which store is asked, and by what right.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use retention::shop::SourceKind;
use retention::store_name::{NotAStore, StoreName};

/// A store with the token that opens its API.
#[derive(Debug, Clone)]
pub enum Access {
    /// Shopify: the shop's handle, and the access token of an app of its own.
    Shopify(StoreName, Token),
    /// WooCommerce: the address of its WordPress, and `ck_...:cs_...`, the consumer key and the consumer secret.
    WooCommerce(StoreName, Token),
    /// Ecwid: the store's number, and the secret access token of an app.
    Ecwid(StoreName, Token),
    /// BigCommerce: the store's hash, and the access token of an API account.
    BigCommerce(StoreName, Token),
}

/// A token. Its `Debug` form shows nothing of it.
#[derive(Clone)]
pub struct Token(String);

/// Why a store cannot be asked. Says nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAccess {
    /// The name of the store.
    #[error(transparent)]
    Store(#[from] NotAStore),
    /// Not a token: empty, or with signs that no header holds.
    #[error("the token is empty, or holds white space or signs that no token has")]
    Token,
    /// Not two halves.
    #[error("the token of WooCommerce is the consumer key and the consumer secret with a colon between, ck_...:cs_...")]
    KeyAndSecret,
    /// No root certificates on this machine.
    #[error("this machine has no root certificates, so that no storefront can be recognised")]
    NoRoots,
}

impl Access {
    /// The store of this name and kind, and the token as its parameter holds it.
    pub fn new(kind: SourceKind, store: &str, token: &str) -> Result<Self, BadAccess> {
        let store = StoreName::parse(kind, store)?;
        let plain = !token.is_empty() && token.len() <= 1024 && token.bytes().all(|b| b.is_ascii_graphic());
        if !plain {
            return Err(BadAccess::Token);
        }
        let read = Token(token.to_owned());
        Ok(match kind {
            SourceKind::Shopify => Self::Shopify(store, read),
            SourceKind::WooCommerce => {
                let halves = token.split_once(':').filter(|(key, secret)| !key.is_empty() && !secret.is_empty());
                halves.map(|_| Self::WooCommerce(store, read)).ok_or(BadAccess::KeyAndSecret)?
            }
            SourceKind::Ecwid => Self::Ecwid(store, read),
            SourceKind::BigCommerce => Self::BigCommerce(store, read),
            SourceKind::Standard => return Err(BadAccess::Store(NotAStore::Standard)),
        })
    }

    /// The name of the kind, in sentences and cursors.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self {
            Self::Shopify(..) => "shopify",
            Self::WooCommerce(..) => "woocommerce",
            Self::Ecwid(..) => "ecwid",
            Self::BigCommerce(..) => "bigcommerce",
        }
    }

    /// Where the API is: the origin and the path in front of every other.
    pub(crate) fn place(&self) -> (String, String) {
        match self {
            Self::Shopify(store, _) => (format!("https://{store}.myshopify.com"), String::new()),
            Self::WooCommerce(store, _) => {
                let whole = store.as_str();
                let after_scheme = "https://".len();
                let end = whole[after_scheme..].find('/').map_or(whole.len(), |at| at + after_scheme);
                (whole[..end].to_owned(), whole[end..].to_owned())
            }
            Self::Ecwid(store, _) => ("https://app.ecwid.com".to_owned(), format!("/api/v3/{store}")),
            Self::BigCommerce(store, _) => ("https://api.bigcommerce.com".to_owned(), format!("/stores/{store}")),
        }
    }

    /// The header that carries the token.
    pub(crate) fn header(&self) -> Result<(HeaderName, HeaderValue), BadAccess> {
        let (name, text) = match self {
            Self::Shopify(_, token) => (HeaderName::from_static("x-shopify-access-token"), token.0.clone()),
            Self::WooCommerce(_, token) => (AUTHORIZATION, format!("Basic {}", STANDARD.encode(&token.0))),
            Self::Ecwid(_, token) => (AUTHORIZATION, format!("Bearer {}", token.0)),
            Self::BigCommerce(_, token) => (HeaderName::from_static("x-auth-token"), token.0.clone()),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| BadAccess::Token)?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_fixed_by_the_kind() {
        let place = |kind, store, token| Access::new(kind, store, token).unwrap().place();
        let pair = |origin: &str, path: &str| (origin.to_owned(), path.to_owned());
        assert_eq!(place(SourceKind::Shopify, "sample", "t"), pair("https://sample.myshopify.com", ""));
        assert_eq!(place(SourceKind::Ecwid, "1003", "t"), pair("https://app.ecwid.com", "/api/v3/1003"));
        assert_eq!(place(SourceKind::BigCommerce, "abc", "t"), pair("https://api.bigcommerce.com", "/stores/abc"));
        let woo = place(SourceKind::WooCommerce, "https://shop.example/wp", "ck_1:cs_2");
        assert_eq!(woo, pair("https://shop.example", "/wp"));
    }

    #[test]
    fn a_token_is_never_shown_and_a_bad_one_is_refused() {
        let access = Access::new(SourceKind::Ecwid, "1003", "secret_abc").unwrap();
        assert!(!format!("{access:?}").contains("secret_abc"));
        assert!(!format!("{:?}", access.header().unwrap()).contains("secret_abc"));
        for bad in ["", " ", "a b", "a\r\nx: y", "é"] {
            assert_eq!(Access::new(SourceKind::Ecwid, "1003", bad).unwrap_err(), BadAccess::Token, "{bad:?}");
        }
        for bad in ["ck_1", "ck_1:", ":cs_2"] {
            let refused = Access::new(SourceKind::WooCommerce, "https://shop.example", bad);
            assert_eq!(refused.unwrap_err(), BadAccess::KeyAndSecret);
        }
        assert!(Access::new(SourceKind::Standard, "x", "t").is_err());
    }
}
