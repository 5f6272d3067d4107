//! A tokeniser of MJML and HTML, for what has to know where a tag stands: the lint, the links and the text part.

use std::borrow::Cow;
use std::ops::Range;

/// A piece of markup, with the bytes it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'s> {
    /// Text between tags, entities and all.
    Text(&'s str, Range<usize>),
    /// `<name attributes>`, closed at once where it ends in `/>`.
    Open(Tag<'s>),
    /// `</name>`.
    Close(&'s str, Range<usize>),
    /// `<!-- -->`, `<!doctype>`, `<?xml ?>`.
    Aside(Range<usize>),
    /// A tag that never ends, or an attribute whose quote never ends.
    Broken(Range<usize>),
}

/// An opening tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag<'s> {
    pub(crate) name: &'s str,
    pub(crate) attributes: Vec<Attribute<'s>>,
    pub(crate) closed: bool,
    pub(crate) at: Range<usize>,
}

/// An attribute; without a value where it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute<'s> {
    pub(crate) name: &'s str,
    pub(crate) value: Option<&'s str>,
    pub(crate) at: Range<usize>,
    pub(crate) value_at: Range<usize>,
}

impl<'s> Tag<'s> {
    /// The value of an attribute as it is written.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'s str> {
        self.attributes.iter().find(|attribute| attribute.name == name)?.value
    }
}

/// HTML tags that have no content and need no closing.
pub(crate) const VOID: [&str; 8] = ["br", "img", "hr", "meta", "link", "input", "col", "wbr"];

/// The tokens of a source, in their order. Never fails: what is broken is a token of its own.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        let (token, end) = if rest.starts_with("<!--") {
            aside(source, at, "-->")
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            aside(source, at, ">")
        } else if rest
            .strip_prefix('<')
            .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/'))
        {
            tag(source, at)
        } else {
            let skip = usize::from(rest.starts_with('<'));
            let end = rest[skip..].find('<').map_or(source.len(), |found| at + skip + found);
            (Token::Text(&source[at..end], at..end), end)
        };
        tokens.push(token);
        at = end;
    }
    tokens
}

fn aside<'s>(source: &'s str, at: usize, close: &str) -> (Token<'s>, usize) {
    match source[at..].find(close) {
        Some(found) => (Token::Aside(at..at + found + close.len()), at + found + close.len()),
        None => (Token::Broken(at..source.len()), source.len()),
    }
}

fn tag(source: &str, at: usize) -> (Token<'_>, usize) {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte);
    let closing = source[at + 1..].starts_with('/');
    let name_start = at + 1 + usize::from(closing);
    let name_end = end_of(source, name_start, is_name);
    let name = &source[name_start..name_end];
    let mut attributes = Vec::new();
    let mut cursor = name_end;
    loop {
        cursor = end_of(source, cursor, |byte| byte.is_ascii_whitespace());
        let rest = &source[cursor..];
        if let Some(closed) = rest.strip_prefix("/>").map(|_| true).or_else(|| rest.strip_prefix('>').map(|_| false)) {
            let end = cursor + if closed { 2 } else { 1 };
            let token = if closing {
                Token::Close(name, at..end)
            } else {
                Token::Open(Tag { name, attributes, closed, at: at..end })
            };
            return (token, end);
        }
        if let Some((attribute, end)) = attribute(source, cursor) {
            attributes.push(attribute);
            cursor = end;
        } else {
            // Never back to where it began: the next token starts at the next angle bracket.
            let end = rest
                .char_indices()
                .skip(1)
                .find(|(_, c)| "<>".contains(*c))
                .map_or(source.len(), |(found, _)| cursor + found);
            return (Token::Broken(at..end), end);
        }
    }
}

fn attribute(source: &str, at: usize) -> Option<(Attribute<'_>, usize)> {
    let is_name = |byte: u8| !byte.is_ascii_whitespace() && !b"=<>/\"'".contains(&byte);
    let name_end = end_of(source, at, is_name);
    if name_end == at {
        return None;
    }
    let name = &source[at..name_end];
    let equals = end_of(source, name_end, |byte| byte.is_ascii_whitespace());
    if !source[equals..].starts_with('=') {
        return Some((Attribute { name, value: None, at: at..name_end, value_at: name_end..name_end }, name_end));
    }
    let start = end_of(source, equals + 1, |byte| byte.is_ascii_whitespace());
    let quote = source[start..].chars().next().filter(|c| "\"'".contains(*c))?;
    let value_end = start + 1 + source[start + 1..].find(quote)?;
    let value_at = start + 1..value_end;
    let value = &source[value_at.clone()];
    Some((Attribute { name, value: Some(value), at: at..name_end, value_at }, value_end + 1))
}

