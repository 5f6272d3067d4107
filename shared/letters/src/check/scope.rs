//! What a name means at a place of a template.

use std::collections::BTreeMap;

use shop::nearest;

use super::shape::Shape;

/// A value that a name stands for, and where in the view it comes from: none for a literal.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    pub(super) shape: Shape,
    pub(super) path: Option<String>,
}

impl Meaning {
    /// A text that is written out, or made by a helper.
    pub(super) fn text() -> Self {
        Self { shape: Shape::Text, path: None }
    }
}

/// One block: its own value, and the parameters that a partial was given.
#[derive(Debug, Clone)]
struct Scope {
    base: Meaning,
    params: BTreeMap<String, Meaning>,
    in_each: bool,
}

/// All blocks that are open, outermost first, and what was asked for on the way.
#[derive(Debug, Clone)]
pub(super) struct Scopes {
    scopes: Vec<Scope>,
    /// Paths that are known to be there: a template asked.
    asked: Vec<String>,
}

impl Scopes {
    pub(super) fn root(shape: &Shape) -> Self {
        let base = Meaning { shape: shape.clone(), path: Some(String::new()) };
        Self { scopes: vec![Scope { base, params: BTreeMap::new(), in_each: false }], asked: Vec::new() }
    }

    /// These scopes within `{{#each}}` or `{{#with}}`.
    pub(super) fn within(&self, base: Meaning, each: bool) -> Self {
        let mut inner = self.clone();
        let in_each = each || self.in_each();
        inner.scopes.push(Scope { base, params: BTreeMap::new(), in_each });
        inner
    }

    /// These scopes within a partial that was given parameters, and perhaps a value of its own.
    pub(super) fn within_partial(&self, base: Option<Meaning>, params: BTreeMap<String, Meaning>) -> Self {
        let mut inner = self.clone();
        let base = base.unwrap_or_else(|| self.base());
        let in_each = self.in_each();
        inner.scopes.push(Scope { base, params, in_each });
        inner
    }

    /// These scopes where `meaning` is known to be there.
    pub(super) fn knowing(&self, meaning: &Meaning) -> Self {
        let mut inner = self.clone();
        inner.asked.extend(meaning.path.clone());
        inner
    }

    fn in_each(&self) -> bool {
        self.scopes.last().is_some_and(|scope| scope.in_each)
    }

    fn base(&self) -> Meaning {
        self.scopes.last().map_or_else(Meaning::text, |scope| scope.base.clone())
    }

    /// What a path means here. Where it may be missing and nobody asked, its shape says so.
    pub(super) fn resolve(&self, raw: &str) -> Result<Meaning, String> {
        if raw.starts_with("..") || raw.contains("/..") {
            return Err(format!("`{raw}`: say `@root.` and the whole path, which is right in every block"));
        }
        if let Some(local) = raw.strip_prefix('@').filter(|local| !local.starts_with("root")) {
            let known = matches!(local, "index" | "first" | "last") && self.in_each();
            let meaning = if local == "index" { Shape::Text } else { Shape::Flag };
            return if known {
                Ok(Meaning { shape: meaning, path: None })
            } else {
                Err(format!("there is no `{raw}` here"))
            };
        }
        let path = raw.trim_start_matches("./");
        let path = path.strip_prefix("this.").or_else(|| path.strip_prefix("this/")).unwrap_or(path);
        let mut names = path.split(['.', '/']);
        if path == "this" || path.is_empty() {
            return Ok(self.base());
        }
        if let Some(rest) = path.strip_prefix("@root") {
            let root = self.scopes.first().map_or_else(Meaning::text, |scope| scope.base.clone());
            return self.descend(root, rest.trim_start_matches(['.', '/']).split(['.', '/']), raw);
        }
        let first = names.next().unwrap_or_default();
        match self.param(first)? {
            Some(param) => self.descend(param, names, raw),
            None => self.descend(self.base(), std::iter::once(first).chain(names), raw),
        }
    }

    /// The parameter of this name, the innermost first.
    fn param(&self, name: &str) -> Result<Option<Meaning>, String> {
        let found =
            self.scopes.iter().enumerate().rev().find_map(|(depth, scope)| Some((depth, scope.params.get(name)?)));
        let Some((depth, param)) = found else { return Ok(None) };
        let inner = depth + 1 < self.scopes.len();
        let own_field = matches!(&self.base().shape, Shape::Fields(fields) if fields.contains_key(name));
        let of_block = self.scopes.last().is_some_and(|scope| scope.params.is_empty());
        // Handlebars finds a partial's parameter before the field of an inner block.
        if inner && own_field && of_block && self.base().path != self.scopes[depth].base.path {
            return Err(format!(
                "`{name}` is a parameter of this partial and hides the field `{name}`: name the parameter otherwise"
            ));
        }
        Ok(Some(param.clone()))
    }

    fn descend<'n>(&self, from: Meaning, names: impl Iterator<Item = &'n str>, raw: &str) -> Result<Meaning, String> {
        let mut at = self.asked_for(from);
        for name in names {
            let fields = match &at.shape {
                Shape::Fields(fields) => fields,
                Shape::Maybe(_) => return Err(missing(raw, at.path.as_deref())),
                Shape::List(_) => {
                    return Err(format!(
                        "`{raw}`: what stands before `{name}` is a list: go through it with {{{{#each}}}}"
                    ));
                }
                Shape::Text | Shape::Flag | Shape::Number | Shape::Money | Shape::Date => {
                    return Err(format!("`{raw}`: what stands before `{name}` has no fields"));
                }
            };
            let Some(shape) = fields.get(name) else {
                let params = self.scopes.iter().flat_map(|scope| scope.params.keys()).map(String::as_str);
                return Err(unknown(raw, name, at.path.as_deref(), fields, params));
            };
            let path =
                at.path.as_ref().map(|path| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") });
            at = self.asked_for(Meaning { shape: shape.clone(), path });
        }
        Ok(at)
    }

    /// Takes the doubt off a value that a template asked for.
    fn asked_for(&self, meaning: Meaning) -> Meaning {
        match meaning.shape {
            Shape::Maybe(inner) if meaning.path.as_ref().is_some_and(|path| self.asked.contains(path)) => {
                Meaning { shape: (*inner).clone(), path: meaning.path }
            }
            shape => Meaning { shape, path: meaning.path },
        }
    }
}

/// What to say of a value that may be missing.
pub(super) fn missing(raw: &str, path: Option<&str>) -> String {
    let asked = path.filter(|path| !path.is_empty() && !path.contains("[]")).unwrap_or(raw);
    format!("`{asked}` may be missing: put this into {{{{#if {asked}}}}}")
}

/// What to say of a name that nothing has. `params` are the parameters of the partials that are open.
fn unknown<'p>(
    raw: &str,
    name: &str,
    path: Option<&str>,
    fields: &'p BTreeMap<String, Shape>,
    params: impl Iterator<Item = &'p str>,
) -> String {
    let here = match path {
        Some("t") => "no text".to_owned(),
        Some("words") => "no word".to_owned(),
        _ => "no field".to_owned(),
    };
    let hint = nearest(name, fields.keys().map(String::as_str).chain(params));
    let hint = hint.map_or_else(
        || {
            let names: Vec<&str> = fields.keys().take(12).map(String::as_str).collect();
            format!(": there is {}", names.join(", "))
        },
        |name| format!(": did you mean `{name}`?"),
    );
    let of = if raw == name { String::new() } else { format!(" in `{raw}`") };
    format!("{here} `{name}`{of}{hint}")
}
