//! The text part, out of the same MJML as the HTML part: no copy is written twice, and the two never disagree.
//!
//! A tag with the class `html-only` or `aria-hidden="true"` is for the eye and has no place in it. One with the class
//! `close` begins on the next line, not after an empty one; a link with the class `own-line` begins a line.

use crate::markup::{Tag, Token, VOID, lower, tokens, unescape};

/// The width of a line (RFC 3676 recommends 66 to 78 characters).
const WIDTH: usize = 72;

/// The text of rendered MJML.
pub(crate) fn of(mjml: &str) -> String {
    let mut writer = Writer::default();
    for token in tokens(mjml) {
        match token {
            Token::Text(text, _) => writer.text(text),
            Token::Open(tag) => writer.open(&tag),
            Token::Close(name, _) => writer.close(name),
            Token::Aside(_) | Token::Broken(_) => {}
        }
    }
    writer.finish()
}

#[derive(Debug, Default)]
struct Writer {
    blocks: Vec<String>,
    line: String,
    /// The cells of the row of a table that is being read.
    cells: Option<Vec<String>>,
    /// Where the link that is being read leads, and where its words begin.
    link: Option<(String, usize)>,
    /// The tag whose content is left out, and how many of its name are open.
    hidden: Option<(String, usize)>,
    /// The next block begins on the line below the last.
    close_to_above: bool,
}

impl Writer {
    fn text(&mut self, raw: &str) {
        if self.hidden.is_some() {
            return;
        }
        for (index, word) in unescape(raw).split([' ', '\n', '\t', '\r']).enumerate() {
            if index > 0 && !self.line.is_empty() && !self.line.ends_with([' ', '\n']) {
                self.line.push(' ');
            }
            self.line.push_str(word);
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let name = lower(tag.name);
        let empty = tag.closed || VOID.contains(&name.as_ref());
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth += usize::from(!empty && *hidden == name);
            return;
        }
        let classes = || [tag.attribute("css-class"), tag.attribute("class")].into_iter().flatten();
        let has_class = |wanted: &str| classes().any(|names| names.split(' ').any(|name| name == wanted));
        let for_the_eye = tag.attribute("aria-hidden") == Some("true") || has_class("html-only");
        if for_the_eye || matches!(name.as_ref(), "mj-head" | "mj-raw" | "style") {
            if is_block(&name) {
                self.end_block();
            }
            if !empty {
                self.hidden = Some((name.into_owned(), 1));
            }
            return;
        }
        match name.as_ref() {
            "br" if self.cells.is_some() => self.text(", "),
            "br" => {
                let end = self.line.trim_end().len();
                self.line.truncate(end);
                self.line.push('\n');
            }
            "mj-divider" => {
                self.end_block();
                self.blocks.push("-".repeat(WIDTH));
            }
            "tr" => {
                self.end_block();
                self.cells = Some(Vec::new());
            }
            "td" | "th" => {
                self.line.clear();
                self.link = None;
            }
            "a" | "mj-button" => {
                if name == "mj-button" {
                    self.end_block();
                } else if has_class("own-line") && !self.line.trim().is_empty() {
                    self.line.push('\n');
                }
                let href = tag.attribute("href").map(unescape).unwrap_or_default().into_owned();
                self.link = Some((href, self.line.len()));
            }
            _ if is_block(&name) => {
                self.end_block();
                self.close_to_above |= has_class("close");
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        let name = lower(name);
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth -= usize::from(*hidden == name);
            if *depth == 0 {
                self.hidden = None;
            }
            return;
        }
        match name.as_ref() {
            "a" => self.end_link(false),
            "mj-button" => {
                self.end_link(true);
                self.end_block();
            }
            "td" | "th" => {
                let cell = self.line.trim().trim_end_matches(',').to_owned();
                self.line.clear();
                match &mut self.cells {
                    Some(cells) => cells.push(cell),
                    None => self.line = cell,
                }
            }
            "tr" => self.end_row(),
            _ if is_block(&name) => self.end_block(),
            _ => {}
        }
    }

    /// Puts the target behind the words of a link, where the words are not the target themselves.
    fn end_link(&mut self, on_its_own_line: bool) {
        let Some((href, from)) = self.link.take() else { return };
        let words = self.line.get(from..).unwrap_or_default().trim().to_owned();
        let bare = href.strip_prefix("mailto:").or_else(|| href.strip_prefix("tel:")).unwrap_or(&href);
        let same =
            |a: &str, b: &str| a.chars().filter(|c| !c.is_whitespace()).eq(b.chars().filter(|c| !c.is_whitespace()));
        if href.is_empty() || words.is_empty() || same(&words, bare) {
            return;
        }
        if on_its_own_line {
            self.line.push_str(":\n");
            self.line.push_str(&href);
        } else {
            self.line.extend([" (", bare, ")"]);
        }
    }

    /// A row reads as its first cell and, at the right, the others.
    fn end_row(&mut self) {
        let cells: Vec<String> =
            self.cells.take().unwrap_or_default().into_iter().filter(|cell| !cell.is_empty()).collect();
        self.line.clear();
        let Some((first, rest)) = cells.split_first() else { return };
        let rest = rest.join("  ");
        let used = first.chars().count() + rest.chars().count();
        let row = if rest.is_empty() {
            first.clone()
        } else if used + 2 > WIDTH {
            format!("{first}\n    {rest}")
        } else {
            format!("{first}{}{rest}", " ".repeat(WIDTH - used))
        };
        // Rows of one table stand close together.
        match self.blocks.last_mut() {
            Some(table) if table.ends_with('\u{0}') => {
                table.pop();
                table.push('\n');
                table.push_str(&row);
                table.push('\u{0}');
            }
            _ => self.blocks.push(format!("{row}\u{0}")),
        }
    }

    fn end_block(&mut self) {
        if self.cells.is_some() {
            if !self.line.trim().is_empty() {
                self.text(", ");
            }
            return;
        }
        let block = self.line.split('\n').map(|line| wrapped(line.trim())).collect::<Vec<_>>().join("\n");
        self.line.clear();
        if block.trim().is_empty() {
            return;
        }
        let close = std::mem::take(&mut self.close_to_above);
        match self.blocks.last_mut().filter(|above| close && !above.ends_with('\u{0}')) {
            Some(above) => {
                above.push('\n');
                above.push_str(block.trim());
            }
            None => self.blocks.push(block.trim().to_owned()),
        }
    }

    fn finish(mut self) -> String {
        self.cells = None;
        self.end_block();
        let blocks: Vec<String> = self.blocks.iter().map(|block| block.trim_end_matches('\u{0}').to_owned()).collect();
        let mut text = blocks.join("\n\n");
        text.push('\n');
        text
    }
}

/// Breaks a line between words. A word that is longer, such as a link, stays whole.
fn wrapped(line: &str) -> String {
    let mut wrapped = String::with_capacity(line.len() + 8);
    let mut used = 0;
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > WIDTH {
            wrapped.push('\n');
            used = 0;
        } else if used > 0 {
            wrapped.push(' ');
            used += 1;
        }
        wrapped.push_str(word);
        used += length;
    }
    wrapped
}

