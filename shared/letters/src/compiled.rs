//! Templates and texts, compiled: one registry that escapes for HTML, one that does not for everything else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use handlebars::template::{DecoratorTemplate, TemplateElement};
use handlebars::{Context, Handlebars, RenderErrorReason, Template, TemplateError};
use serde_json::Value;
use shop::{Position, Source, Strings};

use crate::format::Formats;
use crate::letter::RenderError;
use crate::markup::escape;
use crate::{helpers, include};

/// Where a partial puts the block that it is given.
pub(crate) const BLOCK: &str = "@partial-block";
/// The name under which a letter itself is registered; no partial is called so.
const LETTER: &str = "letter";

/// A letter and the partials that it includes.
pub(crate) struct Page {
    registry: Handlebars<'static>,
    paths: BTreeMap<String, String>,
}

/// The texts of one letter in one language, and the words that all letters share.
pub(crate) struct Texts {
    registry: Handlebars<'static>,
    words: Vec<(String, Text)>,
    own: Vec<(String, Text)>,
    places: BTreeMap<String, (String, Position)>,
}

/// A text.
enum Text {
    /// It reads the same in every letter.
    Plain(String),
    /// The name under which it is registered.
    Template(String),
}

/// The files of `layout/`, each compiled when a letter first includes it.
pub(crate) struct Layout {
    partials: BTreeMap<String, (Source, OnceLock<Result<Template, RenderError>>)>,
}

impl Layout {
    pub(crate) fn new(sources: &BTreeMap<String, Source>) -> Self {
        let partial = |(name, source): (&String, &Source)| (name.clone(), (source.clone(), OnceLock::new()));
        Self { partials: sources.iter().map(partial).collect() }
    }

    fn get(&self, name: &str) -> Option<(&Source, Result<&Template, RenderError>)> {
        let (source, slot) = self.partials.get(name)?;
        Some((source, slot.get_or_init(|| compile(name, source)).as_ref().map_err(Clone::clone)))
    }
}

fn compile(name: &str, source: &Source) -> Result<Template, RenderError> {
    // A registry is the one way to leave out the indentation of partials, which would only make letters larger.
    let mut registry = Handlebars::new();
    registry.set_prevent_indent(true);
    let path = source.path.display().to_string();
    registry
        .register_template_string(name, &source.text)
        .map_err(|error| template_error(&error, &path, Position::START))?;
    Ok(registry.get_template(name).cloned().unwrap_or_default())
}

impl Page {
    /// Compiles a letter and what it includes.
    pub(crate) fn compile(letter: &Source, layout: &Layout, formats: &Arc<Formats>) -> Result<Self, RenderError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(escape);
        helpers::register(&mut registry, formats);
        include::register(&mut registry);
        let mut page = Self { registry, paths: BTreeMap::new() };
        let mut waiting: Vec<String> = page.add(LETTER, letter, compile(LETTER, letter)?);
        while let Some(name) = waiting.pop() {
            if page.paths.contains_key(&name) {
                continue;
            }
            if let Some((source, template)) = layout.get(&name) {
                waiting.extend(page.add(&name, source, template?.clone()));
            }
        }
        Ok(page)
    }

    /// Registers a template, and says what it includes.
    fn add(&mut self, name: &str, source: &Source, mut template: Template) -> Vec<String> {
        let includes = included(&template).into_iter().collect();
        include::rewrite(&mut template);
        self.registry.register_template(name, template);
        self.paths.insert(name.to_owned(), source.path.display().to_string());
        includes
    }

    /// The MJML of the letter.
    pub(crate) fn render(&self, context: &Context) -> Result<String, RenderError> {
        self.registry.render_with_context(LETTER, context).map_err(|error| {
            let path = error.template_name.as_ref().and_then(|name| self.paths.get(name).or(self.paths.get(LETTER)));
            let place = Position { line: error.line_no.unwrap_or(1), column: error.column_no.unwrap_or(1) };
            render_error(&error, path.map_or("", String::as_str), place)
        })
    }
}

