//! Every expression of a letter against the fields of its view: also in conditions, and in branches that no sample
//! takes.

use std::collections::{BTreeMap, HashMap};

use handlebars::template::{DecoratorTemplate, HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, Template};
use shop::{Mistake, Position, Source};

use super::Page;
use super::helpers;
use super::scope::{Meaning, Scopes, missing};
use super::shape::Shape;
use crate::compiled::{BLOCK, partial_name};
use crate::helpers::Kind;

/// Names of the last part of a path that may stand in an attribute that holds a URL.
const URL_FIELDS: [&str; 4] = ["url", "unsubscribe", "preferences", "email"];

/// Walks the templates of one letter.
pub(super) struct Walk<'w, 't> {
    layout: &'w BTreeMap<&'t str, Page<'t>>,
    root: Scopes,
    /// The plural forms of the language that is read; nothing in a letter, which is of no language.
    plurals: &'w [&'static str],
    found: &'w mut Vec<Mistake>,
    stack: Vec<String>,
}

/// A template file, or a text of a strings file, that is being walked.
#[derive(Clone, Copy)]
struct File<'f> {
    source: &'f Source,
    /// Where the template begins in the file.
    start: Position,
    /// The template itself.
    text: &'f str,
    /// Its attributes that hold URLs.
    urls: &'f [std::ops::Range<usize>],
    /// What a partial's block may say.
    has_block: bool,
}

impl<'w, 't> Walk<'w, 't> {
    pub(super) fn new(layout: &'w BTreeMap<&'t str, Page<'t>>, shape: &Shape, found: &'w mut Vec<Mistake>) -> Self {
        Self { layout, root: Scopes::root(shape), plurals: &[], found, stack: Vec::new() }
    }

