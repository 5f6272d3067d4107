//! Personal text: email addresses and names, which redact themselves.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An email address, sent to as given and matched in its normal form.
///
/// `Debug` and `Display` redact it; [`EmailAddress::expose`] is the one way out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why text is not an email address. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    /// Nothing but white space.
    #[error("an email address is missing")]
    Empty,
    /// Not one `@` with text on both sides, or a domain without a dot.
    #[error("an email address has the form name@domain")]
    Form,
    /// Over 254 bytes (RFC 5321, section 4.5.3.1), or a local part over 64.
    #[error("an email address is at most 254 characters, 64 of them before the @")]
    Long,
    /// A control character, white space, or a sign that would end the address in a header.
    #[error("an email address holds no spaces, control characters or any of <>(),;:\\\"[]")]
    Character,
    /// A domain that IDNA refuses.
    #[error("the domain of an email address is not one")]
    Domain,
}

impl EmailAddress {
    /// Reads an address, trimmed. Dots and plus signs in it stay.
    pub fn parse(raw: &str) -> Result<Self, NotAnAddress> {
        let text = raw.trim();
        if text.is_empty() {
            return Err(NotAnAddress::Empty);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnAddress::Form)?;
        if local.is_empty() || local.contains('@') || !domain.contains('.') {
            return Err(NotAnAddress::Form);
        }
        if text.len() > 254 || local.len() > 64 {
            return Err(NotAnAddress::Long);
        }
        let unsafe_sign = |c: char| c.is_control() || c.is_whitespace() || "<>(),;:\\\"[]\u{2028}\u{2029}".contains(c);
        if text.chars().any(unsafe_sign) {
            return Err(NotAnAddress::Character);
        }
        let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| NotAnAddress::Domain)?;
        if ascii.starts_with('.') || ascii.ends_with('.') || ascii.contains("..") {
            return Err(NotAnAddress::Domain);
        }
        Ok(Self(format!("{local}@{ascii}")))
    }

    /// The address itself, as it is sent to. Every use of it is a place where an address leaves the system.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The form by which a person is matched: lower case. The domain is in punycode already.
    pub fn normal(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(redacted)")
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = NotAnAddress;
    fn try_from(raw: String) -> Result<Self, NotAnAddress> {
        Self::parse(&raw)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> String {
        address.0
    }
}

/// A person's name. Redacts itself; [`PersonName::expose`] is the one way out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// The longest name that is kept, in characters.
    const MAX_CHARS: usize = 80;

    /// Reads a name: trimmed, on one line, cut to 80 characters. `None` where nothing is left.
    pub fn parse(raw: &str) -> Option<Self> {
        let unwanted = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        let clean: String = raw.chars().map(|c| if unwanted(c) { ' ' } else { c }).collect();
        let kept: String = clean.trim().chars().take(Self::MAX_CHARS).collect();
        (!kept.is_empty()).then_some(Self(kept))
    }

    /// The name itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_matched_in_lower_case_and_sent_to_as_given() {
        let address = EmailAddress::parse("  Ada.L+shop@Example.COM ").unwrap();
        assert_eq!(address.expose(), "Ada.L+shop@example.com");
        assert_eq!(address.normal(), "ada.l+shop@example.com");
    }

    #[test]
    fn an_international_domain_is_kept_in_punycode() {
        assert_eq!(EmailAddress::parse("a@bücher.example").unwrap().expose(), "a@xn--bcher-kva.example");
    }

    #[test]
    fn what_could_break_a_header_is_no_address() {
        for bad in [
            "",
            "   ",
            "nobody",
            "@x.example",
            "a@",
            "a@b",
            "a@b@c.example",
            "a\r\nbcc:x@y.example",
            "a b@c.example",
            "<a@b.example>",
            "a@b..example",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(EmailAddress::parse(&format!("{}@b.example", "a".repeat(65))), Err(NotAnAddress::Long));
    }

    #[test]
    fn neither_debug_nor_display_shows_a_person() {
        let address = EmailAddress::parse("ada@example.com").unwrap();
        let name = PersonName::parse("Ada").unwrap();
        assert!(!format!("{address:?} {address} {name:?}").to_lowercase().contains("ada"));
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(PersonName::parse(" Ada\r\nBcc: x ").unwrap().expose(), "Ada  Bcc: x");
        assert_eq!(PersonName::parse(" \n "), None);
    }
}
