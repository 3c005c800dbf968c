//! A member that is an object of which the service chooses the names.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use crate::wire::member::MemberSeed;
use crate::wire::notes::Segment;
use crate::wire::only::only_element;
use crate::wire::unread::UnreadCause;
use crate::wire::{Context, Member, Single, UnreadValue};

/// The memory of an entry beside its name and its value, in bytes.
const ENTRY: usize = 64;

impl<T: Single> Member for BTreeMap<String, T> {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &Context<'_>,
    ) -> Result<Self, D::Error> {
        let takes_list = true;
        let of = PhantomData;
        let entries = deserializer.deserialize_any(Entries {
            context,
            of,
            takes_list,
        })?;
        Ok(entries.unwrap_or_default())
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{} _}}", self.len())
    }

    fn collect_unread<'a>(&'a self, unread: &mut Vec<&'a UnreadValue>) {
        for element in self.values() {
            element.collect_unread(unread);
        }
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

/// Members whose names only the service knows, such as those of one country.
impl Single for BTreeMap<String, String> {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &Context<'_>,
    ) -> Result<Option<Self>, D::Error> {
        <Self as Member>::read(deserializer, context)
            .map(|members| Some(members).filter(|it| !it.is_empty()))
    }

    fn redact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Member::redact(self, f)
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

/// Reads an object of which the service chooses the names. An empty list is an empty one, as PHP
/// writes it.
struct Entries<'c, T> {
    context: &'c Context<'c>,
    of: PhantomData<T>,
    takes_list: bool,
}

impl<'de, T: Single> Visitor<'de> for Entries<'_, T> {
    type Value = Option<BTreeMap<String, T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.trim() {
            "" => Ok(None),
            _ => Err(E::custom("text for an object")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Self::Value, A::Error> {
        if !self.takes_list {
            // Converters from XML put one list around a value; a second one is a list indeed.
            return Err(A::Error::custom("a list in a list"));
        }
        let takes_list = false;
        only_element(elements, Self { takes_list, ..self })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let context = self.context;
        let mut entries = BTreeMap::new();
        while let Some(name) = members.next_key::<String>()? {
            if let Some(notes) = context.notes().filter(|notes| notes.is_damaged()) {
                notes.replaced();
            }
            context.charge(ENTRY + name.len() + size_of::<T>())?;
            context.enter(|| Segment::name(&name));
            let value = members.next_value_seed(MemberSeed::<Option<T>>::new(context));
            let value = context.absorb(value)?;
            match (value, entries.get(&name), context.notes()) {
                (None, ..) => {}
                (Some(value), None, _) => {
                    entries.insert(name, value);
                }
                (Some(value), Some(before), _) if *before == value => {}
                (_, _, Some(notes)) => notes.keep(UnreadCause::Contradiction),
                (_, _, None) => return Err(A::Error::custom("a name stands there twice")),
            }
            context.leave();
        }
        Ok(Some(entries))
    }
}
