//! A member of a model: one value that may be missing, or a list; maps have a file of their own.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{
        DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::MapAccessDeserializer,
    },
};

use crate::wire::notes::Segment;
use crate::wire::{Context, Single, UnreadValue};

/// The value of one name in a JSON object.
pub(crate) trait Member: Sized + Default + PartialEq {
    /// Reads the member; `null` and what is empty are as if it were absent.
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &Context<'_>,
    ) -> Result<Self, D::Error>;

    /// Returns whether the member is left out when written.
    fn is_absent(&self) -> bool;

    /// Shows the member without personal data.
    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Collects as [`Single::collect_unread`] does.
    fn collect_unread<'a>(&'a self, unread: &mut Vec<&'a UnreadValue>);

    /// Returns canonical JSON of this type, with `marker` wherever text may stand.
    #[cfg(test)]
    fn example(marker: &str) -> serde_json::Value;

    /// Returns a strategy for any canonical JSON of this type.
    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<serde_json::Value>;
}

impl<T: Single> Member for Option<T> {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &Context<'_>,
    ) -> Result<Self, D::Error> {
        T::read(deserializer, context)
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

    fn collect_unread<'a>(&'a self, unread: &mut Vec<&'a UnreadValue>) {
        if let Some(value) = self {
            value.collect_unread(unread);
        }
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

/// Reads a member.
pub(super) struct MemberSeed<'c, M> {
    context: &'c Context<'c>,
    of: PhantomData<M>,
}

impl<'c, M> MemberSeed<'c, M> {
    pub(super) fn new(context: &'c Context<'c>) -> Self {
        Self {
            context,
            of: PhantomData,
        }
    }
}

impl<'de, M: Member> DeserializeSeed<'de> for MemberSeed<'_, M> {
    type Value = M;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<M, D::Error> {
        M::read(deserializer, self.context)
    }
}

impl<T: Single> Member for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &Context<'_>,
    ) -> Result<Self, D::Error> {
        let of = PhantomData;
        deserializer.deserialize_any(List { context, of })
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(One)).finish()
    }

    fn collect_unread<'a>(&'a self, unread: &mut Vec<&'a UnreadValue>) {
        for element in self {
            element.collect_unread(unread);
        }
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

/// A list that a map holds; an empty one stays there.
impl<T: Single> Single for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &Context<'_>,
    ) -> Result<Option<Self>, D::Error> {
        Member::read(deserializer, context).map(Some)
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Member::redact(self, f)
    }

    fn collect_unread<'a>(&'a self, unread: &mut Vec<&'a UnreadValue>) {
        Member::collect_unread(self, unread);
    }

    #[cfg(test)]
    fn example(marker: &str) -> serde_json::Value {
        <Self as Member>::example(marker)
    }

    #[cfg(test)]
    fn strategy() -> proptest::strategy::BoxedStrategy<serde_json::Value> {
        <Self as Member>::strategy()
    }
}

/// Reads a list straight into its place, without those elements that are nothing. One value is a
/// list of one, as converters from XML write it.
struct List<'c, T> {
    context: &'c Context<'c>,
    of: PhantomData<T>,
}

impl<T: Single> List<'_, T> {
    fn of_one<'de, D: Deserializer<'de>>(self, element: D) -> Result<Vec<T>, D::Error> {
        self.context.charge(size_of::<T>())?;
        Ok(T::read(element, self.context)?.into_iter().collect())
    }
}

impl<'de, T: Single> Visitor<'de> for List<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        self.of_one(truth.into_deserializer())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        self.of_one(number.into_deserializer())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.of_one(number.into_deserializer())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        self.of_one(number.into_deserializer())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.trim() {
            "" => Ok(Vec::new()),
            _ => self.of_one(text.into_deserializer()),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        self.of_one(MapAccessDeserializer::new(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        if self.context.notes().is_none() {
            // Strict: no path to keep, and the first error ends it.
            let seed = || MemberSeed::<Option<T>>::new(self.context);
            while let Some(element) = elements.next_element_seed(seed())? {
                if let Some(element) = element {
                    self.context.charge_push(&list)?;
                    list.push(element);
                }
            }
            return Ok(list);
        }
        for index in 0.. {
            self.context.enter(|| Segment::Index(index));
            let element = elements.next_element_seed(MemberSeed::<Option<T>>::new(self.context));
            let element = self.context.attempt(element)?;
            self.context.leave();
            match element {
                Some(None) => break,
                Some(Some(Some(element))) => {
                    self.context.charge_push(&list)?;
                    list.push(element);
                }
                // Nothing, such as `null`; or noted.
                Some(Some(None)) | None => {}
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
pub(crate) struct RedactedMember<'a, M>(pub(crate) &'a M);

impl<M: Member> fmt::Debug for RedactedMember<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.redact(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    fn read<M: Member>(json: Value) -> Result<M, serde_json::Error> {
        M::read(json, &Context::by_hand())
    }

    #[test]
    fn absent_null_and_empty_are_the_same() {
        for nothing in [json!(null), json!("")] {
            assert_eq!(read::<Option<String>>(nothing).unwrap(), None);
        }
        for nothing in [json!(null), json!(""), json!([]), json!([null, ""])] {
            assert_eq!(read::<Vec<String>>(nothing).unwrap(), Vec::<String>::new());
        }
        for nothing in [
            json!(null),
            json!(""),
            json!({}),
            json!([]),
            json!({ "a": null }),
        ] {
            assert!(
                read::<BTreeMap<String, String>>(nothing)
                    .unwrap()
                    .is_empty()
            );
        }
    }

    #[test]
    fn one_value_and_a_list_of_one_are_the_same() {
        assert_eq!(read::<Vec<String>>(json!("a")).unwrap(), ["a"]);
        assert_eq!(read::<Vec<String>>(json!(7)).unwrap(), ["7"]);
        assert_eq!(read::<Vec<i32>>(json!(7.0)).unwrap(), [7]);
        assert_eq!(read::<Vec<bool>>(json!(true)).unwrap(), [true]);
        assert_eq!(read::<Option<String>>(json!(["a"])).unwrap().unwrap(), "a");
        let entries = read::<BTreeMap<String, String>>(json!([{ "a": "b" }])).unwrap();
        assert_eq!(entries["a"], "b");
        assert!(read::<Option<String>>(json!(["a", "b"])).is_err());
        assert!(read::<Vec<String>>(json!({ "a": "b" })).is_err());
        assert!(read::<BTreeMap<String, String>>(json!("a")).is_err());
    }
}