    /// For texts of a language with these plural forms.
    pub(super) fn in_language(mut self, plurals: &'w [&'static str]) -> Self {
        self.plurals = plurals;
        self
    }

    /// Walks a letter.
    pub(super) fn page(&mut self, page: &Page<'t>) {
        let scopes = self.root.clone();
        self.template(&page.template, file(page, false), &scopes, 0);
    }

    /// Walks one text of a strings file. `source` is the file, `start` where the text begins in it.
    pub(super) fn text(&mut self, template: &Template, source: &Source, start: Position, text: &str) {
        let scopes = self.root.clone();
        self.template(template, File { source, start, text, urls: &[], has_block: false }, &scopes, 0);
    }

    fn template(&mut self, template: &Template, file: File<'_>, scopes: &Scopes, outer: usize) {
        for (index, element) in template.elements.iter().enumerate() {
            let place = template.mapping.get(index).map(|mapping| Position { line: mapping.0, column: mapping.1 });
            let at = place.map_or(outer, |place| place.byte(file.text));
            match element {
                TemplateElement::Expression(expression) => self.expression(expression, file, scopes, at),
                TemplateElement::HtmlExpression(_) => {
                    self.wrong(file, at, "three braces put a value in unescaped: use two");
                }
                TemplateElement::HelperBlock(block) => self.block(block, file, scopes, at),
                TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                    self.partial(partial, file, scopes, at);
                }
                TemplateElement::DecoratorExpression(_) | TemplateElement::DecoratorBlock(_) => {
                    self.wrong(file, at, "decorators are not used in letters: put a partial into `layout/`");
                }
                // Text and comments say nothing of the view.
                _ => {}
            }
        }
    }

    /// `{{value}}` or `{{helper value}}`.
    fn expression(&mut self, expression: &HelperTemplate, file: File<'_>, scopes: &Scopes, at: usize) {
        let raw = match &expression.name {
            Parameter::Path(path) => raw(path),
            name => name.as_name().unwrap_or_default(),
        };
        let called = !expression.params.is_empty() || !expression.hash.is_empty();
        let in_url = |at: &usize| file.urls.iter().any(|url| url.contains(at));
        if let Some(kind) = Kind::named(raw).filter(|_| called) {
            let meaning = self.call(kind, &expression.params, &expression.hash, file, scopes, at);
            if meaning.is_some_and(|meaning| matches!(meaning.shape, Shape::List(_))) {
                self.wrong(file, at, format!("`{raw}` makes a list: go through it with {{{{#each ({raw} ...)}}}}"));
            } else if in_url(&at) && kind != Kind::Link {
                self.wrong(file, at, format!("`{raw}` makes no URL: only a URL stands in an attribute that links"));
            }
            return;
        }
        if called {
            return self.wrong(file, at, no_helper(raw));
        }
        if Kind::named(raw).is_some() {
            let message = format!("`{raw}` is a helper and takes a value: a field of this name is {{{{this.{raw}}}}}");
            return self.wrong(file, at, message);
        }
        let at = place_of(file.text, at, raw);
        match scopes.resolve(raw) {
            Err(message) => self.wrong(file, at, message),
            Ok(meaning) => {
                if let Some(message) = helpers::shown_by(&meaning.shape, raw) {
                    return self.wrong(file, at, message);
                }
                match &meaning.shape {
                    Shape::Maybe(_) => return self.wrong(file, at, missing(raw, meaning.path.as_deref())),
                    Shape::Flag => {
                        return self.wrong(file, at, format!("`{raw}` is yes or no: ask it with {{{{#if {raw}}}}}"));
                    }
                    Shape::List(_) => {
                        return self.wrong(
                            file,
                            at,
                            format!("`{raw}` is a list: go through it with {{{{#each {raw}}}}}"),
                        );
                    }
                    Shape::Fields(_) => {
                        return self.wrong(file, at, format!("`{raw}` has fields of its own: name one of them"));
                    }
                    _ => {}
                }
                if in_url(&at) && !is_url(&meaning) {
                    self.wrong(file, at, format!("`{raw}` is no URL: only a URL stands in an attribute that links"));
                }
            }
        }
    }

    /// `{{#if}}`, `{{#unless}}`, `{{#each}}`, `{{#with}}`.
    fn block(&mut self, block: &HelperTemplate, file: File<'_>, scopes: &Scopes, at: usize) {
        let helper = block.name.as_name().unwrap_or_default();
        let at = place_of(file.text, at, helper);
        if !matches!(helper, "if" | "unless" | "each" | "with") {
            let hint = shop::nearest(helper, ["if", "unless", "each", "with"]).map_or_else(
                || ": use if, unless, each or with".to_owned(),
                |name| format!(": did you mean `{name}`?"),
            );
            return self.wrong(file, at, format!("no helper `{helper}`{hint}"));
        }
        if block.block_param.is_some() || !block.hash.is_empty() {
            self.wrong(file, at, format!("{{{{#{helper}}}}} takes one value and nothing else"));
        }
        let [param] = &block.params[..] else {
            return self.wrong(file, at, format!("{{{{#{helper}}}}} takes one value"));
        };
        let Some(meaning) = self.parameter(param, file, scopes, at) else {
            // The value is told already; what stands inside is told as if it were a text.
            return;
        };
        let (inner, inverse) = match (helper, &meaning.shape) {
            ("if", _) => (scopes.knowing(&meaning), scopes.clone()),
            ("unless", _) => (scopes.clone(), scopes.knowing(&meaning)),
            ("each", Shape::List(item)) => {
                let path = meaning.path.as_ref().map(|path| format!("{path}[]"));
                (scopes.within(Meaning { shape: (**item).clone(), path }, true), scopes.clone())
            }
            ("with", Shape::Fields(_)) => (scopes.within(meaning.clone(), false), scopes.clone()),
            (_, Shape::Maybe(_)) => {
                let raw = path_of(param).unwrap_or_default();
                return self.wrong(file, place_of(file.text, at, raw), missing(raw, meaning.path.as_deref()));
            }
            _ => {
                let raw = path_of(param).unwrap_or_default();
                let what = if helper == "each" { "a list" } else { "something with fields" };
                return self.wrong(
                    file,
                    place_of(file.text, at, raw),
                    format!("{{{{#{helper}}}}} takes {what}, and `{raw}` is none"),
                );
            }
        };
        if let Some(template) = &block.template {
            self.template(template, file, &inner, at);
        }
        if let Some(template) = &block.inverse {
            self.template(template, file, &inverse, at);
        }
    }

    /// `{{> partial}}` and `{{#> partial}}`.
    fn partial(&mut self, partial: &DecoratorTemplate, file: File<'_>, scopes: &Scopes, at: usize) {
        let Some(name) = partial_name(partial) else {
            return self.wrong(file, at, "the name of a partial is written out");
        };
        let name = name.to_owned();
        if name == BLOCK {
            if !file.has_block {
                self.wrong(file, at, "there is no block here: this file is included without one");
            }
            return;
        }
        let mut params = BTreeMap::new();
        for (key, param) in sorted(&partial.hash) {
            if let Some(meaning) = self.parameter(param, file, scopes, at) {
                params.insert(key.clone(), meaning);
            } else {
                params.insert(key.clone(), Meaning::text());
            }
        }
        let base = match &partial.params[..] {
            [] => None,
            [param] => self.parameter(param, file, scopes, at),
            _ => return self.wrong(file, at, "a partial takes one value, and parameters with names"),
        };
        let inner = scopes.within_partial(base, params);
        if let Some(block) = &partial.template {
            self.template(block, file, &inner, at);
        }
        // A missing partial is told with the nearest right one where the MJML is checked.
        let layout = self.layout;
        let Some(page) = layout.get(name.as_str()) else { return };
        if self.stack.contains(&name) {
            return;
        }
        self.stack.push(name);
        self.template(&page.template, self::file(page, partial.template.is_some()), &inner, 0);
        self.stack.pop();
    }

    /// What a parameter means; `None` where that is a mistake, which is told.
    fn parameter(&mut self, param: &Parameter, file: File<'_>, scopes: &Scopes, at: usize) -> Option<Meaning> {
        match param {
            Parameter::Literal(_) => Some(Meaning::text()),
            Parameter::Path(path) => {
                let raw = raw(path);
                match scopes.resolve(raw) {
                    Ok(meaning) => Some(meaning),
                    Err(message) => {
                        self.wrong(file, place_of(file.text, at, raw), message);
                        None
                    }
                }
            }
            Parameter::Subexpression(inner) => {
                let params = inner.params().map_or(&[][..], Vec::as_slice);
                let none = HashMap::new();
                let Some(kind) = Kind::named(inner.name()) else {
                    self.wrong(file, at, no_helper(inner.name()));
                    return None;
                };
                self.call(kind, params, inner.hash().unwrap_or(&none), file, scopes, at)
            }
            other => {
                self.wrong(file, at, no_helper(other.as_name().unwrap_or_default()));
                None
            }
        }
    }

    /// A call of a helper; `None` where its value is a mistake, which is told.
    fn call(
        &mut self,
        kind: Kind,
        params: &[Parameter],
        hash: &HashMap<String, Parameter>,
        file: File<'_>,
        scopes: &Scopes,
        at: usize,
    ) -> Option<Meaning> {
        let name = kind.name();
        let at = place_of(file.text, at, name);
        if kind == Kind::Plural && self.plurals.is_empty() {
            self.wrong(file, at, "a plural is copy, and stands in strings.<locale>.toml");
            return None;
        }
        let [value] = params else {
            self.wrong(file, at, format!("`{name}` takes one value"));
            return None;
        };
        self.arguments(kind, hash, file, at);
        let meaning = self.parameter(value, file, scopes, at)?;
        let raw = path_of(value).unwrap_or(name);
        if let Shape::Maybe(_) = meaning.shape {
            self.wrong(file, place_of(file.text, at, raw), missing(raw, meaning.path.as_deref()));
            return None;
        }
        if let Err(what) = helpers::takes(kind, &meaning.shape) {
            self.wrong(file, place_of(file.text, at, raw), format!("`{name}` takes {what}, and `{raw}` is none"));
            return None;
        }
        Some(helpers::makes(kind, &meaning))
    }

    /// The arguments with names of a helper: those that it takes, written out; of a plural, every form of the language.
    fn arguments(&mut self, kind: Kind, hash: &HashMap<String, Parameter>, file: File<'_>, at: usize) {
        let taken = helpers::arguments(kind, self.plurals);
        for (key, param) in sorted(hash) {
            let value = match param {
                Parameter::Literal(value) => value.as_str(),
                _ => None,
            };
            let message = match value {
                _ if !taken.contains(&key.as_str()) => {
                    let of = if taken.is_empty() { "nothing beside its value".to_owned() } else { taken.join(", ") };
                    Some(format!("`{}` takes no `{key}`: it takes {of}", kind.name()))
                }
                None => Some(format!("`{key}` is a text in quotes")),
                Some(value) => helpers::argument(kind, key, value).err(),
            };
            if let Some(message) = message {
                self.wrong(file, place_of(file.text, at, key), message);
            }
        }
        for form in taken.iter().filter(|form| kind == Kind::Plural && !hash.contains_key(**form)) {
            self.wrong(file, at, format!("the form `{form}` is missing: this language has {}", taken.join(", ")));
        }
    }

    fn wrong(&mut self, file: File<'_>, at: usize, message: impl Into<String>) {
        let place = file.start.inside(file.text, at);
        self.found.push(Mistake::at(&file.source.path, place, message));
    }
}

