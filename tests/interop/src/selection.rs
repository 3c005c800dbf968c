//! Which witnesses are asked: `--skip` and `--only`, by the name of a witness or of a group.

use std::{collections::BTreeSet, fmt};

use anyhow::ensure;

/// Witnesses that are asked about the same thing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    name: &'static str,
    witnesses: &'static [&'static str],
}

/// The witnesses to ask.
#[derive(Debug)]
pub(crate) struct Selection {
    groups: &'static [Group],
    skip: BTreeSet<String>,
    only: BTreeSet<String>,
}

impl Group {
    pub(crate) const fn new(name: &'static str, witnesses: &'static [&'static str]) -> Self {
        Self { name, witnesses }
    }
}

impl Selection {
    /// Without names, everybody. An unknown name is an error that lists the names.
    pub(crate) fn new(
        groups: &'static [Group],
        skip: &[String],
        only: &[String],
    ) -> anyhow::Result<Self> {
        let groups_and_witnesses = groups.iter().flat_map(|group| {
            [group.name]
                .into_iter()
                .chain(group.witnesses.iter().copied())
        });
        let known: BTreeSet<&str> = groups_and_witnesses.collect();
        for name in skip.iter().chain(only) {
            ensure!(
                known.contains(name.as_str()),
                "nobody is called {name}; the names are {}",
                Vec::from_iter(known).join(", ")
            );
        }
        Ok(Self {
            groups,
            skip: skip.iter().cloned().collect(),
            only: only.iter().cloned().collect(),
        })
    }

    /// The witnesses of a group that are to be asked, in their order.
    pub(crate) fn of(&self, group: &str) -> Vec<&'static str> {
        let group = self.groups.iter().find(|it| it.name == group);
        group.map_or_else(Vec::new, |group| self.asked(group))
    }

    fn asked(&self, group: &Group) -> Vec<&'static str> {
        let is_named = |names: &BTreeSet<String>, witness: &str| {
            names.contains(group.name) || names.contains(witness)
        };
        let witnesses = group.witnesses.iter().copied();
        let wanted = witnesses.filter(|it| self.only.is_empty() || is_named(&self.only, it));
        wanted.filter(|it| !is_named(&self.skip, it)).collect()
    }
}

/// Who was not asked, so that nobody takes a part for the whole.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left_out = Vec::new();
        for group in self.groups {
            let asked = self.asked(group);
            let others = group.witnesses.iter().filter(|it| !asked.contains(it));
            left_out.extend(others.map(|it| format!("{} {it}", group.name)));
        }
        match left_out.is_empty() {
            true => f.write_str("Every witness was asked."),
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
    fn without_names_everybody_is_asked() {
        let all = selection(&[], &[]).unwrap();
        assert_eq!(all.of("clients"), ["curl", "node"]);
        assert_eq!(all.to_string(), "Every witness was asked.");
    }

    #[test]
    fn skipped_witness_is_asked_in_no_group() {
        let rest = selection(&["node"], &[]).unwrap();
        assert_eq!(rest.of("clients"), ["curl"]);
        assert_eq!(rest.of("keys"), ["openssl"]);
        assert_eq!(
            rest.to_string(),
            "Left out by name: clients node, keys node."
        );
    }

    #[test]
    fn group_stands_for_its_witnesses() {
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
