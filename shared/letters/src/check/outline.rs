//! The outline of a template: which tag stands in which, what it includes where, and which bytes are URLs. Read from
//! the marketer's own file, Handlebars and all, so that every mistake has its place there.

use std::ops::Range;

use crate::links::URL_ATTRIBUTES;
use crate::markup::{Tag, Token, VOID, tokens};

/// Where something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    /// In nothing of this file.
    Top,
    /// In a tag of this file.
    Tag(usize),
    /// In the block that an include of this file is given.
    Block(usize),
}

/// A tag.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) attributes: Vec<NodeAttribute>,
    pub(super) parent: Parent,
    pub(super) at: usize,
}

/// An attribute of a tag.
#[derive(Debug)]
pub(super) struct NodeAttribute {
    pub(super) name: String,
    /// With every `{{ }}` blanked out.
    pub(super) value: String,
    pub(super) at: usize,
}

/// `{{> name}}` or `{{#> name}}`.
#[derive(Debug)]
pub(super) struct Include {
    pub(super) name: String,
    pub(super) parent: Parent,
    pub(super) at: usize,
}

/// A template, taken apart.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) nodes: Vec<Node>,
    pub(super) includes: Vec<Include>,
    /// Text that is not white space, with what it stands in.
    pub(super) texts: Vec<(Parent, usize)>,
    /// The values of attributes that hold a URL.
    pub(super) urls: Vec<Range<usize>>,
    /// What is not well-formed.
    pub(super) broken: Vec<(usize, String)>,
}

/// `{{ }}`, and what it does to the nesting.
struct Mustache {
    at: Range<usize>,
    kind: MustacheKind,
}

enum MustacheKind {
    /// `{{#if}}` and the like.
    Begin(String),
    /// `{{else}}`.
    Else,
    /// `{{/if}}`.
    End,
    /// `{{#> name}}`.
    BeginBlock(String),
    /// `{{> name}}`.
    Include(String),
    /// A value, a comment.
    Other,
}

/// What is open.
enum Open {
    Tag(usize),
    Mustache(String),
    Block(usize),
}

impl Outline {
    /// Takes a template apart.
    pub(super) fn of(source: &str) -> Self {
        let mustaches = mustaches(source);
        let masked = masked(source, &mustaches);
        let mut builder = Builder { outline: Self::default(), open: Vec::new() };
        let mut waiting = mustaches.iter().peekable();
        for token in tokens(&masked) {
            let at = range(&token);
            while let Some(mustache) = waiting.next_if(|mustache| mustache.at.start < at.start) {
                builder.mustache(mustache);
            }
            if matches!(token, Token::Text(..)) {
                builder.text(&token, at.end, &mut waiting);
            } else {
                // What stands inside a tag chooses between attributes; it nests nothing.
                while waiting.next_if(|mustache| mustache.at.start < at.end).is_some() {}
                builder.token(&token);
            }
        }
        waiting.for_each(|mustache| builder.mustache(mustache));
        builder.finish()
    }
}

fn range(token: &Token<'_>) -> Range<usize> {
    match token {
        Token::Text(_, at) | Token::Close(_, at) | Token::Aside(at) | Token::Broken(at) => at.clone(),
        Token::Open(tag) => tag.at.clone(),
    }
}

struct Builder {
    outline: Outline,
    open: Vec<Open>,
}

impl Builder {
    fn parent(&self) -> Parent {
        let found = self.open.iter().rev().find_map(|open| match open {
            Open::Tag(index) => Some(Parent::Tag(*index)),
            Open::Block(index) => Some(Parent::Block(*index)),
            Open::Mustache(..) => None,
        });
        found.unwrap_or(Parent::Top)
    }

    fn wrong(&mut self, at: usize, message: impl Into<String>) {
        self.outline.broken.push((at, message.into()));
    }

