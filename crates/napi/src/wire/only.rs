//! A list of one where a single value is expected: converters from XML write every child as a list.

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, SeqAccess, Visitor},
};

/// Reads the only element of a list; nothing, of an empty one.
///
/// The visitor is one that takes no list itself: a list in a list means something else.
pub(super) fn only_element<'de, A, V, T>(mut elements: A, visitor: V) -> Result<Option<T>, A::Error>
where
    A: SeqAccess<'de>,
    V: Visitor<'de, Value = Option<T>>,
{
    let element = elements.next_element_seed(Element(visitor))?;
    if element.is_some() && elements.next_element::<IgnoredAny>()?.is_some() {
        return Err(A::Error::custom("a list of more than one"));
    }
    Ok(element.flatten())
}

struct Element<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Element<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_any(self.0)
    }
}
