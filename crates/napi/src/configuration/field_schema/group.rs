//! One group of fields in the description, whichever way the service wrote it down.

use std::{collections::BTreeSet, slice};

use serde_json::{Map, Value};

/// A group: fields, groups in it, and the names of those that are required.
#[derive(Clone, Copy)]
pub(super) struct Group<'a> {
    head: &'a Map<String, Value>,
    members: Option<&'a Map<String, Value>>,
}

impl<'a> Group<'a> {
    pub(super) fn new(head: &'a Map<String, Value>) -> Self {
        let members = head.get("properties").and_then(Value::as_object);
        match members {
            // A nested group has its title, type, properties and required within its `properties`.
            Some(inner) if inner.get("properties").is_some_and(is_members) => Self::new(inner),
            members => Self { head, members },
        }
    }

    /// Returns the description of one member.
    pub(super) fn member(&self, name: &str) -> Option<&'a Map<String, Value>> {
        self.members?.get(name)?.as_object()
    }

    /// Returns a member that is a group itself.
    pub(super) fn child(&self, name: &str) -> Option<Self> {
        let member = self.member(name)?;
        member.contains_key("properties").then(|| Self::new(member))
    }

    /// Returns the names of all members.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let members = self.members.into_iter().flatten();
        members
            .filter(|(_, member)| member.is_object())
            .map(|(name, _)| name.as_str())
    }

    /// Returns the required names, each once; also those that are no members. Once they stood among
    /// the members. One name is a list of one.
    pub(super) fn required(&self) -> BTreeSet<&'a str> {
        [Some(self.head), self.members]
            .into_iter()
            .flatten()
            .filter_map(|within| match within.get("required")? {
                Value::Array(names) => Some(names.as_slice()),
                one => Some(slice::from_ref(one)),
            })
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// Returns the paths of all required members that the description has. Groups of groups are
    /// looked into in any case.
    pub(super) fn required_paths(&self, path: &str, paths: &mut Vec<String>) {
        let required = self.required();
        for name in self.names() {
            let path = join(path, name);
            match self.child(name) {
                Some(child) => child.required_paths(&path, paths),
                None if required.contains(name) => paths.push(path),
                None => {}
            }
        }
    }
}

/// Returns whether this is a map of members, and not a member that is called `properties`.
fn is_members(value: &Value) -> bool {
    let members = value.as_object();
    members.is_some_and(|members| !members.get("type").is_some_and(Value::is_string))
}

/// Returns a path and a name beneath it.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        return name.to_owned();
    }
    format!("{path}.{name}")
}
