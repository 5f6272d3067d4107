//! The checker: a walk of the syntax tree that finds the type of everything, and puts numbers where names stood.

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo};

use super::evaluate::Name;
use super::{BadCondition, Condition, Kind, Names, Pattern, Problem, VARIABLES};
use crate::ids::SegmentName;

mod calls;
mod text;

pub(super) use text::{look_over, syntax};

/// How deep the tree may be: evaluation takes stack for each level.
const MAX_DEPTH: usize = 64;
/// How many lists may be gone through within each other: each of them makes it longer by what the list holds.
const MAX_LOOPS: usize = 2;

/// The roots of all names.
const ROOTS: [&str; 3] = ["customer", "order", "segment"];

/// What is known of a text while it is checked.
pub(super) struct Checker<'a> {
    text: &'a str,
    source: SourceInfo,
    names: &'a Names<'a>,
    /// The variables that macros bind, the innermost last.
    scope: Vec<(String, Kind)>,
    depth: usize,
    loops: usize,
    pub(super) segments: Vec<(SegmentName, Condition)>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) ages: bool,
}

type Found = Result<Kind, BadCondition>;

impl<'a> Checker<'a> {
    pub(super) fn new(text: &'a str, source: SourceInfo, names: &'a Names<'a>) -> Self {
        Self {
            text,
            source,
            names,
            scope: Vec::new(),
            depth: 0,
            loops: 0,
            segments: Vec::new(),
            patterns: Vec::new(),
            ages: false,
        }
    }

    /// The whole of it, which must be yes or no.
    pub(super) fn condition(&mut self, tree: &mut IdedExpr) -> Result<(), BadCondition> {
        let begins = self.begin(tree);
        match self.kind(tree)? {
            Kind::Bool => Ok(()),
            other => Err(wrong(begins, format!("a condition is yes or no (bool), and this is {other}"))),
        }
    }

    fn kind(&mut self, tree: &mut IdedExpr) -> Found {
        if self.depth >= MAX_DEPTH {
            return Err(wrong(self.begin(tree), "this is nested too deeply"));
        }
        self.depth += 1;
        let kind = self.kind_of(tree);
        self.depth -= 1;
        kind
    }

    fn kind_of(&mut self, tree: &mut IdedExpr) -> Found {
        let (id, begins) = (tree.id, self.place(tree.id));
        match &mut tree.expr {
            Expr::Literal(literal) => literal_kind(literal).ok_or_else(|| {
                wrong(
                    begins,
                    "this is not used here: texts, numbers, true and false are; what is absent is asked by `has()`",
                )
            }),
            Expr::Ident(name) => self.bound(name).ok_or_else(|| self.unknown_name(begins, name)),
            Expr::Select(select) => {
                let (kind, name) = self.field(id, select)?;
                tree.expr = Expr::Ident(name.in_tree());
                Ok(kind)
            }
            Expr::List(list) if list.optional_indices.is_empty() => {
                let mut items = Kind::Any;
                for element in &mut list.elements {
                    let begins = self.begin(element);
                    let kind = self.kind(element)?;
                    items = items
                        .both(&kind)
                        .ok_or_else(|| wrong(begins, format!("this is {kind} in a list of {items}")))?;
                }
                Ok(items.list())
            }
            Expr::Call(_) => self.call(tree),
            Expr::Comprehension(comprehension) => self.comprehension(begins, comprehension),
            Expr::List(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(wrong(begins, "this is not used in conditions"))
            }
        }
    }

    fn bound(&self, name: &str) -> Option<Kind> {
        self.scope.iter().rev().find(|(bound, _)| bound == name).map(|(_, kind)| kind.clone())
    }

    /// A field behind a dot, or the question whether there is one: which variable or segment it is.
    fn field(&mut self, id: u64, select: &SelectExpr) -> Result<(Kind, Name), BadCondition> {
        let operand = select.operand.id;
        let root = match &select.operand.expr {
            Expr::Ident(name) if self.bound(name).is_none() => name.as_str(),
            _ => return Err(wrong(self.place(id), "only `customer`, `order` and `segment` have fields")),
        };
        let place = self.behind_dot(operand);
        match root {
            "segment" if select.test => {
                Err(wrong(self.place(operand), "`has()` asks for what may be absent: a segment is there, or unknown"))
            }
            "segment" => self.segment(place, &select.field),
            "order" if !self.names.order => Err(wrong(
                self.place(operand),
                "there is no `order` here: only a flow whose trigger is always about one has it",
            )),
            "customer" | "order" => {
                let of_root = |(_, variable): &(usize, &super::Variable)| variable.root() == root;
                let mut all = VARIABLES.iter().enumerate().filter(of_root);
                let Some((at, variable)) = all.clone().find(|(_, variable)| variable.field() == select.field) else {
                    let what = if root == "order" { "field of `order`" } else { "field of `customer`" };
                    let known = all.by_ref().map(|(_, variable)| variable.field().to_owned()).collect();
                    return Err(unknown(place, what, &select.field, known));
                };
                self.ages |= variable.is_age;
                if select.test {
                    Ok((Kind::Bool, Name::Has(at)))
                } else {
                    Ok((variable.kind.clone(), Name::Variable(at)))
                }
            }
            name => Err(self.unknown_name(self.place(operand), name)),
        }
    }

