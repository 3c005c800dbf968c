//! Rule: versions, licence and lints stand once, in the workspace.
//!
//! A member that says them again drifts: two versions of one dependency, a lint that one crate does
//! not have.

use std::path::Path;

use crate::tidy::manifest;
use crate::tidy::project::Project;
use crate::tidy::violation::Violation;

const RULE: &str = "inheritance";

const KEYS: &[&str] = &["edition", "license", "rust-version", "version"];

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let manifests = project.members.iter().map(|member| member.manifest());
    let files = manifests.filter_map(|path| project.file(&path));
    files
        .flat_map(|file| check_manifest(&file.path, &file.text))
        .collect()
}

fn check_manifest(path: &Path, text: &str) -> Vec<Violation> {
    let keys = KEYS
        .iter()
        .filter(|key| !manifest::package_inherits(text, key));
    let mut violations: Vec<_> = keys
        .map(|key| Violation::new(path, 1, RULE, format!("write `{key}.workspace = true`")))
        .collect();
    if !manifest::lints_are_inherited(text) {
        violations.push(Violation::new(
            path,
            1,
            RULE,
            "write `[lints]` and `workspace = true`",
        ));
    }
    let own = manifest::dependencies(text)
        .into_iter()
        .filter(|entry| !entry.is_inherited);
    violations.extend(own.map(|entry| {
        let remedy = format!(
            "name the version of {} in the workspace, and here `workspace = true`",
            entry.key
        );
        Violation::new(path, entry.line, RULE, remedy)
    }));
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: [usize; 0] = [];

    const MANIFEST: &str = "[package]
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
[dependencies]
serde.workspace = true
[lints]
workspace = true
";

    #[test]
    fn member_that_inherits_is_accepted() {
        assert_eq!(lines(MANIFEST), NOWHERE);
    }

    #[test]
    fn edition_of_its_own_is_refused() {
        let text = MANIFEST.replace("edition.workspace = true", "edition = \"2021\"");
        assert_eq!(lines(&text), [1]);
    }

    #[test]
    fn lints_of_its_own_are_refused() {
        let text = MANIFEST.replace("[lints]\nworkspace = true\n", "");
        assert_eq!(lines(&text), [1]);
    }

    #[test]
    fn version_of_its_own_is_refused_where_it_stands() {
        let text = MANIFEST.replace("serde.workspace = true", "serde = \"1\"");
        assert_eq!(lines(&text), [7]);
    }

    fn lines(text: &str) -> Vec<usize> {
        check_manifest(Path::new("Cargo.toml"), text)
            .iter()
            .map(|it| it.line)
            .collect()
    }
}
