//! Operators and functions: what they take, and what they give.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators as op};

use super::{Checker, Found, unknown, wrong};
use crate::condition::evaluate::Name;
use crate::condition::{BadCondition, Kind, Pattern};

/// The functions, for the nearest right word.
const FUNCTIONS: [&str; 13] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "exists",
    "all",
    "exists_one",
    "filter",
    "map",
    "has",
    "int",
    "double",
];
/// Those that the parser takes apart; one that is left has the wrong arguments.
const MACROS: [&str; 6] = ["exists", "all", "exists_one", "filter", "map", "has"];

impl Checker<'_> {
    pub(super) fn call(&mut self, tree: &mut IdedExpr) -> Found {
        let (place, begins) = (self.place(tree.id), self.begin(tree));
        let Expr::Call(call) = &mut tree.expr else { return Err(wrong(begins, "this is no call")) };
        let name = call.func_name.clone();
        match (name.as_str(), &mut call.target, call.args.as_mut_slice()) {
            (op::LOGICAL_AND | op::LOGICAL_OR, None, [a, b]) => {
                self.yes_or_no(a)?;
                self.yes_or_no(b)
            }
            (op::LOGICAL_NOT | op::NOT_STRICTLY_FALSE, None, [a]) => self.yes_or_no(a),
            (op::CONDITIONAL, None, [asked, yes, no]) => {
                self.yes_or_no(asked)?;
                let begins = self.begin(no);
                let (yes, no) = (self.kind(yes)?, self.kind(no)?);
                yes.both(&no)
                    .ok_or_else(|| wrong(begins, format!("this is {no}, and what stands before the `:` is {yes}")))
            }
            (op::EQUALS | op::NOT_EQUALS, None, [a, b]) => {
                let (a, b) = (self.kind(a)?, self.kind(b)?);
                if a.compares_with(&b) {
                    return Ok(Kind::Bool);
                }
                Err(wrong(place, format!("{a} and {b} are never the same")))
            }
            (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, None, [a, b]) => {
                let (a, b) = (self.kind(a)?, self.kind(b)?);
                if a.is_number() && b.is_number() || a == Kind::Text && b == Kind::Text {
                    return Ok(Kind::Bool);
                }
                Err(wrong(place, format!("two numbers or two texts are compared, and these are {a} and {b}")))
            }
            (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, None, [a, b]) => {
                let (a, b) = (self.kind(a)?, self.kind(b)?);
                sum(&name, &a, &b).ok_or_else(|| wrong(place, no_sum(&name, &a, &b)))
            }
            (op::NEGATE, None, [a]) => match self.kind(a)? {
                kind @ (Kind::Int | Kind::Double) => Ok(kind),
                other => Err(wrong(place, format!("`-` takes a number, and this is {other}"))),
            },
            (op::IN, None, [item, list]) => {
                let (item, list) = (self.kind(item)?, self.kind(list)?);
                match list.items() {
                    Some(items) if items.compares_with(&item) => Ok(Kind::Bool),
                    Some(_) => Err(wrong(place, format!("{item} is never in {list}"))),
                    None => {
                        Err(wrong(place, format!("`in` looks into a list, and this is {list}; a text has `contains`")))
                    }
                }
            }
            (op::INDEX, None, [list, at]) => {
                let begins = self.begin(at);
                let (list, at) = (self.kind(list)?, self.kind(at)?);
                match (list.items(), at) {
                    (Some(items), Kind::Int) => Ok(items),
                    (Some(_), other) => {
                        Err(wrong(begins, format!("the items of a list have whole numbers, not {other}")))
                    }
                    (None, _) => Err(wrong(place, format!("only a list has items, and this is {list}"))),
                }
            }
            _ => self.function(tree),
        }
    }

    /// Something that must be yes or no.
    fn yes_or_no(&mut self, tree: &mut IdedExpr) -> Found {
        let begins = self.begin(tree);
        match self.kind(tree)? {
            Kind::Bool => Ok(Kind::Bool),
            other => Err(wrong(begins, format!("yes or no (bool) stands here, and this is {other}"))),
        }
    }

    fn function(&mut self, tree: &mut IdedExpr) -> Found {
        let open = self.place(tree.id);
        let Expr::Call(call) = &mut tree.expr else { return Err(wrong(open, "this is no call")) };
        let CallExpr { func_name: name, target, args } = call;
        let place = self.before(open, name);
        match (name.as_str(), target.as_deref_mut(), args.as_mut_slice()) {
            ("size", Some(of), []) | ("size", None, [of]) => match self.kind(of)? {
                Kind::Text | Kind::Texts | Kind::List(_) => Ok(Kind::Int),
                other => Err(wrong(place, format!("`size` is of a text or a list, and this is {other}"))),
            },
            ("contains" | "startsWith" | "endsWith", Some(text), [part]) => {
                self.text(place, text)?;
                self.text(place, part)?;
                Ok(Kind::Bool)
            }
            ("matches", Some(text), [pattern]) => {
                self.text(place, text)?;
                let (text, pattern) = (text.clone(), self.pattern(pattern)?);
                let pattern = IdedExpr { id: tree.id, expr: Expr::Ident(pattern.in_tree()) };
                let call = CallExpr { func_name: op::IN.to_owned(), target: None, args: vec![text, pattern] };
                tree.expr = Expr::Call(call);
                Ok(Kind::Bool)
            }
            ("int" | "double", None, [of]) => {
                let gives = if name == "int" { Kind::Int } else { Kind::Double };
                let kind = self.kind(of)?;
                if kind.is_number() {
                    return Ok(gives);
                }
                Err(wrong(place, format!("`{name}` is of a number, and this is {kind}")))
            }
            (name, _, _) if MACROS.contains(&name) => Err(wrong(
                place,
                format!(
                    "`{name}` is written otherwise, such as `customer.products.exists(p, p == 'TEA')` or `has(customer.country)`"
                ),
            )),
            (name, _, _) if FUNCTIONS.contains(&name) => Err(wrong(
                place,
                format!(
                    "`{name}` is written otherwise, such as `customer.locale.startsWith('en')` or `size(customer.products)`"
                ),
            )),
            (name, _, _) => Err(unknown(place, "function", name, FUNCTIONS.map(str::to_owned).to_vec())),
        }
    }

    fn text(&mut self, place: usize, tree: &mut IdedExpr) -> Result<(), BadCondition> {
        match self.kind(tree)? {
            Kind::Text => Ok(()),
            other => Err(wrong(place, format!("this takes texts, and finds {other}"))),
        }
    }

    fn pattern(&mut self, tree: &IdedExpr) -> Result<Name, BadCondition> {
        let place = self.begin(tree);
        let Expr::Literal(LiteralValue::String(raw)) = &tree.expr else {
            return Err(wrong(place, "the pattern of `matches` is a literal, in quotes"));
        };
        self.patterns.push(Pattern::compile(raw.inner()).map_err(|message| wrong(place, message))?);
        Ok(Name::Pattern(self.patterns.len() - 1))
    }

    /// Where the name stands that ends before a bracket.
    fn before(&self, open: usize, name: &str) -> usize {
        self.text.get(..open).and_then(|before| before.rfind(name)).unwrap_or(open)
    }
}

/// What two values come to.
fn sum(name: &str, a: &Kind, b: &Kind) -> Option<Kind> {
    match (a, b) {
        (Kind::Int, Kind::Int) | (Kind::Uint, Kind::Uint) => Some(a.clone()),
        (Kind::Double, Kind::Double) if name != op::MODULO => Some(Kind::Double),
        (Kind::Text, Kind::Text) if name == op::ADD => Some(Kind::Text),
        _ if name == op::ADD && a.items().is_some() => a.both(b),
        _ => None,
    }
}

fn no_sum(name: &str, a: &Kind, b: &Kind) -> String {
    let sign = name.trim_matches('_');
    if a.is_number() && b.is_number() && sign != "%" {
        return format!(
            "`{sign}` takes two numbers of one type, and these are {a} and {b}: write `2.0`, or `double(...)`"
        );
    }
    format!("`{sign}` does not take {a} and {b}")
}
