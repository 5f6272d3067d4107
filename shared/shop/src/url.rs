//! URLs as far as letters need them: https, a plain host, nothing that could end an attribute.

/// The host of an https URL, without user, port, path, query and fragment.
pub fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    (!authority.contains('@')).then(|| authority.split(':').next().unwrap_or_default())
}

/// Reads a URL: https, a host in lower case, no space and nothing that could end an attribute.
pub(crate) fn https(raw: &str) -> Result<String, String> {
    let unsafe_sign = |c: char| c.is_whitespace() || c.is_control() || "\"'<>`{}\\".contains(c);
    if raw.contains(unsafe_sign) {
        return Err("a URL holds no spaces, quotes, braces or angle brackets".to_owned());
    }
    let host = host_of(raw).unwrap_or_default();
    let fits = host.contains('.')
        && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-');
    if fits { Ok(raw.to_owned()) } else { Err("a URL is like `https://shop.example/page`".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_https_with_a_plain_host() {
        assert!(https("https://shop.example/tea?a=1&b=2").is_ok());
        for bad in [
            "http://shop.example",
            "javascript:alert(1)",
            "https://",
            "https://user@shop.example",
            "https://shop.example/\"x",
            "//shop.example",
            "https://Shop.example",
        ] {
            assert!(https(bad).is_err(), "{bad}");
        }
    }
}
