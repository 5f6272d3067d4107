//! The secrets of a webhook, as WooCommerce itself reads them before it signs.

use std::borrow::Cow;

use crate::secrets::{BadSecrets, Secrets};

/// The keys of a webhook: its secrets with their HTML entities decoded.
///
/// A secret that somebody typed in is stored as WordPress cleans it, and decoded before each signature
/// (`WC_Webhook::generate_signature`). So it is decoded here too: it may be given as it was typed or as it is stored.
#[derive(Debug, Clone)]
pub struct Keys(Secrets);

impl Keys {
    /// Takes the valid secrets as they are configured, the current one first. Their length is that of the decoded text.
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Result<Self, BadSecrets> {
        let decoded: Vec<Cow<'_, str>> = secrets.into_iter().map(decode).collect();
        Secrets::new(decoded.iter().map(AsRef::as_ref)).map(Self)
    }

    pub(super) fn current(&self) -> &str {
        self.0.current()
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.texts()
    }
}

/// What `wp_specialchars_decode( $text, ENT_QUOTES )` of WordPress does: it knows five characters, in the spellings
/// below and no others, and goes through the text once. A library that decodes all of HTML would make another key.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let (mut decoded, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        decoded.push_str(before);
        let (sign, after) = entity(from).unwrap_or_else(|| ('&', &from[1..]));
        decoded.push(sign);
        rest = after;
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// The character that an entity at the beginning of `text` stands for, and what follows it.
fn entity(text: &str) -> Option<(char, &str)> {
    let (name, after) = text.strip_prefix('&')?.split_once(';')?;
    let sign = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        _ => numbered(name.strip_prefix('#')?)?,
    };
    Some((sign, after))
}

/// Numbers may be padded with zeros, and hexadecimal ones are of either case; `<` and `>` have only decimal ones.
fn numbered(number: &str) -> Option<char> {
    match number.strip_prefix(['x', 'X']) {
        Some(hex) => match hex.trim_start_matches('0') {
            "22" => Some('"'),
            "26" => Some('&'),
            "27" => Some('\''),
            _ => None,
        },
        None => match number.trim_start_matches('0') {
            "34" => Some('"'),
            "38" => Some('&'),
            "39" => Some('\''),
            "60" => Some('<'),
            "62" => Some('>'),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_characters_are_decoded_in_all_spellings_that_wordpress_knows() {
        let spelt = "&lt;&gt;&amp;&quot; &#60;&#062;&#0038;&#034;&#39;&#0039; &#x22;&#X0026;&#x00027;";
        assert_eq!(decode(spelt), "<>&\" <>&\"'' \"&'");
    }

    #[test]
    fn nothing_else_is_decoded() {
        for text in
            ["&eacute;", "&apos;", "&LT;", "&#x3c;", "&#x3E;", "&lt", "&", "&&;", "a & b", "&#;", "&#x;", "&#65;"]
        {
            assert_eq!(decode(text), text, "{text}");
        }
    }

    #[test]
    fn a_text_is_gone_through_once() {
        assert_eq!(decode("&amp;lt;&amp;amp;"), "&lt;&amp;");
        assert_eq!(decode("&&lt;é&gt;"), "&<é>");
    }

    #[test]
    fn a_secret_is_measured_as_it_is_used() {
        assert_eq!(Keys::new(["&amp;&amp;&amp;&amp;"]).unwrap_err(), BadSecrets::Short(1));
        assert!(Keys::new(["twelve&lt;letters"]).is_err() && Keys::new(["thirteen&lt;letters"]).is_ok());
    }
}
