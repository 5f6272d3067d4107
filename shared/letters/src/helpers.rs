//! The helpers of templates and texts, under the field's usual names: money, date, relative, number, percent, plural, list,
//! link, paragraphs.

use std::sync::Arc;

use chrono::NaiveDate;
use handlebars::{Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason, ScopedJson};
use serde_json::Value;

use crate::format::{DateForm, Format, Formats};
use crate::links;
use crate::value;

/// A helper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An amount in its currency.
    Money,
    /// A day; `format` says how.
    Date,
    /// A day as seen from that of the letter.
    Relative,
    /// A whole number.
    Number,
    /// A whole percentage.
    Percent,
    /// A text for each form that a number takes in the language; `#` is the number.
    Plural,
    /// Several texts as one.
    List,
    /// A link whose clicks are counted apart, by `content`.
    Link,
    /// A text as its paragraphs: an empty line is between two of them.
    Paragraphs,
}

impl Kind {
    /// All helpers, by name.
    pub(crate) const ALL: [(&'static str, Self); 9] = [
        ("money", Self::Money),
        ("date", Self::Date),
        ("relative", Self::Relative),
        ("number", Self::Number),
        ("percent", Self::Percent),
        ("plural", Self::Plural),
        ("list", Self::List),
        ("link", Self::Link),
        ("paragraphs", Self::Paragraphs),
    ];

    /// The helper of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// How templates call it.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// Gives a registry all helpers.
pub(crate) fn register(registry: &mut Handlebars<'static>, formats: &Arc<Formats>) {
    for (name, kind) in Kind::ALL {
        registry.register_helper(name, Box::new(Call { kind, formats: formats.clone() }));
    }
}

struct Call {
    kind: Kind,
    formats: Arc<Formats>,
}

impl HelperDef for Call {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let given = helper.param(0).map_or(&Value::Null, |param| param.value());
        let made = self.made(helper, given, &context.data()["letter"]).map_err(RenderErrorReason::Other)?;
        Ok(ScopedJson::Derived(made))
    }
}

impl Call {
    /// What the helper makes of a value in a letter; else why not.
    fn made(&self, helper: &Helper<'_>, given: &Value, letter: &Value) -> Result<Value, String> {
        let refused = || format!("`{}` is given something else than it takes", self.kind.name());
        let argument = |name: &str| helper.hash_get(name).and_then(|value| value.value().as_str());
        let format = self.formats.get(letter["formats"].as_str().unwrap_or_default())?;
        let text = match self.kind {
            Kind::Money => value::money(given).and_then(|(amount, code)| format.money(amount, code)),
            Kind::Date => {
                let form = argument("format").map_or(Some(DateForm::default()), DateForm::parse);
                value::date(given).zip(form).and_then(|(day, form)| format.date(day, form))
            }
            Kind::Relative => {
                let today = value::date(&letter["date"]);
                value::date(given).zip(today).map(|(day, today): (NaiveDate, NaiveDate)| format.relative(day, today))
            }
            Kind::Number => given.as_i64().map(|number| format.number(number)),
            Kind::Percent => given.as_i64().map(|number| format.percent(number)),
            Kind::Plural => given.as_i64().and_then(|number| plural(&format, number, argument)),
            Kind::List => given.as_array().map(|items| format.list(items.iter().filter_map(Value::as_str))),
            Kind::Link => given.as_str().map(|url| {
                let (flow, step) = (&letter["flow"], &letter["step"]);
                let part = argument("content").or(step.as_str()).unwrap_or_default();
                links::counted(url, flow.as_str().unwrap_or_default(), part)
            }),
            Kind::Paragraphs => return given.as_str().map(paragraphs).ok_or_else(refused),
        };
        text.map(Value::String).ok_or_else(refused)
    }
}

/// The text for the form that the number takes, with the number in it.
fn plural<'a>(format: &Format, number: i64, argument: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let text = argument(format.plural(number)).or_else(|| argument("other"))?;
    Some(text.replace('#', &format.number(number)))
}

fn paragraphs(text: &str) -> Value {
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    Value::Array(paragraphs.filter(|paragraph| !paragraph.is_empty()).map(Value::String).collect())
}
