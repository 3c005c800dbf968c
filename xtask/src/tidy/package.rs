//! Rule: each crate can be packaged, with all that a registry shows of it.
//!
//! What is missing is noticed when a package is published, which is too late to change it.

use crate::tidy::project::{Member, Project};
use crate::tidy::violation::Violation;

const RULE: &str = "package";

/// Keys that a registry shows.
const KEYS: &[&str] = &["categories", "description", "keywords", "readme"];

/// Files that a package has beside its manifest; links to those at the root will do.
const FILES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT", "README.md"];

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let libraries = project.libraries();
    libraries
        .flat_map(|member| check_member(project, member))
        .collect()
}

fn check_member(project: &Project, member: &Member) -> Vec<Violation> {
    let path = member.manifest();
    let text = project.file(&path).map_or("", |file| &file.text);
    let package = text.split("\n[").next().unwrap_or_default();
    let has = |key: &str| {
        package
            .lines()
            .any(|line| line.starts_with(&format!("{key} = ")))
    };
    let keys = KEYS.iter().filter(|key| !has(key));
    let keys = keys.map(|key| Violation::new(&path, 1, RULE, format!("write `{key} = ...`")));
    let files = FILES.iter().map(|name| member.folder.join(name));
    let files = files.filter(|file| project.file(file).is_none());
    let files = files
        .map(|file| Violation::new(&file, 1, RULE, "link to the file at the root, or write it"));
    keys.chain(files).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    const MANIFEST: &str = "[package]\nname = \"csr\"\ndescription = \"a\"\nreadme = \"README.md\"\n\
                            keywords = []\ncategories = []\n\n[dependencies]\n";

    fn violations(manifest: &str, files: &[&str]) -> usize {
        let files: Vec<_> = files
            .iter()
            .map(|name| format!("crates/csr/{name}"))
            .collect();
        let mut all = vec![("crates/csr/Cargo.toml", manifest)];
        all.extend(files.iter().map(|path| (path.as_str(), "a\n")));
        let mut project = made_up::files(&all);
        project.members = vec![made_up::member("csr", Vec::new())];
        check(&project).len()
    }

    #[test]
    fn package_with_metadata_and_licences_is_accepted() {
        assert_eq!(violations(MANIFEST, FILES), 0);
    }

    #[test]
    fn missing_key_is_refused() {
        let without = MANIFEST.replace("keywords = []\n", "");
        assert_eq!(violations(&without, FILES), 1);
        let elsewhere = format!("{without}keywords = 1\n");
        assert_eq!(violations(&elsewhere, FILES), 1);
    }

    #[test]
    fn missing_licence_is_refused() {
        assert_eq!(violations(MANIFEST, &["LICENSE-MIT", "README.md"]), 1);
    }
}