fn file<'f>(page: &'f Page<'_>, has_block: bool) -> File<'f> {
    File { source: page.source, start: Position::START, text: &page.source.text, urls: &page.outline.urls, has_block }
}

/// What to say of something that is called and is no helper.
fn no_helper(name: &str) -> String {
    let names = Kind::ALL.iter().map(|(name, _)| *name);
    let hint = shop::nearest(name, names.clone()).map_or_else(
        || format!(": there is {}", names.collect::<Vec<_>>().join(", ")),
        |name| format!(": did you mean `{name}`?"),
    );
    format!("`{name}` is no helper{hint}")
}

/// Whether this may stand in an attribute that holds a URL.
fn is_url(meaning: &Meaning) -> bool {
    let last = meaning.path.as_deref().unwrap_or_default().rsplit('.').next().unwrap_or_default();
    URL_FIELDS.contains(&last)
}

/// The path as it is written.
fn raw(path: &Path) -> &str {
    match path {
        Path::Relative((_, raw)) | Path::Local((_, _, raw)) => raw,
    }
}

fn path_of(param: &Parameter) -> Option<&str> {
    match param {
        Parameter::Path(path) => Some(raw(path)),
        _ => None,
    }
}

/// Where a name stands, from `at` on: a compiled template knows where an expression begins, not where its names are.
fn place_of(text: &str, at: usize, name: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || "_-.@/".contains(c);
    let rest = text.get(at..).unwrap_or_default();
    let whole = rest.match_indices(name).find(|(found, _)| {
        let before = rest[..*found].chars().next_back();
        let after = rest[found + name.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    });
    whole.map_or(at, |(found, _)| at + found)
}

fn sorted(hash: &std::collections::HashMap<String, Parameter>) -> BTreeMap<&String, &Parameter> {
    hash.iter().collect()
}
