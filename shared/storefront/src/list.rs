//! A list of a body, with a limit: the smallest item is three bytes, so a body within its limit could name two million.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

use crate::object::Object;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The first `MAX` values of a list that are neither objects nor lists. No field and `null` are an empty one.
#[derive(Debug, Default)]
pub(crate) struct Texts<'a, const MAX: usize>(List<Scalar<'a>, MAX>);

impl<'a, const MAX: usize> Texts<'a, MAX> {
    /// All values.
    pub(crate) fn all(&self, name: &str) -> Result<&[Scalar<'a>], Unreadable> {
        self.0.all(name)
    }
}

/// The first `MAX` objects of a list. No field and `null` are an empty one.
#[derive(Debug)]
pub(crate) struct List<T, const MAX: usize> {
    items: Vec<T>,
    cut: bool,
}

impl<T, const MAX: usize> List<T, MAX> {
    /// The first items, for lists that may be cut.
    pub(crate) fn first(&self) -> &[T] {
        &self.items
    }

    /// All items, for lists of which every one matters.
    pub(crate) fn all(&self, name: &str) -> Result<&[T], Unreadable> {
        if self.cut { Err(Unreadable::field(name, "more items than are read")) } else { Ok(&self.items) }
    }
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self { items: Vec::new(), cut: false }
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let objects: List<Object<T>, MAX> = deserializer.deserialize_any(ListVisitor(PhantomData))?;
        Ok(Self { items: objects.items.into_iter().map(|Object(item)| item).collect(), cut: objects.cut })
    }
}

impl<'de: 'a, 'a, const MAX: usize> Deserialize<'de> for Texts<'a, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData)).map(Self)
    }
}

struct ListVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
    type Value = List<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(List::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let mut list = List::default();
        while list.items.len() < MAX {
            let Some(item) = from.next_element()? else { return Ok(list) };
            list.items.push(item);
        }
        while from.next_element::<IgnoredAny>()?.is_some() {
            list.cut = true;
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Item {
        n: u8,
    }

    fn read(json: &str) -> Result<List<Item, 2>, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn a_list_is_cut_at_its_limit_and_knows_it() {
        let two = [Item { n: 1 }, Item { n: 2 }];
        assert_eq!(read(r#"[{"n": 1}, {"n": 2}]"#).unwrap().all("list"), Ok(&two[..]));
        let cut = read(r#"[{"n": 1}, {"n": 2}, "anything"]"#).unwrap();
        assert_eq!(cut.first(), two);
        assert!(cut.all("list").is_err());
        assert!(read("null").unwrap().first().is_empty());
    }

    #[test]
    fn an_item_is_an_object_and_no_list_of_its_fields() {
        assert!(read("[[1]]").is_err() && read("[null]").is_err() && read("{}").is_err());
    }
}
