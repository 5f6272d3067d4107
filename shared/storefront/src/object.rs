//! An object of a body, and nothing else in its place: a derived struct would also read a list, item by item into its
//! fields in the order in which they are declared.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// An object.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

/// An object, or nothing where there is no field or `null`.
#[derive(Debug)]
pub(crate) struct Maybe<T>(Option<T>);

impl<T> Maybe<T> {
    /// The object, where there is one.
    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// The object itself, where there is one.
    pub(crate) fn take(self) -> Option<T> {
        self.0
    }
}

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = Option::<Object<T>>::deserialize(deserializer)?;
        Ok(Self(object.map(|Object(inner)| inner)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(Object)
    }
}
