//! The selection by `--skip` and `--only`, by the name of a peer tool or of a group.

use std::{collections::BTreeSet, fmt};

use anyhow::ensure;

/// Peer tools that are asked about the same thing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    name: &'static str,
    peer_tools: &'static [&'static str],
}

/// The peer tools to ask.
#[derive(Debug)]
pub(crate) struct Selection {
    groups: &'static [Group],
    skip: BTreeSet<String>,
    only: BTreeSet<String>,
}

impl Group {
    pub(crate) const fn new(name: &'static str, peer_tools: &'static [&'static str]) -> Self {
        Self { name, peer_tools }
    }
}

impl Selection {
    /// Selects peer tools: all, if no names are given.
    ///
    /// # Errors
    ///
    /// If a name is unknown; the text lists the names.
    pub(crate) fn new(
        groups: &'static [Group],
        skip: &[String],
        only: &[String],
    ) -> anyhow::Result<Self> {
        let names = groups.iter().flat_map(|group| {
            [group.name]
                .into_iter()
                .chain(group.peer_tools.iter().copied())
        });
        let known: BTreeSet<&str> = names.collect();
        for name in skip.iter().chain(only) {
            ensure!(
                known.contains(name.as_str()),
                "no peer tool or group is named {name}; the names are {}",
                Vec::from_iter(known).join(", ")
            );
        }
        Ok(Self {
            groups,
            skip: skip.iter().cloned().collect(),
            only: only.iter().cloned().collect(),
        })
    }

    /// Returns the selected peer tools of a group, in their order.
    pub(crate) fn of(&self, group: &str) -> Vec<&'static str> {
        let group = self.groups.iter().find(|it| it.name == group);
        group.map_or_else(Vec::new, |group| self.asked(group))
    }

    fn asked(&self, group: &Group) -> Vec<&'static str> {
        let is_named = |names: &BTreeSet<String>, peer_tool: &str| {
            names.contains(group.name) || names.contains(peer_tool)
        };
        let peer_tools = group.peer_tools.iter().copied();
        let wanted = peer_tools.filter(|it| self.only.is_empty() || is_named(&self.only, it));
        wanted.filter(|it| !is_named(&self.skip, it)).collect()
    }
}

/// Lists those left out, so that a part is not taken for the whole.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left_out = Vec::new();
        for group in self.groups {
            let asked = self.asked(group);
            let others = group.peer_tools.iter().filter(|it| !asked.contains(it));
            left_out.extend(others.map(|it| format!("{} {it}", group.name)));
        }
        match left_out.is_empty() {
            true => f.write_str("Every peer tool was asked."),
            false => write!(f, "Left out by name: {}.", left_out.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: &[Group] = &[
        Group::new("clients", &["curl", "node"]),
        Group::new("keys", &["node", "openssl"]),
    ];

    fn selection(skip: &[&str], only: &[&str]) -> anyhow::Result<Selection> {
        let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        Selection::new(GROUPS, &names(skip), &names(only))
    }

    #[test]
    fn without_names_every_peer_tool_is_asked() {
        let all = selection(&[], &[]).unwrap();
        assert_eq!(all.of("clients"), ["curl", "node"]);
        assert_eq!(all.to_string(), "Every peer tool was asked.");
    }

    #[test]
    fn skipped_peer_tool_is_asked_in_no_group() {
        let rest = selection(&["node"], &[]).unwrap();
        assert_eq!(rest.of("clients"), ["curl"]);
        assert_eq!(rest.of("keys"), ["openssl"]);
        assert_eq!(
            rest.to_string(),
            "Left out by name: clients node, keys node."
        );
    }

    #[test]
    fn group_stands_for_its_peer_tools() {
        let keys = selection(&["openssl"], &["keys"]).unwrap();
        assert!(keys.of("clients").is_empty());
        assert_eq!(keys.of("keys"), ["node"]);
    }

    #[test]
    fn unknown_name_is_an_error_that_lists_the_names() {
        let error = selection(&["nod"], &[]).unwrap_err().to_string();
        assert!(
            error.ends_with("clients, curl, keys, node, openssl"),
            "{error}"
        );
    }
}