impl Texts {
    /// Compiles the texts of a letter.
    pub(crate) fn compile(
        words: &Strings,
        own: &Strings,
        letter: &str,
        formats: &Arc<Formats>,
    ) -> Result<Self, RenderError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(handlebars::no_escape);
        helpers::register(&mut registry, formats);
        let mut texts = Self { registry, words: Vec::new(), own: Vec::new(), places: BTreeMap::new() };
        for (strings, table, prefix) in [(words, "", "words"), (own, letter, "t")] {
            let path = strings.path.display().to_string();
            for (key, text) in strings.letters.get(table).into_iter().flatten() {
                let all = if prefix == "t" { &mut texts.own } else { &mut texts.words };
                if !text.value.contains("{{") {
                    all.push((key.clone(), Text::Plain(text.value.trim().to_owned())));
                    continue;
                }
                let name = format!("{prefix}.{key}");
                all.push((key.clone(), Text::Template(name.clone())));
                texts
                    .registry
                    .register_template_string(&name, &text.value)
                    .map_err(|error| template_error(&error, &path, text.position))?;
                texts.places.insert(name, (path.clone(), text.position));
            }
        }
        Ok(texts)
    }

    /// Renders every text and puts it into the context: first the shared `words`, so that a letter's own texts may
    /// use them, then those as `t`.
    pub(crate) fn render_into(&self, context: &mut Context) -> Result<(), RenderError> {
        for (name, texts) in [("words", &self.words), ("t", &self.own)] {
            let rendered = self.rendered(texts, context)?;
            if let Some(fields) = context.data_mut().as_object_mut() {
                fields.insert(name.to_owned(), rendered);
            }
        }
        Ok(())
    }

    fn rendered(&self, texts: &[(String, Text)], context: &Context) -> Result<Value, RenderError> {
        let mut rendered = serde_json::Map::new();
        for (key, text) in texts {
            let name = match text {
                Text::Plain(text) => {
                    rendered.insert(key.clone(), Value::String(text.clone()));
                    continue;
                }
                Text::Template(name) => name,
            };
            let text = self.registry.render_with_context(name, context).map_err(|error| {
                let place = self.places.get(name);
                render_error(
                    &error,
                    place.map_or("", |(path, _)| path),
                    place.map_or(Position::START, |(_, start)| *start),
                )
            })?;
            rendered.insert(key.clone(), Value::String(text.trim().to_owned()));
        }
        Ok(Value::Object(rendered))
    }
}

/// The names of the partials that a template includes, wherever they stand in it.
pub(crate) fn included(template: &Template) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(template, &mut names);
    names
}

fn collect(template: &Template, names: &mut BTreeSet<String>) {
    for element in &template.elements {
        match element {
            TemplateElement::HelperBlock(block) => {
                for inner in block.template.iter().chain(block.inverse.iter()) {
                    collect(inner, names);
                }
            }
            TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                names.extend(partial_name(partial).filter(|name| *name != BLOCK).map(str::to_owned));
                if let Some(inner) = &partial.template {
                    collect(inner, names);
                }
            }
            _ => {}
        }
    }
}

/// The name of the partial, where it is written out and not computed.
pub(crate) fn partial_name(partial: &DecoratorTemplate) -> Option<&str> {
    partial.name.as_name()
}

/// Where and why a template does not compile. `start` is where it begins in its file.
pub(crate) fn template_error(error: &TemplateError, path: &str, start: Position) -> RenderError {
    let (place, message) = syntax_error(error, start);
    RenderError::Template { at: format!("{path}:{}:{}", place.line, place.column), message }
}

/// The place in the file of an error of syntax, and what it is.
pub(crate) fn syntax_error(error: &TemplateError, start: Position) -> (Position, String) {
    let (line, column) = error.pos().unwrap_or((1, 1));
    let reason = error.reason().to_string();
    let reason = reason.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    (shifted(start, line, column), format!("this is not Handlebars: {reason}"))
}

fn render_error(error: &handlebars::RenderError, path: &str, place: Position) -> RenderError {
    let message = match error.reason() {
        RenderErrorReason::MissingVariable(Some(name)) => format!("there is no `{name}`"),
        reason => reason.to_string().lines().collect::<Vec<_>>().join(" "),
    };
    RenderError::Template { at: format!("{path}:{}:{}", place.line, place.column), message }
}

/// A place inside a text, as a place in its file.
pub(crate) fn shifted(start: Position, line: usize, column: usize) -> Position {
    if line <= 1 {
        return Position { line: start.line, column: start.column + column - 1 };
    }
    Position { line: start.line + line - 1, column }
}