/// Tags that begin and end a paragraph.
fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 16] = [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "table",
        "tbody",
        "mj-text",
        "mj-section",
        "mj-column",
        "mj-wrapper",
        "mj-table",
    ];
    BLOCKS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_links_and_buttons_read_as_text() {
        let mjml = "<mjml><mj-head><mj-title>no</mj-title></mj-head><mj-body><mj-text><p>Dear Ada &amp; co,</p>\
                    <p>see <a href=\"https://shop.example/a?b=1&amp;c=2\">the page</a>.</p></mj-text>\
                    <mj-button href=\"https://shop.example/\">Look</mj-button>\
                    <mj-text>Write to <a href=\"mailto:a@shop.example\">a@shop.example</a><br/>or call.</mj-text></mj-body></mjml>";
        assert_eq!(
            of(mjml),
            "Dear Ada & co,\n\nsee the page (https://shop.example/a?b=1&c=2).\n\nLook:\nhttps://shop.example/\n\n\
             Write to a@shop.example\nor call.\n"
        );
    }

    #[test]
    fn what_stands_close_begins_on_the_next_line() {
        assert_eq!(
            of("<mj-text>Fog</mj-text><mj-text css-class=\"muted close\"><p>smoke</p></mj-text><mj-text>x</mj-text>"),
            "Fog\nsmoke\n\nx\n"
        );
    }

    #[test]
    fn what_is_for_the_eye_is_left_out() {
        let mjml = "<mj-column css-class=\"tile html-only\"><mj-text>H<mj-text>x</mj-text></mj-text></mj-column>\
                    <mj-text>Harbour <span aria-hidden=\"true\">*<span>*</span></span>Fog</mj-text>";
        assert_eq!(of(mjml), "Harbour Fog\n");
    }

    #[test]
    fn rows_of_a_table_stand_close_with_their_amounts_at_the_right() {
        let mjml =
            "<mj-table><tr><td>Fog<br/>250 g</td><td>€12.50</td></tr><tr><td>Total</td><td>€12.50</td></tr></mj-table>";
        let text = of(mjml);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("Fog, 250 g  ") && lines[0].ends_with("  €12.50"), "{text}");
        assert_eq!(lines[0].chars().count(), WIDTH);
        assert!(lines[1].starts_with("Total "), "{text}");
    }

    #[test]
    fn long_lines_are_broken_between_words_and_links_stay_whole() {
        let link = format!("https://shop.example/{}", "x".repeat(90));
        let text = of(&format!("<mj-text>{} {link}</mj-text>", "word ".repeat(30)));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH || line == link), "{text}");
        assert!(text.contains(&link));
    }
}
