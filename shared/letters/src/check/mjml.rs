//! The grammar of a letter's MJML, partials in their places. What is wrong here MJML would drop in silence.

use std::collections::BTreeMap;

use shop::{Mistake, nearest};

use super::mjml_grammar::{attributes, children, holds_html, html, html_attribute, tags};
use super::outline::{Include, Node, NodeAttribute, Parent};
use super::{Page, colours, mistake};
use crate::compiled::BLOCK;

/// What a template stands in: the name of a tag; nothing where it is the letter itself.
type Place<'p> = Option<&'p str>;

/// Checks a letter and, each in its place, the partials that it includes.
pub(super) fn check(page: &Page<'_>, layout: &BTreeMap<&str, Page<'_>>, found: &mut Vec<Mistake>) {
    Lint { layout, found }.page(page, None);
}

struct Lint<'l, 'f> {
    layout: &'l BTreeMap<&'l str, Page<'l>>,
    found: &'f mut Vec<Mistake>,
}

impl<'l> Lint<'l, '_> {
    fn page(&mut self, page: &'l Page<'_>, place: Place<'l>) {
        for node in &page.outline.nodes {
            let place = self.place(page, node.parent, place);
            self.node(page, node, place);
        }
        for (parent, at) in &page.outline.texts {
            if let Some(tag) = self.place(page, *parent, place)
                && children(tag).is_some()
                && !holds_html(tag)
            {
                self.wrong(page, *at, format!("text does not stand in `<{tag}>`: put it into `<mj-text>`"));
            }
        }
        for include in &page.outline.includes {
            self.include(page, include, place);
        }
    }

    fn include(&mut self, page: &'l Page<'_>, include: &Include, place: Place<'l>) {
        if include.name == BLOCK {
            return;
        }
        if let Some((_, partial)) = self.layout.get_key_value(include.name.as_str()) {
            let place = self.place(page, include.parent, place);
            self.page(partial, place);
        } else {
            let hint = nearest(&include.name, self.layout.keys().copied())
                .map_or_else(String::new, |name| format!(": did you mean `{name}`?"));
            self.wrong(page, include.at, format!("there is no partial `{}`{hint}", include.name));
        }
    }

    /// The tag that something of `page` stands in, also where that tag is in another file.
    fn place(&self, page: &'l Page<'_>, parent: Parent, place: Place<'l>) -> Place<'l> {
        match parent {
            Parent::Top => place,
            Parent::Tag(index) => page.outline.nodes.get(index).map(|node| node.name.as_str()),
            Parent::Block(index) => {
                let include = page.outline.includes.get(index)?;
                let outside = self.place(page, include.parent, place);
                let (_, partial) = self.layout.get_key_value(include.name.as_str())?;
                let slot = partial.outline.includes.iter().find(|include| include.name == BLOCK)?;
                self.place(partial, slot.parent, outside)
            }
        }
    }

    fn node(&mut self, page: &Page<'_>, node: &Node, place: Place<'_>) {
        for attribute in &node.attributes {
            if let Some(colour) = colours::own(&attribute.name, &attribute.value) {
                let message = format!(
                    "the colour `{colour}` would be the same in dark mode: name one of shop.toml, like \
                     {{{{shop.colours.day.muted}}}}"
                );
                self.wrong(page, attribute.at, message);
            }
        }
        let name = node.name.as_str();
        if name == "mjml" || name.starts_with("mj-") {
            self.mjml_tag(page, node, place);
        } else {
            self.html_tag(page, node, place);
        }
    }

    fn mjml_tag(&mut self, page: &Page<'_>, node: &Node, place: Place<'_>) {
        let name = node.name.as_str();
        if children(name).is_none() {
            let hint = nearest(name, tags()).map_or_else(String::new, |tag| format!(": did you mean `<{tag}>`?"));
            return self.wrong(page, node.at, format!("unknown tag `<{name}>`{hint}"));
        }
        match place {
            None if name != "mjml" => {
                self.wrong(
                    page,
                    node.at,
                    format!("`<{name}>` stands outside of the letter: begin it with {{{{#> layout/base}}}}"),
                );
            }
            Some(parent) => {
                let allowed = if parent.starts_with("mj") { children(parent) } else { Some(Vec::new()) };
                if let Some(allowed) = allowed
                    && !allowed.contains(&name)
                {
                    let right: Vec<String> = allowed.iter().take(6).map(|tag| format!("`<{tag}>`")).collect();
                    let right = if right.is_empty() { "no tag of MJML".to_owned() } else { right.join(", ") };
                    self.wrong(
                        page,
                        node.at,
                        format!("`<{name}>` does not stand in `<{parent}>`, which holds {right}"),
                    );
                }
            }
            None => {}
        }
        // Defaults and classes take the attributes of any tag.
        if place == Some("mj-attributes") && matches!(name, "mj-all" | "mj-class") {
            return;
        }
        let right = attributes(name);
        for NodeAttribute { name: attribute, at, .. } in &node.attributes {
            if !right.contains(&attribute.as_str()) {
                let hint = nearest(attribute, right.iter().copied())
                    .map_or_else(String::new, |a| format!(": did you mean `{a}`?"));
                self.wrong(page, *at, format!("`<{name}>` has no attribute `{attribute}`{hint}"));
            }
        }
        let defaults = place == Some("mj-attributes");
        if name == "mj-image" && !defaults {
            self.alt(page, node);
        }
    }

    fn html_tag(&mut self, page: &Page<'_>, node: &Node, place: Place<'_>) {
        let name = node.name.as_str();
        if !html().any(|tag| tag == name) {
            let all = html().chain(tags());
            let hint = nearest(name, all).map_or_else(String::new, |tag| format!(": did you mean `<{tag}>`?"));
            return self.wrong(page, node.at, format!("unknown tag `<{name}>`{hint}"));
        }
        if let Some(parent) = place
            && parent.starts_with("mj")
            && !holds_html(parent)
        {
            self.wrong(page, node.at, format!("`<{name}>` does not stand in `<{parent}>`: put it into `<mj-text>`"));
        }
        for NodeAttribute { name: attribute, at, .. } in &node.attributes {
            if !html_attribute(name, attribute) {
                self.wrong(page, *at, format!("`<{name}>` has no attribute `{attribute}` in a letter"));
            }
        }
        if name == "img" {
            self.alt(page, node);
        }
    }

    fn alt(&mut self, page: &Page<'_>, node: &Node) {
        if !node.attributes.iter().any(|attribute| attribute.name == "alt") {
            self.wrong(page, node.at, "a picture has an `alt`: what it shows, for those who do not see it");
        }
    }

    fn wrong(&mut self, page: &Page<'_>, at: usize, message: impl Into<String>) {
        self.found.push(mistake(page.source, at, message));
    }
}
