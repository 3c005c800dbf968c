//! Rule: every library has a front page that compiles and a short example that is a task.
//!
//! The README is the documentation of the crate, so that its example is compiled and there is one
//! text instead of two. An example that takes more than a screen belongs into the API instead. The
//! program needs no example: its README shows the commands.

use crate::tidy::project::{Member, Project};
use crate::tidy::violation::Violation;

const RULE: &str = "crate-page";

/// An example has fewer lines than this.
const EXAMPLE: usize = 60;

/// The package that is there for its program; its library is there for the tests.
const PROGRAM: &str = "cli";

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let libraries = project.libraries();
    libraries
        .flat_map(|library| {
            check_page(project, library)
                .into_iter()
                .chain(check_examples(project, library))
        })
        .collect()
}

fn check_page(project: &Project, library: &Member) -> Option<Violation> {
    let readme = library.folder.join("README.md");
    if project.file(&readme).is_none() {
        return Some(Violation::new(
            &readme,
            1,
            RULE,
            "write it: what the crate is for, an example",
        ));
    }
    let root = library.folder.join("src/lib.rs");
    let page = "doc = include_str!(\"../README.md\")";
    let has_page = project
        .file(&root)
        .is_some_and(|file| file.text.contains(page));
    (!has_page).then(|| Violation::new(&root, 1, RULE, format!("add #![{page}]")))
}

fn check_examples(project: &Project, library: &Member) -> Vec<Violation> {
    let folder = library.folder.join("examples");
    let examples: Vec<_> = project
        .rust_files()
        .filter(|file| file.path.starts_with(&folder))
        .collect();
    if examples.is_empty() && library.name != PROGRAM {
        return vec![Violation::new(
            &folder,
            1,
            RULE,
            "add an example: a task that a user has",
        )];
    }
    let long = examples
        .iter()
        .filter(|file| file.text.lines().count() >= EXAMPLE);
    let remedy = "shorten the example to fewer than 60 lines";
    long.map(|file| Violation::new(&file.path, EXAMPLE, RULE, remedy))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    const ROOT: &str = "#![doc = include_str!(\"../README.md\")]\n";

    #[test]
    fn library_with_page_and_example_is_accepted() {
        let short = "use a;\n".repeat(59);
        assert_eq!(
            check_csr(&[PAGE, ("crates/csr/src/lib.rs", ROOT), (TASK, &short)]),
            0
        );
    }

    #[test]
    fn library_without_readme_is_refused() {
        assert_eq!(check_csr(&[("crates/csr/src/lib.rs", ROOT), (TASK, "")]), 1);
    }

    #[test]
    fn root_that_does_not_show_the_readme_is_refused() {
        assert_eq!(
            check_csr(&[PAGE, ("crates/csr/src/lib.rs", "//! Keys.\n"), (TASK, "")]),
            1
        );
    }

    #[test]
    fn library_without_example_is_refused() {
        let other = ("crates/napi/examples/task.rs", "");
        assert_eq!(
            check_csr(&[PAGE, ("crates/csr/src/lib.rs", ROOT), other]),
            1
        );
    }

    #[test]
    fn example_of_sixty_lines_is_refused() {
        let long = "use a;\n".repeat(60);
        assert_eq!(
            check_csr(&[PAGE, ("crates/csr/src/lib.rs", ROOT), (TASK, &long)]),
            1
        );
    }

    #[test]
    fn program_needs_a_page_but_no_example() {
        let page = ("crates/cli/README.md", "# napi\n");
        let root = ("crates/cli/src/lib.rs", ROOT);
        assert_eq!(check_member("cli", &[page, root]), 0);
        assert_eq!(check_member("cli", &[root]), 1);
    }

    #[test]
    fn readme_behind_a_feature_is_accepted() {
        let root = "#![cfg_attr(feature = \"a\", doc = include_str!(\"../README.md\"))]\n";
        assert_eq!(
            check_csr(&[PAGE, ("crates/csr/src/lib.rs", root), (TASK, "")]),
            0
        );
    }

    const PAGE: (&str, &str) = ("crates/csr/README.md", "# csr\n");
    const TASK: &str = "crates/csr/examples/task.rs";

    fn check_csr(files: &[(&str, &str)]) -> usize {
        check_member("csr", files)
    }

    fn check_member(name: &str, files: &[(&str, &str)]) -> usize {
        let members = vec![made_up::member(name, Vec::new())];
        check(&Project {
            members,
            ..made_up::files(files)
        })
        .len()
    }
}