    fn text<'m>(
        &mut self,
        token: &Token<'_>,
        end: usize,
        waiting: &mut std::iter::Peekable<impl Iterator<Item = &'m Mustache>>,
    ) {
        if let Token::Text(text, at) = token
            && let Some(first) = text.find(|c: char| !c.is_whitespace())
        {
            let parent = self.parent();
            self.outline.texts.push((parent, at.start + first));
        }
        while let Some(mustache) = waiting.next_if(|mustache| mustache.at.start < end) {
            self.mustache(mustache);
        }
    }

    fn token(&mut self, token: &Token<'_>) {
        match token {
            Token::Open(tag) => self.tag(tag),
            Token::Close(name, at) => self.close(name, at.start),
            Token::Broken(at) => {
                self.wrong(at.start, "this tag is not closed, or one of its attributes has no second quote");
            }
            Token::Text(..) | Token::Aside(_) => {}
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        let index = self.outline.nodes.len();
        for attribute in &tag.attributes {
            if URL_ATTRIBUTES.contains(&attribute.name) {
                self.outline.urls.push(attribute.value_at.clone());
            }
        }
        self.outline.nodes.push(Node {
            name: tag.name.to_owned(),
            attributes: tag
                .attributes
                .iter()
                .map(|attribute| NodeAttribute {
                    name: attribute.name.to_owned(),
                    value: attribute.value.unwrap_or_default().to_owned(),
                    at: attribute.at.start,
                })
                .collect(),
            parent: self.parent(),
            at: tag.at.start,
        });
        if !tag.closed && !VOID.contains(&tag.name) {
            self.open.push(Open::Tag(index));
        }
    }

    fn close(&mut self, name: &str, at: usize) {
        match self.open.last() {
            Some(Open::Tag(index)) if self.outline.nodes[*index].name == name => {
                self.open.pop();
            }
            Some(Open::Tag(index)) => {
                let (open, open_at) = (self.outline.nodes[*index].name.clone(), self.outline.nodes[*index].at);
                if VOID.contains(&name) {
                    self.wrong(at, format!("`<{name}>` is not closed"));
                } else {
                    self.wrong(open_at, format!("`<{open}>` is not closed before `</{name}>`"));
                    self.drop_to(name);
                }
            }
            Some(Open::Mustache(helper)) => {
                let helper = helper.clone();
                self.wrong(
                    at,
                    format!(
                        "`</{name}>` closes a tag from outside of this {{{{#{helper}}}}}: open and close on one side"
                    ),
                );
            }
            Some(Open::Block(..)) | None => self.wrong(at, format!("`</{name}>` closes a tag that is not open")),
        }
    }

    /// After a mistake: closes the innermost tag of this name, so that one slip is told once.
    fn drop_to(&mut self, name: &str) {
        let found =
            self.open.iter().rposition(|open| matches!(open, Open::Tag(i) if self.outline.nodes[*i].name == name));
        match found {
            Some(index) => self.open.truncate(index),
            None => drop(self.open.pop()),
        }
    }

    fn mustache(&mut self, mustache: &Mustache) {
        let at = mustache.at.start;
        match &mustache.kind {
            MustacheKind::Begin(name) => self.open.push(Open::Mustache(name.clone())),
            MustacheKind::BeginBlock(name) => {
                let parent = self.parent();
                self.outline.includes.push(Include { name: name.clone(), parent, at });
                self.open.push(Open::Block(self.outline.includes.len() - 1));
            }
            MustacheKind::Include(name) => {
                let parent = self.parent();
                self.outline.includes.push(Include { name: name.clone(), parent, at });
            }
            MustacheKind::Else => self.close_tags_of_branch(),
            MustacheKind::End => {
                self.close_tags_of_branch();
                self.open.pop();
            }
            MustacheKind::Other => {}
        }
    }

    /// Tags that were opened in a branch are closed in it.
    fn close_tags_of_branch(&mut self) {
        while let Some(Open::Tag(index)) = self.open.last() {
            let (name, at) = (self.outline.nodes[*index].name.clone(), self.outline.nodes[*index].at);
            self.open.pop();
            self.wrong(at, format!("`<{name}>` is not closed in the block that it is opened in"));
        }
    }

    fn finish(mut self) -> Outline {
        while let Some(open) = self.open.pop() {
            if let Open::Tag(index) = open {
                let (name, at) = (self.outline.nodes[index].name.clone(), self.outline.nodes[index].at);
                self.wrong(at, format!("`<{name}>` is never closed"));
            }
        }
        self.outline
    }
}

