//! Whether the words of a made letter can be read: each text against the ground that it stands on, by day.
//!
//! Of dark mode the palette is checked when it is read, and which colours meet there is up to `layout/base`.

use shop::contrast::{LARGE_TEXT, SMALL_TEXT, ratio};

use crate::markup::{Token, VOID, tokens, unescape};

/// From so many pixels on text is large.
const LARGE: f64 = 24.0;

/// What a text looks like.
#[derive(Debug, Clone)]
struct Look {
    ink: String,
    ground: String,
    pixels: f64,
    /// The preheader is read by mailboxes alone.
    hidden: bool,
}

/// A text that cannot be read, with what is wrong.
pub(super) fn faint(html: &str, link: &str) -> Option<String> {
    let mut open: Vec<(&str, Look)> = Vec::new();
    let mut look = Look { ink: "#000000".to_owned(), ground: "#ffffff".to_owned(), pixels: 16.0, hidden: false };
    for token in tokens(html) {
        match token {
            Token::Open(tag) => {
                let outside = look.clone();
                if tag.name == "a" {
                    // As the style of the layout has it, where the tag has no colour of its own.
                    link.clone_into(&mut look.ink);
                }
                if let Some(ground) = tag.attribute("bgcolor").and_then(colour) {
                    look.ground = ground;
                }
                look.is_styled(tag.attribute("style").unwrap_or_default());
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
                let (found, needed) =
                    (ratio(&look.ink, &look.ground), if look.pixels >= LARGE { LARGE_TEXT } else { SMALL_TEXT });
                if found < needed {
                    let start: String = text.trim().chars().take(24).collect();
                    let Look { ink, ground, .. } = &look;
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

impl Look {
    fn is_styled(&mut self, style: &str) {
        for (name, value) in style.split(';').filter_map(|declaration| declaration.split_once(':')) {
            match (name.trim(), value.trim()) {
                ("color", value) => self.ink = colour(value).unwrap_or_else(|| self.ink.clone()),
                ("background" | "background-color", value) => {
                    self.ground = value.split_whitespace().find_map(colour).unwrap_or_else(|| self.ground.clone());
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

fn colour(raw: &str) -> Option<String> {
    let digits = raw.strip_prefix('#')?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
    (digits.len() == 6).then(|| raw.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Option<String> {
        faint(&format!("<style>a {{ color: red }}</style><body style=\"color:#222222\">{body}</body>"), "#1f4d43")
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
