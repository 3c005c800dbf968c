//! Rule: nothing names a path outside the repository.
//!
//! What builds on one machine only is not a project. Found are absolute paths that begin with a
//! folder where people or CI keep their work, and `..` chains longer than the way to the root.

use std::path::Path;

use crate::tidy::project::{Project, TextFile};
use crate::tidy::violation::Violation;

const RULE: &str = "outside";

/// First folders of absolute paths that exist on one machine and not on another.
const FOLDERS: &[&str] = &["Users", "builds", "home", "root", "work", "workspace"];

/// One step towards the root.
const UP: &str = "../";

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    project
        .files
        .iter()
        .flat_map(|file| check_file(project, file))
        .collect()
}

fn check_file(project: &Project, file: &TextFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let mut add = |remedy| violations.push(Violation::new(&file.path, index + 1, RULE, remedy));
        if FOLDERS.iter().any(|folder| names_folder(line, folder)) {
            add("take the file into the repository, or find it by an argument");
        }
        let depth = depth(project, file);
        if own_paths(&file.path, line).any(|text| climbs_out(text, depth)) {
            add("take the file into the repository: this path leads out of it");
        }
    }
    violations
}

/// Splits off the parts of a line that may name files of this repository. In a page these are the
/// links: its examples are about the reader's folders.
fn own_paths<'a>(path: &Path, line: &'a str) -> impl Iterator<Item = &'a str> {
    let is_page = path.extension().is_some_and(|end| end == "md");
    let parts = line.split(if is_page { "](" } else { "\n" });
    parts.filter(move |part| !is_page || part.starts_with(UP))
}

/// Tells whether the line holds an absolute path that begins with this folder.
fn names_folder(line: &str, folder: &str) -> bool {
    let start = format!("/{folder}/");
    line.match_indices(&start).any(|(index, _)| {
        let before = line.get(..index).and_then(|text| text.chars().next_back());
        !before.is_some_and(|char| char.is_alphanumeric() || "._-~*/{}<>)]$".contains(char))
    })
}

/// Tells whether a chain of `..` has more steps than its start has folders above it.
fn climbs_out(line: &str, depth: Depth) -> bool {
    let mut rest = line;
    while let Some((before, chain)) = rest.split_once(UP) {
        let mut steps = 1;
        rest = chain;
        while let Some(further) = rest.strip_prefix(UP) {
            steps += 1;
            rest = further;
        }
        // After `env!("CARGO_MANIFEST_DIR")` the chain begins with a slash.
        let above = if before.ends_with('/') {
            depth.of_package
        } else {
            depth.of_file
        };
        if steps > above {
            return true;
        }
    }
    false
}

/// The number of folders between the root and the two places where a path may start.
#[derive(Clone, Copy)]
struct Depth {
    of_file: usize,
    of_package: usize,
}

fn depth(project: &Project, file: &TextFile) -> Depth {
    let count = |path: &Path| path.components().count();
    let packages = project
        .members
        .iter()
        .filter(|member| file.path.starts_with(&member.folder));
    Depth {
        of_file: count(&file.path) - 1,
        of_package: packages
            .map(|member| count(&member.folder))
            .max()
            .unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    const NOWHERE: [usize; 0] = [];

    #[test]
    fn path_to_the_root_is_accepted() {
        assert_eq!(
            lines(&format!("a\ninclude_str!(\"{}LICENSE\")\n", UP.repeat(3))),
            NOWHERE
        );
    }

    #[test]
    fn path_past_the_root_is_refused() {
        assert_eq!(
            lines(&format!("a\ninclude_str!(\"{}LICENSE\")\n", UP.repeat(4))),
            [2]
        );
    }

    #[test]
    fn path_from_the_manifest_counts_from_there() {
        let line = |steps| {
            format!(
                "concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{}a\")",
                UP.repeat(steps)
            )
        };
        assert_eq!(lines(&line(2)), NOWHERE);
        assert_eq!(lines(&line(3)), [1]);
    }

    #[test]
    fn folder_of_one_machine_is_refused() {
        for folder in FOLDERS {
            assert_eq!(
                lines(&format!("open(\"/{folder}/key.pem\")")),
                [1],
                "{folder}"
            );
        }
    }

    #[test]
    fn folder_of_the_repository_or_an_address_is_accepted() {
        for text in [
            "target/work/a",
            "https://example.com/home/a",
            "$HOME/root/a",
            "/etc/a",
        ] {
            assert_eq!(lines(text), NOWHERE, "{text}");
        }
    }

    #[test]
    fn page_may_speak_of_other_folders_but_not_link_there() {
        assert_eq!(
            lines_of(
                "crates/csr/README.md",
                &format!("path = \"{}a\"", UP.repeat(3))
            ),
            NOWHERE
        );
        assert_eq!(
            lines_of("crates/csr/README.md", &format!("[a]({}a)", UP.repeat(3))),
            [1]
        );
        assert_eq!(
            lines_of("crates/csr/README.md", &format!("[a]({}a)", UP.repeat(2))),
            NOWHERE
        );
    }

    fn lines(text: &str) -> Vec<usize> {
        lines_of("crates/csr/src/a.rs", text)
    }

    fn lines_of(path: &str, text: &str) -> Vec<usize> {
        let members = vec![made_up::member("csr", Vec::new())];
        let files = made_up::files(&[(path, text)]);
        check(&Project { members, ..files })
            .iter()
            .map(|it| it.line)
            .collect()
    }
}
