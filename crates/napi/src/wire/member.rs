//! A member of a model: one value that may be missing, a list, or a map.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use super::Single;

/// What stands behind one name in a JSON object.
pub(crate) trait Member: Sized + Default {
    /// Reads the member; `null` and what is empty are as if it were absent.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Whether the member is left out when written.
    fn is_absent(&self) -> bool;

    /// Shows the member without personal data.
    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// As [`Single::knows`].
    fn knows(name: &str, depth: u8) -> bool;

    /// Canonical JSON of this type, with `marker` wherever text may stand.
    #[cfg(test)]
    fn example(marker: &str) -> serde_json::Value;

    /// Any canonical JSON of this type.
    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<serde_json::Value>;
}

impl<T: Single> Member for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Some(value) => value.redact(f),
            None => f.write_str("None"),
        }
    }

    fn knows(name: &str, depth: u8) -> bool {
        T::knows(name, depth)
    }

    #[cfg(test)]
    fn example(marker: &str) -> serde_json::Value {
        T::example(marker)
    }

    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<serde_json::Value> {
        T::strategy()
    }
}

/// An element of a list or map; `None` is left out of it.
struct Element<T>(Option<T>);

impl<'de, T: Single> Deserialize<'de> for Element<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

impl<T: Single> Member for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(List(PhantomData))
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(One)).finish()
    }

    fn knows(name: &str, depth: u8) -> bool {
        T::knows(name, depth)
    }

    #[cfg(test)]
    fn example(marker: &str) -> serde_json::Value {
        [T::example(marker), T::example(marker)]
            .into_iter()
            .collect()
    }

    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<serde_json::Value> {
        use proptest::prelude::*;
        prop::collection::vec(T::strategy(), 1..3)
            .prop_map(serde_json::Value::from)
            .boxed()
    }
}

impl<T: Single> Member for BTreeMap<String, T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let elements = Option::<BTreeMap<String, Element<T>>>::deserialize(deserializer)?;
        Ok(elements
            .into_iter()
            .flatten()
            .filter_map(|(name, element)| Some((name, element.0?)))
            .collect())
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{} _}}", self.len())
    }

    fn knows(name: &str, depth: u8) -> bool {
        T::knows(name, depth)
    }

    #[cfg(test)]
    fn example(marker: &str) -> serde_json::Value {
        [(marker.to_owned(), T::example(marker))]
            .into_iter()
            .collect()
    }

    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<serde_json::Value> {
        use proptest::prelude::*;
        prop::collection::vec((".{0,9}", T::strategy()), 1..3)
            .prop_map(|members| members.into_iter().collect())
            .boxed()
    }
}

/// Reads a list straight into its place, without those elements that are nothing.
struct List<T>(PhantomData<T>);

impl<'de, T: Single> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element::<Element<T>>()? {
            if let Some(element) = element.0 {
                list.push(element);
            }
        }
        Ok(list)
    }
}

struct One<'a, T>(&'a T);

impl<T: Single> fmt::Debug for One<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.redact(f)
    }
}

/// Shows a member in `Debug` without personal data.
pub(crate) struct Redacted<'a, M>(pub(crate) &'a M);

impl<M: Member> fmt::Debug for Redacted<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.redact(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read<M: Member>(json: Value) -> M {
        M::read(json).unwrap()
    }

    #[test]
    fn absent_null_and_empty_are_the_same() {
        for nothing in [json!(null), json!("")] {
            assert_eq!(read::<Option<String>>(nothing), None);
        }
        for nothing in [json!(null), json!([]), json!([null, ""])] {
            assert_eq!(read::<Vec<String>>(nothing), Vec::<String>::new());
        }
        for nothing in [json!(null), json!({}), json!({ "a": null })] {
            assert!(read::<BTreeMap<String, String>>(nothing).is_empty());
        }
    }

    #[test]
    fn a_list_is_no_text_and_text_no_list() {
        assert!(Option::<String>::read(json!(["a"])).is_err());
        assert!(Vec::<String>::read(json!("a")).is_err());
    }
}
