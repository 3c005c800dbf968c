//! JSON of any shape, as a tree.
//!
//! A tree takes up to eighty times the memory of its text, so each node is charged. Numbers are as
//! `serde_json` has them by default; a whole number of more digits than it holds is not taken for
//! another one.

use std::fmt;

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use crate::wire::notes::Segment;
use crate::wire::unread::UnreadCause;
use crate::wire::{Context, Single};

/// The memory of an object with its first member: a node of a B-tree has room for eleven.
const OBJECT: usize = 11 * (size_of::<String>() + size_of::<Value>()) + 16;
/// The memory of each further member; nodes are half full at least.
const MEMBER: usize = OBJECT / 5;

/// The first whole number that has neighbours which a float of 64 bits cannot tell from it.
const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;

/// Parses JSON text into a tree; `None` if that takes more memory than a response may.
pub(super) fn bounded(json: &str) -> Option<Value> {
    let context = Context::strict(json.as_bytes());
    let mut json = serde_json::Deserializer::from_str(json);
    let value = AnySeed(&context).deserialize(&mut json).ok()?;
    json.end().ok().map(|()| value)
}

impl Single for Value {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &Context<'_>,
    ) -> Result<Option<Self>, D::Error> {
        let value = AnySeed(context).deserialize(deserializer)?;
        Ok(Some(value).filter(|value| !value.is_null()))
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }

    #[cfg(test)]
    fn example(marker: &str) -> Self {
        serde_json::json!({ marker: [marker, 1] })
    }

    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<Self> {
        super::example::json()
    }
}

#[derive(Clone, Copy)]
struct AnySeed<'c>(&'c Context<'c>);

impl<'de> DeserializeSeed<'de> for AnySeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnySeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value, E> {
        Ok(truth.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        let is_exponential = |number: &str| number.contains(['.', 'e', 'E']);
        let is_written_so = self
            .0
            .notes()
            .is_some_and(|notes| is_exponential(notes.number()));
        // A whole number beyond `u64` arrives as a float too, without its last digits. The strict
        // parser does not say how it was written, so it leaves a large one to the lenient reading.
        if number.abs() >= FIRST_INEXACT && !is_written_so {
            return Err(E::custom("a number of too many digits"));
        }
        let number = Number::from_f64(number).map(Value::Number);
        number.ok_or_else(|| E::custom("no number"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.0.charge(text.len())?;
        if let Some(notes) = self.0.notes().filter(|notes| notes.is_damaged()) {
            notes.replaced();
        }
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            self.0.enter(|| Segment::Index(list.len()));
            let read = self.0.attempt(elements.next_element_seed(self))?;
            self.0.leave();
            match read {
                Some(None) => return Ok(Value::Array(list)),
                Some(Some(value)) => {
                    self.0.charge_push(&list)?;
                    list.push(value);
                }
                None => {
                    self.0.charge_push(&list)?;
                    list.push(Value::Null);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if let Some(notes) = self.0.notes().filter(|notes| notes.is_damaged()) {
                notes.replaced();
            }
            self.0
                .charge(name.len() + if object.is_empty() { OBJECT } else { MEMBER })?;
            self.0.enter(|| Segment::name(&name));
            let value = self.0.absorb(members.next_value_seed(self))?;
            match (object.get(&name), self.0.notes()) {
                (None, _) => {
                    object.insert(name, value);
                }
                // The same value twice is no contradiction.
                (Some(before), _) if *before == value => {}
                (Some(_), Some(notes)) => notes.keep(UnreadCause::Contradiction),
                (Some(_), None) => return Err(A::Error::custom("a member stands there twice")),
            }
            self.0.leave();
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_what_the_library_makes_of_it() {
        for json in [
            "null",
            "[1,-2,0.5,true,\"a\",null]",
            "{\"a\":{\"b\":[{}]},\"c\":\"\\u00e9\"}",
        ] {
            assert_eq!(bounded(json), serde_json::from_str(json).ok(), "{json}");
        }
    }

    #[test]
    fn number_of_too_many_digits_is_none() {
        assert_eq!(bounded("18446744073709551615"), Some(u64::MAX.into()));
        assert_eq!(bounded("18446744073709551616"), None);
        assert_eq!(bounded("[1] 2"), None);
        assert_eq!(bounded("{\"a\":1,\"a\":2}"), None);
    }

    #[test]
    fn a_tree_of_more_memory_than_is_allowed_is_none() {
        let many = |count| format!("[{}{{\"b\":0}}]", "{\"b\":0},".repeat(count));
        assert!(bounded(&many(1_000)).is_some());
        assert_eq!(bounded(&many(200_000)), None);
    }
}
