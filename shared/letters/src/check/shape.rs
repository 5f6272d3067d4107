//! The fields of a view, out of what the view's own code made of made-up customers.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use crate::value;

/// What stands at a place of a view. Cheap to clone: every block of a template has its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text: something to show.
    Text,
    /// A whole number, shown by a helper.
    Number,
    /// An amount in a currency, shown by a helper.
    Money,
    /// A day, shown by a helper.
    Date,
    /// Yes or no: something to ask.
    Flag,
    /// Several of one shape.
    List(Rc<Shape>),
    /// Fields by name.
    Fields(Rc<BTreeMap<String, Shape>>),
    /// It may be missing: a template asks before it uses it.
    Maybe(Rc<Shape>),
}

impl Shape {
    /// The shape that all of these values have.
    pub(super) fn of(values: &[&Value]) -> Self {
        let present: Vec<&Value> = values.iter().copied().filter(|value| !value.is_null()).collect();
        let shape = match present.first() {
            Some(amount) if value::money(amount).is_some() => Self::Money,
            Some(day) if value::date(day).is_some() => Self::Date,
            Some(Value::Object(_)) => Self::of_objects(&present),
            Some(Value::Number(_)) => Self::Number,
            Some(Value::Array(_)) => {
                let items: Vec<&Value> = present.iter().filter_map(|value| value.as_array()).flatten().collect();
                Self::List(Rc::new(Self::of(&items)))
            }
            Some(Value::Bool(_)) => Self::Flag,
            _ => Self::Text,
        };
        let missing = present.len() < values.len() || values.is_empty();
        if missing { Self::Maybe(Rc::new(shape)) } else { shape }
    }

    fn of_objects(values: &[&Value]) -> Self {
        let objects: Vec<_> = values.iter().filter_map(|value| value.as_object()).collect();
        let names = objects.iter().flat_map(|object| object.keys());
        let mut fields = BTreeMap::new();
        for name in names {
            let values: Vec<&Value> = objects.iter().map(|object| object.get(name).unwrap_or(&Value::Null)).collect();
            fields.entry(name.clone()).or_insert_with(|| Self::of(&values));
        }
        Self::Fields(Rc::new(fields))
    }

    /// Fields that each hold a text.
    pub(super) fn texts<'k>(keys: impl Iterator<Item = &'k String>) -> Self {
        Self::Fields(Rc::new(keys.map(|key| (key.clone(), Self::Text)).collect()))
    }

    /// Adds a field.
    pub(super) fn add(&mut self, name: &str, shape: Shape) {
        if let Self::Fields(fields) = self {
            Rc::make_mut(fields).insert(name.to_owned(), shape);
        }
    }

    /// Takes a field away.
    pub(super) fn remove(&mut self, name: &str) {
        if let Self::Fields(fields) = self {
            Rc::make_mut(fields).remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_in_one_may_be_missing() {
        let (full, little) = (
            json!({"a": {"b": "x"}, "c": [{"d": "x"}, {"d": null}], "e": true}),
            json!({"a": null, "c": [], "e": false}),
        );
        let Shape::Fields(fields) = Shape::of(&[&full, &little]) else { panic!() };
        assert_eq!(
            fields["a"],
            Shape::Maybe(Rc::new(Shape::Fields(Rc::new(BTreeMap::from([("b".into(), Shape::Text)])))))
        );
        let item = Shape::Fields(Rc::new(BTreeMap::from([("d".into(), Shape::Maybe(Rc::new(Shape::Text)))])));
        assert_eq!(fields["c"], Shape::List(Rc::new(item)));
        assert_eq!(fields["e"], Shape::Flag);
    }
}