    fn segment(&mut self, place: usize, field: &str) -> Result<(Kind, Name), BadCondition> {
        let Some((name, condition)) = self.names.segments.iter().find(|(name, _)| name.as_str() == field) else {
            let known = self.names.segments.keys().map(|name| name.as_str().to_owned()).collect();
            return Err(unknown(place, "segment", field, known));
        };
        self.ages |= condition.looks_at_ages();
        let at = self.segments.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.segments.push((name.clone(), condition.clone()));
            self.segments.len() - 1
        });
        Ok((Kind::Bool, Name::Segment(at)))
    }

    fn unknown_name(&self, place: usize, name: &str) -> BadCondition {
        if ROOTS.contains(&name) {
            return wrong(place, format!("`{name}` is named with a field, such as `{name}.{}`", example(name)));
        }
        let sayable = VARIABLES.iter().filter(|variable| self.names.order || !variable.needs_order());
        let whole = sayable.filter(|variable| variable.field() == name);
        let mut known: Vec<String> = whole.map(|variable| variable.name.to_owned()).collect();
        if known.is_empty() {
            let is_there = |root: &&str| match *root {
                "order" => self.names.order,
                "segment" => !self.names.segments.is_empty(),
                _ => true,
            };
            known.extend(ROOTS.into_iter().filter(is_there).map(str::to_owned));
            known.extend(self.scope.iter().map(|(bound, _)| bound.clone()).filter(|bound| !bound.starts_with('@')));
        }
        unknown(place, "name", name, known)
    }

    /// A list that is gone through: `exists` and its kind. The parser has taken it apart already.
    fn comprehension(&mut self, place: usize, of: &mut ComprehensionExpr) -> Found {
        let begins = self.begin(&of.iter_range);
        let list = self.kind(&mut of.iter_range)?;
        let items =
            list.items().ok_or_else(|| wrong(begins, format!("only a list is gone through, and this is {list}")))?;
        if ROOTS.contains(&of.iter_var.as_str()) || self.bound(&of.iter_var).is_some() || of.iter_var2.is_some() {
            return Err(wrong(place, format!("`{}` has a meaning already: take another name", of.iter_var)));
        }
        if self.loops >= MAX_LOOPS {
            return Err(wrong(begins, format!("at most {MAX_LOOPS} lists are gone through within each other")));
        }
        self.loops += 1;
        let scope = self.scope.len();
        let begun = self.kind(&mut of.accu_init)?;
        self.scope.push((of.accu_var.clone(), begun.clone()));
        self.scope.push((of.iter_var.clone(), items));
        self.kind(&mut of.loop_cond)?;
        let step = self.kind(&mut of.loop_step)?;
        let gathered = begun.both(&step).ok_or_else(|| wrong(begins, format!("this gathers {step} into {begun}")))?;
        self.scope.truncate(scope);
        self.scope.push((of.accu_var.clone(), gathered));
        let result = self.kind(&mut of.result);
        self.scope.truncate(scope);
        self.loops -= 1;
        result
    }

    /// Where the first word of a part of the tree stands.
    fn begin(&self, tree: &IdedExpr) -> usize {
        let own = self.place(tree.id);
        match &tree.expr {
            Expr::Select(select) => self.begin(&select.operand).min(own),
            Expr::Call(CallExpr { target: Some(target), .. }) => self.begin(target).min(own),
            Expr::Call(call) => call.args.first().map_or(own, |first| self.begin(first).min(own)),
            Expr::Comprehension(comprehension) => self.begin(&comprehension.iter_range).min(own),
            _ => own,
        }
    }

    /// Where the word of a node stands.
    fn place(&self, id: u64) -> usize {
        self.source.offset_for(id).map_or(0, |(start, _)| text::byte_of(self.text, start))
    }

    /// Where the word behind a name and its dot stands.
    fn behind_dot(&self, id: u64) -> usize {
        let from = self.place(id);
        let rest = self.text.get(from..).unwrap_or_default();
        let Some(dot) = rest.find('.') else { return from };
        let behind = rest[dot + 1..].len() - rest[dot + 1..].trim_start().len();
        from + dot + 1 + behind
    }
}

fn literal_kind(literal: &LiteralValue) -> Option<Kind> {
    match literal {
        LiteralValue::Boolean(_) => Some(Kind::Bool),
        LiteralValue::Double(_) => Some(Kind::Double),
        LiteralValue::Int(_) => Some(Kind::Int),
        LiteralValue::UInt(_) => Some(Kind::Uint),
        LiteralValue::String(_) => Some(Kind::Text),
        LiteralValue::Bytes(_) | LiteralValue::Null => None,
    }
}

fn example(root: &str) -> &'static str {
    match root {
        "segment" => "vip",
        "order" => "total",
        _ => "orders",
    }
}

fn wrong(byte: usize, message: impl Into<String>) -> BadCondition {
    BadCondition { byte, problem: Problem::Other(message.into()) }
}

fn unknown(byte: usize, what: &'static str, word: &str, known: Vec<String>) -> BadCondition {
    BadCondition { byte, problem: Problem::Unknown { what, word: word.to_owned(), known } }
}