/// The first byte from `at` on that does not fit. Of a character of several bytes all fit, or none.
fn end_of(source: &str, at: usize, fits: impl Fn(u8) -> bool) -> usize {
    let rest = source.as_bytes().get(at..).unwrap_or_default();
    rest.iter().position(|byte| !fits(*byte)).map_or(source.len(), |found| at + found)
}

/// The meaning of a text with entities.
pub(crate) fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.contains('&') {
        return Cow::Borrowed(raw);
    }
    let mut plain = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(found) = rest.find('&') {
        plain.push_str(&rest[..found]);
        rest = &rest[found..];
        let entity = rest.find(';').filter(|end| *end <= 10).and_then(|end| Some((character(&rest[1..end])?, end)));
        if let Some((character, end)) = entity {
            plain.push_str(&character);
            rest = &rest[end + 1..];
        } else {
            plain.push('&');
            rest = &rest[1..];
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// A name of HTML, which knows no difference between large and small letters.
pub(crate) fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

fn character(entity: &str) -> Option<String> {
    if let Some(number) = entity.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        // Fillers that keep a mailbox from showing the body behind the preheader are nothing to read.
        return Some(if code == 847 { String::new() } else { char::from_u32(code)?.to_string() });
    }
    let text = match entity {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => "\u{a0}",
        "middot" => "·",
        "mdash" => "—",
        "ndash" => "–",
        "hellip" => "…",
        "times" => "×",
        "zwnj" => "",
        _ => return None,
    };
    Some(text.to_owned())
}

/// Escapes a value for text and for attributes in quotes of either kind.
///
/// What has no shape of its own (a joiner, a mark above the sign before it) and the backslash become numbers: MJML's renderer
/// writes attributes as Rust would print a string, and a mailbox would show `\u{200d}`.
pub(crate) fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\r' | '\t' | ' '..='[' | ']'..='~' => escaped.push(c),
            _ if c.escape_debug().len() > 1 => escaped.extend(['&', '#', 'x'].into_iter().chain(hex(c)).chain([';'])),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// A sign's number, in hexadecimal digits.
fn hex(c: char) -> impl Iterator<Item = char> {
    let digits = format!("{:x}", u32::from(c));
    digits.into_bytes().into_iter().map(char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_attributes_and_text_are_told_apart() {
        let source = "<mj-text color=\"#fff\" align='left' x>a &amp; b<br/></mj-text><!-- c -->";
        let all = tokens(source);
        let Token::Open(tag) = &all[0] else { panic!("{all:?}") };
        assert_eq!((tag.name, tag.closed, tag.attribute("align")), ("mj-text", false, Some("left")));
        assert_eq!(tag.attributes[2].value, None);
        assert_eq!(all[1], Token::Text("a &amp; b", 37..46));
        assert!(matches!(&all[2], Token::Open(tag) if tag.closed && tag.name == "br"));
        assert!(matches!(all[3], Token::Close("mj-text", _)));
        assert!(matches!(all[4], Token::Aside(_)));
    }

    #[test]
    fn a_less_than_sign_in_a_sentence_is_text_and_an_open_quote_is_broken() {
        assert_eq!(tokens("1 < 2"), [Token::Text("1 ", 0..2), Token::Text("< 2", 2..5)]);
        assert!(matches!(tokens("<a href=\"x>b")[0], Token::Broken(_)));
        assert!(matches!(tokens("<a <b>")[0], Token::Broken(_)));
        assert!(matches!(tokens("<a")[0], Token::Broken(_)));
    }

    #[test]
    fn any_text_is_taken_apart_to_the_last_byte() {
        for source in [
            "€<b>€</b>",
            "<",
            "</",
            "<€",
            "<a €>",
            "<a =>",
            "<a b=€>x",
            "<a\u{a0}b>",
            "<!",
            "<!--",
            "<a/ b>",
            "&€;",
            "<a b='€",
        ] {
            let covered: usize = tokens(source)
                .iter()
                .map(|token| match token {
                    Token::Text(_, at) | Token::Close(_, at) | Token::Aside(at) | Token::Broken(at) => at.len(),
                    Token::Open(tag) => tag.at.len(),
                })
                .sum();
            assert_eq!(covered, source.len(), "{source}");
            unescape(source);
        }
    }

    #[test]
    fn what_is_escaped_reads_as_before() {
        let raw = "O'Brien & <b> \"x\" © \u{200d} e\u{301} \\";
        assert_eq!(unescape(&escape(raw)), raw);
        assert_eq!(unescape("a&nbsp;b &#x27; &unknown; & &;"), "a\u{a0}b ' &unknown; & &;");
    }
}
