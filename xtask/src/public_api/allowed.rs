//! The types that a manifest allows its library to show.
//!
//! ```toml
//! [package.metadata.cargo_check_external_types]
//! allowed_external_types = ["bytes::bytes::Bytes", "http::*"]
//! ```

use std::collections::BTreeSet;

use anyhow::Context as _;
use serde_json::Value;

use crate::public_api::surface::{Shown, Surface};

const TABLE: &str = "cargo_check_external_types";
const KEY: &str = "allowed_external_types";

/// The list of a manifest: paths where the types are defined, or `crate::*`.
#[derive(Debug)]
pub(crate) struct Allowed(Vec<String>);

impl Allowed {
    /// Reads the list, which a library has even if it is empty.
    pub(crate) fn read(metadata: &Value) -> anyhow::Result<Self> {
        let list = metadata.get(TABLE).and_then(|table| table.get(KEY));
        let list = list.with_context(|| format!("write [package.metadata.{TABLE}] with {KEY}"))?;
        let list: Vec<String> = serde_json::from_value(list.clone())?;
        for pattern in &list {
            let exact = pattern.strip_suffix("::*").unwrap_or(pattern);
            anyhow::ensure!(
                !exact.is_empty() && !exact.contains('*'),
                "{pattern}: write a whole path, or a path and ::*"
            );
        }
        Ok(Self(list))
    }

    /// Returns what is shown and not allowed, then what is allowed and not shown.
    pub(crate) fn compare(&self, library: &str, surface: &Surface) -> Vec<String> {
        let mut used = BTreeSet::new();
        let mut problems = Vec::new();
        for shown in &surface.foreign {
            match self.0.iter().find(|it| matches(it, &shown.path)) {
                Some(pattern) => {
                    used.insert(pattern);
                }
                None => problems.push(refuse(library, shown)),
            }
        }
        let unused = self.0.iter().filter(|pattern| !used.contains(pattern));
        problems
            .extend(unused.map(|pattern| {
                format!("{library}: take {pattern} out of {KEY}: nothing shows it")
            }));
        problems
    }
}

fn refuse(library: &str, shown: &Shown) -> String {
    let Shown { path, item, place } = shown;
    format!("{place}: {item} of {library} shows {path}: hide it, or agree on it in {KEY}")
}

fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix("::*") {
        Some(start) => path
            .strip_prefix(start)
            .is_some_and(|rest| rest.starts_with("::")),
        None => pattern == path,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn list(patterns: &[&str]) -> anyhow::Result<Allowed> {
        Allowed::read(&json!({ TABLE: { KEY: patterns } }))
    }

    fn problems(patterns: &[&str], paths: &[&str]) -> usize {
        let shown = |path: &&str| Shown {
            path: (*path).to_owned(),
            item: "item".to_owned(),
            place: "a.rs:1".to_owned(),
        };
        let foreign = paths.iter().map(shown).collect();
        list(patterns)
            .unwrap()
            .compare("library", &Surface { foreign })
            .len()
    }

    #[test]
    fn shown_type_is_accepted_by_its_path_or_crate() {
        assert_eq!(problems(&["http::uri::Uri"], &["http::uri::Uri"]), 0);
        assert_eq!(
            problems(&["http::*"], &["http::uri::Uri", "http::Error"]),
            0
        );
        assert_eq!(problems(&[], &[]), 0);
    }

    #[test]
    fn type_that_is_not_listed_is_refused() {
        assert_eq!(problems(&[], &["rustls::error::Error"]), 1);
        assert_eq!(problems(&["rustls::A"], &["rustls::A", "rustls::Ab"]), 1);
        assert_eq!(problems(&["http::*"], &["http::A", "http_body::Body"]), 1);
    }

    #[test]
    fn listed_type_that_is_not_shown_is_refused() {
        assert_eq!(problems(&["http::*", "bytes::*"], &["http::A"]), 1);
    }

    #[test]
    fn missing_list_and_wider_patterns_are_refused() {
        Allowed::read(&Value::Null).unwrap_err();
        Allowed::read(&json!({ TABLE: {} })).unwrap_err();
        for pattern in ["*", "::*", "http*", "http::*::Uri"] {
            list(&[pattern]).unwrap_err();
        }
    }
}
