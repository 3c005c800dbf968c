//! The members of a model that this crate does not know.

use std::fmt;

use serde::{
    de::{Error, IgnoredAny, MapAccess},
    ser::SerializeMap,
};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use crate::wire::Context;
use crate::wire::any::bounded;
use crate::wire::lenient::has_lone_surrogate;
use crate::wire::notes::Segment;
use crate::wire::unread::{UnreadCause, UnreadValue};

/// The memory of a member beside its name and its value, in bytes.
const ENTRY: usize = 64;

/// The members of a model that this crate does not know, as they stood on the wire.
///
/// They are written again as they were read. Add one to a request to send what this crate does not
/// know yet:
///
/// ```
/// use napi::verifications::{PersonInfo, VerifyRequest};
///
/// let mut request = VerifyRequest::new("IT".parse()?, PersonInfo::named("Adelina", "Mancini"));
/// request.extra.insert("NewMember", &true.into());
/// assert_eq!(request.extra.json("NewMember"), Some("true"));
/// # Ok::<(), napi::Error>(())
/// ```
///
/// They are kept as JSON text, since a tree of some kilobytes of it may take megabytes. Past the
/// memory that a response may take they are left out, and [`left_out`](Self::left_out) says how
/// many. Equal if the values are, however they are spaced.
#[derive(Clone, Default)]
pub struct Extra(Option<Box<Kept>>);

#[derive(Clone, Default)]
struct Kept {
    members: Vec<(Box<str>, Box<RawValue>)>,
    unread: Vec<UnreadValue>,
    left_out: usize,
}

impl Extra {
    /// Returns the value of a member as JSON text; of a name that stands there more than once, the
    /// first.
    #[must_use]
    pub fn json(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(it, _)| *it == name)
            .map(|(_, json)| json)
    }

    /// Returns the value of a member, parsed; `None` also for one that is too large for a tree, or
    /// has numbers of more digits than a tree can hold.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        self.json(name).and_then(bounded)
    }

    /// Returns each member with its value as JSON text, in the order in which they stood there.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let members = self.0.iter().flat_map(|kept| &kept.members);
        members.map(|(name, json)| (&**name, json.get()))
    }

    /// Returns how many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |kept| kept.members.len())
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many members were left out, since the response would have taken too much memory.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.0.as_ref().map_or(0, |kept| kept.left_out)
    }

    /// Adds a member, or replaces one.
    pub fn insert(&mut self, name: &str, value: &Value) {
        // A tree of JSON can always be written.
        if let Ok(json) = to_raw_value(value) {
            let members = &mut self.kept().members;
            members.retain(|(it, _)| **it != *name);
            members.push((name.into(), json));
        }
    }

    /// Reads the value of an unknown member.
    pub(crate) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        name: String,
        members: &mut A,
        context: &Context<'_>,
    ) -> Result<(), A::Error> {
        let Some(notes) = context.notes() else {
            let json = members.next_value::<Box<RawValue>>()?;
            // `RawValue` checks the grammar alone: such text is refused only when someone reads it.
            if has_lone_surrogate(json.get()) {
                return Err(A::Error::custom("text is cut within a character"));
            }
            self.keep(name, json, context);
            return Ok(());
        };
        notes.enter(Segment::name(&name));
        let is_named = !notes.is_damaged();
        let passed = members.next_value::<IgnoredAny>();
        let json = std::str::from_utf8(notes.text(notes.span())).ok();
        let is_text = is_named && json.is_some_and(|json| !has_lone_surrogate(json));
        match (passed, json) {
            (Err(error), _) if notes.is_lost() => return Err(error),
            (Ok(_), Some(json)) if is_text => {
                // Before the copy is made; `keep` charges for what stays.
                if !context.affords(json.len()) {
                    self.kept().left_out += 1;
                } else if let Ok(json) = RawValue::from_string(json.to_owned()) {
                    self.keep(name, json, context);
                } else {
                    notes.keep(UnreadCause::Form);
                }
            }
            _ if is_text => notes.keep(UnreadCause::Form),
            _ => notes.keep(UnreadCause::Damaged),
        }
        notes.leave();
        Ok(())
    }

    fn keep(&mut self, name: String, json: Box<RawValue>, context: &Context<'_>) {
        let kept = self.kept();
        if context.affords(ENTRY + name.len() + json.get().len()) {
            kept.members.push((name.into(), json));
        } else {
            kept.left_out = kept.left_out.saturating_add(1);
        }
    }

    /// Takes what could not be read of the model's own members.
    pub(crate) fn note(&mut self, unread: Vec<UnreadValue>) {
        if !unread.is_empty() {
            self.kept().unread.extend(unread);
        }
    }

    /// Returns what could not be read of the model's own members.
    pub(crate) fn unread(&self) -> &[UnreadValue] {
        self.0.as_ref().map_or(&[], |kept| &kept.unread)
    }

    /// Returns whether there is nothing to tell of.
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.is_none()
    }

    /// Writes the members beside those that the model knows.
    pub(crate) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let members = self.0.iter().flat_map(|kept| &kept.members);
        for (name, json) in members {
            map.serialize_entry(name, json)?;
        }
        Ok(())
    }

    fn kept(&mut self) -> &mut Kept {
        self.0.get_or_insert_default()
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        // As text first: a tree is made only of values that are spaced differently.
        let alike = |one: &str, other: &str| {
            one == other
                || match (bounded(one), bounded(other)) {
                    (Some(one), Some(other)) => one == other,
                    _ => false,
                }
        };
        let in_order = |extra: &Self| {
            let mut members: Vec<_> = extra
                .0
                .iter()
                .flat_map(|kept| kept.members.clone())
                .collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            members
        };
        let members = || in_order(self).into_iter().zip(in_order(other));
        self.len() == other.len()
            && self.unread() == other.unread()
            && self.left_out() == other.left_out()
            && members().all(|((name, json), (other_name, other_json))| {
                name == other_name && alike(json.get(), other_json.get())
            })
    }
}

/// Shows how many there are: names and values may be personal data.
impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extra")
            .field("members", &self.len())
            .field("left_out", &self.left_out())
            .field("unread", &self.unread())
            .finish()
    }
}
