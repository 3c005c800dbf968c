//! Reading an object into a model: each member by its name, the others beside it.
//!
//! A member is known by its documented name; else by one that differs in the case of letters and in
//! signs between them alone, since frameworks rename members so (`TransactionRecordId`,
//! `transaction_record_id`). No model has two members that such a name could mean.

use std::marker::PhantomData;

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};

use crate::wire::member::MemberSeed;
use crate::wire::notes::{Segment, Span};
use crate::wire::only::only_element;
use crate::wire::unread::UnreadCause;
use crate::wire::{Context, Extra, Member};

/// A struct of members, as the macro declares it.
pub(crate) trait Model: Sized + Default {
    /// The documented names of the members, in order.
    const NAMES: &'static [&'static str];

    /// Reads the value of the member that is at this place of [`NAMES`](Self::NAMES).
    fn read_member<'de, A: MapAccess<'de>>(
        &mut self,
        reading: &mut Reading<'_>,
        members: &mut A,
    ) -> Result<(), A::Error>;

    /// Returns the place of the other members.
    fn extra_mut(&mut self) -> &mut Extra;
}

/// Reads a model; `None` for `null` and empty text.
pub(crate) fn read_model<'de, T: Model, D: Deserializer<'de>>(
    deserializer: D,
    context: &Context<'_>,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(ModelVisitor {
        context,
        of: PhantomData,
        takes_list: true,
    })
}

struct ModelVisitor<'c, T> {
    context: &'c Context<'c>,
    of: PhantomData<T>,
    takes_list: bool,
}

impl<'de, T: Model> Visitor<'de> for ModelVisitor<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
            return Err(A::Error::custom("a list in a list"));
        }
        let takes_list = false;
        only_element(elements, Self { takes_list, ..self })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut model = T::default();
        let notes = self.context.notes();
        let earlier_notes = notes.map_or(0, |notes| notes.len());
        let mut reading = Reading {
            context: self.context,
            index: 0,
            name: "",
            is_exact: true,
            taken: Vec::new(),
        };
        let mut next = 0;
        while let Some(key) = members.next_key_seed(KeySeed {
            names: T::NAMES,
            next,
        })? {
            match key {
                Key::Known { index, is_exact } => {
                    next = index + 1;
                    reading.index = index;
                    reading.name = T::NAMES.get(index).copied().unwrap_or_default();
                    reading.is_exact = is_exact;
                    model.read_member(&mut reading, &mut members)?;
                }
                Key::Unknown(name) => model.extra_mut().read(name, &mut members, self.context)?,
            }
        }
        if let Some(notes) = notes {
            model.extra_mut().note(notes.take_from(earlier_notes));
        }
        Ok(Some(model))
    }
}

/// The name of a member.
enum Key {
    Known { index: usize, is_exact: bool },
    Unknown(String),
}

struct KeySeed {
    names: &'static [&'static str],
    /// Where the name is likely to be: the service writes members in one order.
    next: usize,
}

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        // Exact names first, from behind the last one on: in the usual order one comparison does.
        // The slow one, below, is for odd names alone.
        let (before, after) = self
            .names
            .split_at_checked(self.next)
            .unwrap_or((self.names, &[]));
        let found = after
            .iter()
            .position(|it| *it == name)
            .map(|index| index + self.next);
        let found = found.or_else(|| before.iter().position(|it| *it == name));
        if let Some(index) = found {
            return Ok(Key::Known {
                index,
                is_exact: true,
            });
        }
        let alike = self.names.iter().position(|it| is_alike(it, name));
        Ok(alike.map_or_else(
            || Key::Unknown(name.to_owned()),
            |index| Key::Known {
                index,
                is_exact: false,
            },
        ))
    }
}

/// Returns whether two names differ in the case of ASCII letters and in signs between them alone.
pub(crate) fn is_alike(one: &str, other: &str) -> bool {
    // A sign at each place doubles a name; what is longer, or half as long, need not be compared.
    (one.len() / 2..=one.len() * 2).contains(&other.len()) && core(one).eq(core(other))
}

fn core(name: &str) -> impl Iterator<Item = u8> {
    let letters = name.bytes().filter(|byte| !b"_- .".contains(byte));
    letters.map(|byte| byte.to_ascii_lowercase())
}

/// The reading of one object: which member comes next, and which came already.
pub(crate) struct Reading<'c> {
    context: &'c Context<'c>,
    pub(crate) index: usize,
    name: &'static str,
    is_exact: bool,
    /// Members that were taken, in the lenient reading.
    taken: Vec<TakenMember>,
}

struct TakenMember {
    index: usize,
    is_exact: bool,
    span: Span,
    is_contradicted: bool,
}

impl Reading<'_> {
    /// Reads a member into its place.
    ///
    /// One that comes twice is certain if both are the same. Of two that differ, the one that is
    /// spelt as documented is taken; if both are, neither is.
    pub(crate) fn member<'de, M: Member, A: MapAccess<'de>>(
        &mut self,
        place: &mut M,
        members: &mut A,
    ) -> Result<(), A::Error> {
        let seed = MemberSeed::<M>::new(self.context);
        if self.context.notes().is_none() && place.is_absent() {
            // The common case by itself: models are large, and each step of the other way moves
            // them once more.
            *place = members.next_value_seed(seed)?;
            return Ok(());
        }
        self.context.enter(|| Segment::Member(self.name));
        let read = members.next_value_seed(seed);
        let value = self.context.absorb(read)?;
        if value.is_absent() {
            // Nothing, or noted.
        } else if *place != value {
            self.take(place, value)?;
        }
        self.context.leave();
        Ok(())
    }

    fn take<M: Member, E: Error>(&mut self, place: &mut M, value: M) -> Result<(), E> {
        let Some(notes) = self.context.notes() else {
            return Err(E::custom("a member stands there twice"));
        };
        let (index, is_exact, span) = (self.index, self.is_exact, notes.span());
        let earlier = self.taken.iter_mut().find(|taken| taken.index == index);
        let Some(earlier) = earlier else {
            *place = value;
            let is_contradicted = false;
            self.taken.push(TakenMember {
                index,
                is_exact,
                span,
                is_contradicted,
            });
            return Ok(());
        };
        let other = match (earlier.is_exact, is_exact) {
            (true, false) => span,
            (false, true) => {
                *place = value;
                earlier.is_exact = true;
                earlier.is_contradicted = false;
                std::mem::replace(&mut earlier.span, span)
            }
            _ => {
                *place = M::default();
                if !std::mem::replace(&mut earlier.is_contradicted, true) {
                    notes.keep_span(earlier.span, UnreadCause::Contradiction);
                }
                span
            }
        };
        notes.keep_span(other, UnreadCause::Contradiction);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_whatever_framework_wrote_them() {
        for name in [
            "TransactionRecordId",
            "transactionRecordID",
            "TRANSACTION_RECORD_ID",
            "transaction-record-id",
            "Transaction Record Id",
        ] {
            assert!(is_alike("TransactionRecordID", name), "{name}");
        }
        for name in [
            "TransactionID",
            "TransactionRecordI",
            "TransactionRecordIDs",
            "",
        ] {
            assert!(!is_alike("TransactionRecordID", name), "{name}");
        }
    }
}
