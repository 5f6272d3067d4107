//! The secrets that a storefront signs with.

use std::fmt;

/// One secret, or two while the old one is being replaced by a new one. Never an empty or a short one: there is no
/// `Secrets` with which a forgery by guessing could be verified.
#[derive(Clone)]
pub struct Secrets {
    current: String,
    former: Option<String>,
}

/// Why secrets are refused. Says nothing of what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSecrets {
    /// Not one or two.
    #[error("{0} secrets are configured: one is valid, or two while one replaces the other")]
    Count(usize),
    /// Empty, or short enough to be guessed.
    #[error("secret {0} is shorter than {min} bytes", min = Secrets::MIN_BYTES)]
    Short(usize),
    /// White space at an end: a line break that came along when the secret was pasted, with which nothing verifies.
    #[error("secret {0} begins or ends with white space")]
    Padded(usize),
    /// Not a symmetric secret of Standard Webhooks.
    #[error("secret {0} does not begin with whsec_")]
    Prefix(usize),
    /// Not base64 after the prefix.
    #[error("secret {0} is not whsec_ and base64")]
    NotBase64(usize),
    /// Too few bytes after the base64 is undone, or too many.
    #[error("secret {0} is whsec_ and the base64 of 24 to 64 bytes, and this one has {1}")]
    Length(usize, usize),
}

impl Secrets {
    /// The shortest secret that is taken, in bytes. The storefronts give out 32 and more.
    pub const MIN_BYTES: usize = 16;

    /// Takes the valid secrets as they are configured, the current one first.
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Result<Self, BadSecrets> {
        let texts: Vec<String> = secrets.into_iter().map(str::to_owned).collect();
        if !(1..=2).contains(&texts.len()) {
            return Err(BadSecrets::Count(texts.len()));
        }
        for (index, text) in texts.iter().enumerate() {
            // HMAC fills a short key up with NUL, so that those at its end are no part of it.
            if text.trim_end_matches('\0').trim().len() < Self::MIN_BYTES {
                return Err(BadSecrets::Short(index + 1));
            }
            if text.trim() != text {
                return Err(BadSecrets::Padded(index + 1));
            }
        }
        let mut texts = texts.into_iter();
        let current = texts.next().ok_or(BadSecrets::Count(0))?;
        Ok(Self { current, former: texts.next() })
    }

    /// The secret to sign with.
    pub(crate) fn current(&self) -> &str {
        &self.current
    }

    /// The valid secrets, the one to sign with first.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.current).chain(&self.former).map(String::as_str)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} redacted)", self.texts().count())
    }
}
