//! Manifests, with the line of each thing in them.
//!
//! Cargo's own reading (`cargo metadata`) knows neither lines nor what was inherited.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A dependency as a manifest writes it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// Counted from one.
    pub(crate) line: usize,
    /// Whether it says `workspace = true`.
    pub(crate) is_inherited: bool,
}

/// Lists the dependencies of a manifest, those for one platform too. Empty if it is not TOML.
pub(crate) fn dependencies(text: &str) -> Vec<Entry> {
    let Ok(root) = DeTable::parse(text) else {
        return Vec::new();
    };
    let platforms = table(root.get_ref(), "target")
        .into_iter()
        .flat_map(|it| it.values());
    let platforms = platforms.filter_map(|platform| platform.get_ref().as_table());
    let mut entries: Vec<_> = std::iter::once(root.get_ref())
        .chain(platforms)
        .flat_map(|tables| {
            ["dependencies", "dev-dependencies", "build-dependencies"]
                .into_iter()
                .filter_map(|section| table(tables, section))
        })
        .flatten()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            line: line(text, key),
            is_inherited: is_inherited(value.get_ref()),
        })
        .collect();
    entries.sort_by_key(|entry| entry.line);
    entries
}

/// Finds the line that names a dependency, or else the first line.
pub(crate) fn line_of_dependency(text: &str, key: &str) -> usize {
    dependencies(text)
        .iter()
        .find(|entry| entry.key == key)
        .map_or(1, |entry| entry.line)
}

/// Tells whether `[package]` inherits this key from the workspace.
pub(crate) fn package_inherits(text: &str, key: &str) -> bool {
    let Ok(root) = DeTable::parse(text) else {
        return false;
    };
    let package = table(root.get_ref(), "package");
    package
        .and_then(|package| package.get(key))
        .is_some_and(|value| is_inherited(value.get_ref()))
}

/// Tells whether the lints are those of the workspace.
pub(crate) fn lints_are_inherited(text: &str) -> bool {
    let Ok(root) = DeTable::parse(text) else {
        return false;
    };
    root.get_ref()
        .get("lints")
        .is_some_and(|lints| is_inherited(lints.get_ref()))
}

fn table<'a, 'i>(parent: &'a DeTable<'i>, key: &str) -> Option<&'a DeTable<'i>> {
    parent.get(key)?.get_ref().as_table()
}

fn is_inherited(value: &DeValue<'_>) -> bool {
    let flag = value.as_table().and_then(|table| table.get("workspace"));
    flag.and_then(|flag| flag.get_ref().as_bool())
        .unwrap_or(false)
}

fn line<T>(text: &str, place: &Spanned<T>) -> usize {
    let before = text.get(..place.span().start).unwrap_or_default();
    1 + before.matches('\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"[package]
version.workspace = true
edition = "2024"

[dependencies]
one.workspace = true
two = { workspace = true, features = [
    "three",
] }
four = "1"

[target.'cfg(unix)'.dev-dependencies.five]
version = "1"

[lints]
workspace = true
"#;

    #[test]
    fn dependencies_have_their_lines_and_say_whether_they_are_inherited() {
        let found = dependencies(MANIFEST);
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.key.as_str(), it.line, it.is_inherited))
            .collect();
        let expected = [
            ("one", 6, true),
            ("two", 7, true),
            ("four", 10, false),
            ("five", 12, false),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn line_of_what_is_not_named_is_the_first() {
        assert_eq!(line_of_dependency(MANIFEST, "four"), 10);
        assert_eq!(line_of_dependency(MANIFEST, "three"), 1);
    }

    #[test]
    fn package_inherits_only_what_it_says() {
        assert!(package_inherits(MANIFEST, "version"));
        assert!(!package_inherits(MANIFEST, "edition"));
        assert!(!package_inherits(MANIFEST, "license"));
    }

    #[test]
    fn lints_of_its_own_are_not_inherited() {
        assert!(lints_are_inherited(MANIFEST));
        assert!(!lints_are_inherited(
            "[lints.rust]\nunsafe_code = 'forbid'\n"
        ));
    }
}
