//! The colours of letters: a template has none of its own, and in a made letter each text can be read on the ground that it
//! stands on, by day.
//!
//! Of dark mode the palette is checked when it is read, and which colours meet there is up to `layout/base`.

use shop::contrast::{LARGE_TEXT, SMALL_TEXT, ratio};

use crate::markup::{Token, VOID, tokens, unescape};

/// From so many pixels on text is large.
const LARGE: f64 = 24.0;

/// What a text looks like.
#[derive(Debug, Clone, Copy)]
struct Look<'h> {
    ink: &'h str,
    ground: &'h str,
    pixels: f64,
    /// The preheader is read by mailboxes alone.
    hidden: bool,
}

/// What in a border is no colour.
const OF_BORDERS: [&str; 9] = ["none", "hidden", "dotted", "dashed", "solid", "double", "thin", "medium", "thick"];
/// What names no colour of its own.
const OF_AROUND: [&str; 4] = ["transparent", "inherit", "currentcolor", "none"];

/// The colour that an attribute of a template has of its own. Every `{{ }}` in it is blanked out.
pub(super) fn own<'v>(attribute: &str, value: &'v str) -> Option<&'v str> {
    if attribute != "style" {
        return named(attribute, value);
    }
    value.split(';').filter_map(|declaration| declaration.split_once(':')).find_map(|(name, value)| named(name, value))
}

fn named<'v>(property: &str, value: &'v str) -> Option<&'v str> {
    let is_own = |word: &&str| !OF_AROUND.iter().any(|known| word.eq_ignore_ascii_case(known));
    let is_of_border = |word: &str| OF_BORDERS.contains(&word) || word.starts_with(|c: char| c.is_ascii_digit());
    match property.trim() {
        // How wide, and how it runs together, is no colour.
        "border-radius" | "border-collapse" | "border-spacing" => None,
        name if name == "bgcolor" || name.ends_with("color") => {
            Some(value.trim()).filter(|v| !v.is_empty()).filter(is_own)
        }
        name if name.starts_with("border") && name.ends_with("width") => None,
        name if name.starts_with("border") => value.split_whitespace().filter(is_own).find(|word| !is_of_border(word)),
        // Of the ways to write a ground, pictures have an address.
        "background" => {
            value.split_whitespace().find(|word| word.starts_with('#') || word.contains("rgb") || word.contains("hsl"))
        }
        _ => None,
    }
}

/// A text that cannot be read, with what is wrong. `link` is the colour of links that have none of their own.
pub(super) fn faint(html: &str, link: &str) -> Option<String> {
    let mut open: Vec<(&str, Look<'_>)> = Vec::new();
    let mut look = Look { ink: "#000000", ground: "#ffffff", pixels: 16.0, hidden: false };
    for token in tokens(html) {
        match token {
            Token::Open(tag) => {
                let outside = look;
                if tag.name == "a" {
                    // As the style of the layout has it.
                    look.ink = link;
                }
                look.ground = tag.attribute("bgcolor").and_then(colour).unwrap_or(look.ground);
                look.styled(tag.attribute("style").unwrap_or_default());
                if tag.closed || VOID.contains(&tag.name) {
                    look = outside;
                } else {
                    open.push((tag.name, outside));
                }
            }
            Token::Close(name, _) => {
                if let Some(at) = open.iter().rposition(|(open, _)| *open == name) {
                    look = open.drain(at..).next().map_or(look, |(_, outside)| outside);
                }
            }
            Token::Text(text, _) if is_read(text) && !look.hidden && !open.iter().any(|(name, _)| is_aside(name)) => {
                let needed = if look.pixels >= LARGE { LARGE_TEXT } else { SMALL_TEXT };
                let Look { ink, ground, .. } = look;
                let found = ratio(ink, ground);
                if found < needed {
                    let start: String = text.trim().chars().take(24).collect();
                    return Some(format!(
                        "`{start}` stands in {ink} on {ground}, a contrast of {found:.1} to 1: it takes {needed} to be read"
                    ));
                }
            }
            Token::Text(..) | Token::Aside(_) | Token::Broken(_) => {}
        }
    }
    None
}

impl<'h> Look<'h> {
    fn styled(&mut self, style: &'h str) {
        for (name, value) in style.split(';').filter_map(|declaration| declaration.split_once(':')) {
            match (name.trim(), value.trim()) {
                ("color", value) => self.ink = colour(value).unwrap_or(self.ink),
                ("background" | "background-color", value) => {
                    self.ground = value.split_whitespace().find_map(colour).unwrap_or(self.ground);
                }
                ("font-size", value) => {
                    let pixels = value.strip_suffix("px").and_then(|pixels| pixels.parse().ok());
                    self.pixels = pixels.unwrap_or(self.pixels);
                }
                ("display", "none") => self.hidden = true,
                _ => {}
            }
        }
    }
}

/// Spaces are not, and what keeps a cell open.
fn is_read(text: &str) -> bool {
    !unescape(text).trim().is_empty()
}

fn is_aside(tag: &str) -> bool {
    matches!(tag, "title" | "style")
}

/// As shop.toml writes colours: six digits.
fn colour(raw: &str) -> Option<&str> {
    let digits = raw.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Option<String> {
        faint(&format!("<style>a {{ color: red }}</style><body style=\"color:#222222\">{body}</body>"), "#1f4d43")
    }

    #[test]
    fn a_colour_of_its_own_is_told_from_what_is_around_it() {
        for (attribute, value, colour) in [
            ("color", "#cccccc", "#cccccc"),
            ("bgcolor", "red", "red"),
            ("border", "1px solid red", "red"),
            ("border-top", "2px dashed rgb(1,2,3)", "rgb(1,2,3)"),
            ("style", "margin:0;background:#fff url(x)", "#fff"),
            ("style", "border-color: navy", "navy"),
        ] {
            assert_eq!(own(attribute, value), Some(colour), "{attribute}={value}");
        }
        for (attribute, value) in [
            ("color", "   "),
            ("border", "0"),
            ("border", "1px solid    "),
            ("border-radius", "4px"),
            ("background", "https://twoherons.example/a.png"),
            ("style", "border-collapse:separate;border-width:1px;color:inherit;background-color:transparent"),
            ("alt", "red"),
        ] {
            assert_eq!(own(attribute, value), None, "{attribute}={value}");
        }
    }

    #[test]
    fn text_is_read_on_the_nearest_ground_that_it_stands_on() {
        assert_eq!(of("<p>dark on white</p>"), None);
        assert!(of("<table bgcolor=\"#333333\"><tr><td>dark on dark</td></tr></table>").is_some());
        assert_eq!(of("<td bgcolor=\"#333333\"><p style=\"color:#ffffff\">white on dark</p></td>dark"), None);
        assert_eq!(of("<td style=\"background:#333333\"></td><br style=\"color:#ffffff\">dark on white"), None);
        let faint = of("<p style=\"color:#999999\">grey &amp; small</p>");
        assert_eq!(
            faint.as_deref(),
            Some("`grey &amp; small` stands in #999999 on #ffffff, a contrast of 2.8 to 1: it takes 4.5 to be read")
        );
    }

    #[test]
    fn large_text_and_what_nobody_reads_take_less() {
        assert!(of("<p style=\"color:#777777\">grey</p>").is_some());
        assert_eq!(of("<h1 style=\"font-size:29px;color:#777777\">grey</h1>"), None);
        assert_eq!(of("<p style=\"color:#ffffff\">&nbsp;</p>"), None);
        assert!(of("<td bgcolor=\"#1f4d43\"><a href=\"x\">a link without a colour of its own</a></td>").is_some());
    }
}
