//! Links to pages and pictures.

use crate::scalar::Scalar;

/// A link that may stand in a letter: of the web, on one line, and of a length that rows can hold. What is none is left
/// out: what it belongs to stands without it.
pub(crate) fn link(field: &Scalar<'_>) -> Option<String> {
    field.text().and_then(web).map(str::to_owned)
}

/// The text, if it is such a link.
pub(crate) fn web(text: &str) -> Option<&str> {
    const MAX_BYTES: usize = 2000;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let whole = !rest.is_empty() && !rest.starts_with('/') && text.len() <= MAX_BYTES;
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}".contains(c));
    (whole && plain).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_of_the_web_and_nothing_else() {
        for good in ["https://shop.example/soap", "http://shop.example", "https://shop.example/säule?a=1&b=%20#c"] {
            assert_eq!(web(good), Some(good));
        }
        let long = format!("https://shop.example/{}", "a".repeat(2000));
        for bad in [
            "javascript:alert(1)",
            "//shop.example",
            "https://",
            "https:///x",
            "https://a b",
            "https://a\"b",
            "x",
            &long,
        ] {
            assert_eq!(web(bad), None, "{bad}");
        }
    }
}
