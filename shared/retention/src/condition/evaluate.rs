//! Asking a checked condition about one person.

use std::sync::{Arc, LazyLock};

use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError, Value};

use super::facts::Fact;
use super::{Checked, ConditionFailed, Kind, VARIABLES, View};

/// The functions of the language. They are the same for everyone, and cost more to set up than a condition to evaluate.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// What a name of a condition stands for. In the tree it is a letter that no name of the language begins with, and a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// The value of a variable.
    Variable(usize),
    /// Whether there is one.
    Has(usize),
    /// Whether a segment holds.
    Segment(usize),
    /// A compiled pattern.
    Pattern(usize),
}

impl Name {
    /// The name as it stands in the tree.
    pub(super) fn in_tree(self) -> String {
        match self {
            Name::Variable(at) => format!("#{at}"),
            Name::Has(at) => format!("?{at}"),
            Name::Segment(at) => format!("${at}"),
            Name::Pattern(at) => format!("~{at}"),
        }
    }

    fn read(raw: &str) -> Option<Self> {
        let (mark, number) = raw.split_at_checked(1)?;
        let of = match mark {
            "#" => Name::Variable,
            "?" => Name::Has,
            "$" => Name::Segment,
            "~" => Name::Pattern,
            _ => return None,
        };
        number.parse().ok().map(of)
    }
}

/// Looks a name up when the evaluation comes to it.
struct Asked<'v> {
    condition: &'v Checked,
    view: &'v View<'v>,
}

pub(super) fn holds(condition: &Checked, view: &View<'_>) -> Result<bool, ConditionFailed> {
    let says = says(condition, view).map_err(|error| failed(condition, &error))?;
    says.ok_or_else(|| ConditionFailed("it says neither yes nor no".to_owned()))
}

/// What it says; nothing if that is neither yes nor no.
pub(super) fn says(condition: &Checked, view: &View<'_>) -> Result<Option<bool>, ExecutionError> {
    let asked = Asked { condition, view };
    let mut context = Context::with_env(Arc::clone(&LANGUAGE));
    context.set_variable_resolver(&asked);
    let says = Value::resolve_val(&condition.tree, &context)?;
    Ok(says.downcast_ref::<CelBool>().map(|says| *says.inner()))
}

/// Whether it went wrong over what it computes, and not over what is unknown.
pub(super) fn is_arithmetic(error: &ExecutionError) -> bool {
    matches!(
        error,
        ExecutionError::DivisionByZero(_)
            | ExecutionError::RemainderByZero(_)
            | ExecutionError::Overflow(..)
            | ExecutionError::IndexOutOfBounds(_)
    )
}

impl VariableResolver for Asked<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let fact = match Name::read(name)? {
            Name::Pattern(at) => return Some(CowVal::Borrowed(self.condition.patterns.get(at)?)),
            Name::Segment(at) => Fact::Bool(self.condition.segments.get(at)?.1.holds(self.view).ok()?),
            Name::Has(at) => Fact::Bool((VARIABLES.get(at)?.read)(self.view).is_some()),
            Name::Variable(at) => {
                let variable = VARIABLES.get(at)?;
                (variable.read)(self.view).or_else(|| variable.otherwise())?
            }
        };
        Some(value(fact))
    }
}

impl super::Variable {
    /// What stands for it where it is absent: only a tier is something also then, since to have none is no lack of knowledge.
    fn otherwise(&self) -> Option<Fact<'static>> {
        (self.kind == Kind::Text && self.name == "customer.tier").then_some(Fact::Text(""))
    }
}

fn value<'b>(fact: Fact<'b>) -> CowVal<'b, 'b> {
    match fact {
        Fact::Bool(value) => CowVal::owned(CelBool::from(value)),
        Fact::Int(value) => CowVal::owned(CelInt::from(value)),
        Fact::Double(value) => CowVal::owned(CelDouble::from(value)),
        Fact::Text(value) => CowVal::owned(CelString::from(value)),
        Fact::Texts(values) => {
            let items: Vec<Box<dyn Val + 'b>> =
                values.into_iter().map(|text| Box::new(CelString::from(text)) as Box<dyn Val + 'b>).collect();
            CowVal::owned(CelList::from(items))
        }
    }
}

/// Why it failed, without a word of what the person's facts are.
pub(super) fn failed(condition: &Checked, error: &ExecutionError) -> ConditionFailed {
    let why = match error {
        ExecutionError::UndeclaredReference(name) => match Name::read(name) {
            Some(Name::Variable(at)) => format!("`{}` is not known", VARIABLES.get(at).map_or("", |v| v.name)),
            Some(Name::Segment(at)) => {
                let name = condition.segments.get(at).map_or("", |(name, _)| name.as_str());
                format!("`segment.{name}` could not be evaluated")
            }
            _ => "a name is not known".to_owned(),
        },
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "a division by zero".to_owned(),
        ExecutionError::Overflow(..) => "a number is too large".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "a list has no item of that number".to_owned(),
        _ => "two values do not fit".to_owned(),
    };
    ConditionFailed(why)
}