/// The source with every `{{ }}` blanked out, byte for byte, so that places stay.
fn masked(source: &str, mustaches: &[Mustache]) -> String {
    let mut bytes = source.as_bytes().to_vec();
    for mustache in mustaches {
        for byte in bytes.get_mut(mustache.at.clone()).into_iter().flatten() {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    // Whole characters were replaced, so what is left is text; anything else would be a mistake of ours.
    String::from_utf8(bytes).unwrap_or_default()
}

fn mustaches(source: &str) -> Vec<Mustache> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = source[at..].find("{{").map(|start| at + start) {
        let rest = &source[start..];
        let close = if rest.starts_with("{{!--") || rest.starts_with("{{~!--") {
            "--}}"
        } else if rest.starts_with("{{{") {
            "}}}"
        } else {
            "}}"
        };
        let end = rest.find(close).map_or(source.len(), |end| start + end + close.len());
        found.push(Mustache { at: start..end, kind: kind(&source[start..end]) });
        at = end;
    }
    found
}

fn kind(mustache: &str) -> MustacheKind {
    let inner = mustache.trim_matches(|c| c == '{' || c == '}').trim_matches('~').trim();
    let word = |text: &str| text.split_whitespace().next().unwrap_or_default().to_owned();
    if inner.starts_with('!') {
        MustacheKind::Other
    } else if let Some(rest) = inner.strip_prefix('#') {
        match rest.trim_start().strip_prefix('>') {
            Some(name) => MustacheKind::BeginBlock(word(name)),
            None => MustacheKind::Begin(word(rest)),
        }
    } else if inner.starts_with('/') {
        MustacheKind::End
    } else if let Some(rest) = inner.strip_prefix('>') {
        MustacheKind::Include(word(rest))
    } else if word(inner) == "else" || inner == "^" {
        MustacheKind::Else
    } else {
        MustacheKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(source: &str) -> Vec<String> {
        Outline::of(source).broken.into_iter().map(|(_, message)| message).collect()
    }

    #[test]
    fn tags_nest_through_conditions_and_values_in_attributes() {
        let source = "<mj-section {{#if a}}css-class=\"{{b}}\"{{/if}}>{{#if c}}<mj-column></mj-column>{{else}}<mj-column/>{{/if}}</mj-section>";
        let outline = Outline::of(source);
        assert!(outline.broken.is_empty(), "{:?}", outline.broken);
        assert_eq!(outline.nodes.len(), 3);
        assert!(outline.nodes[1..].iter().all(|node| node.parent == Parent::Tag(0)));
    }

    #[test]
    fn includes_know_what_they_stand_in_and_blocks_what_stands_in_them() {
        let outline = Outline::of("{{#> layout/base}}<mj-section>{{> layout/x a=b}}</mj-section>{{/layout/base}}");
        assert_eq!(outline.includes[1].name, "layout/x");
        assert_eq!(outline.includes[1].parent, Parent::Tag(0));
        assert_eq!(outline.nodes[0].parent, Parent::Block(0));
    }

    #[test]
    fn a_tag_is_closed_where_it_is_opened() {
        assert_eq!(broken("<mj-text>"), ["`<mj-text>` is never closed"]);
        assert_eq!(broken("{{#if a}}<mj-text>{{/if}}</mj-text>").len(), 2);
        assert_eq!(broken("<mj-text><b>x</mj-text>"), ["`<b>` is not closed before `</mj-text>`"]);
        assert_eq!(broken("</b>"), ["`</b>` closes a tag that is not open"]);
        assert!(broken("<a href=\"x>y</a>")[0].starts_with("this tag is not closed"));
        assert!(broken("<mj-text>a<br>b<img src=\"x\"/></mj-text>").is_empty());
    }
}
