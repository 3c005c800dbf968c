//! Rule: the two pages that a newcomer reads stay short and say how to begin.
//!
//! An architecture text that cannot be read at one sitting is neither read nor kept true.

use std::path::Path;

use crate::tidy::project::Project;
use crate::tidy::violation::Violation;

const RULE: &str = "front-page";

/// ARCHITECTURE.md has fewer lines than this.
const ARCHITECTURE: usize = 150;

/// What README.md tells a newcomer to type.
const COMMANDS: &[&str] = &["cargo xtask demo", "cargo xtask test"];

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    check_architecture(project)
        .into_iter()
        .chain(check_readme(project))
        .collect()
}

fn check_architecture(project: &Project) -> Option<Violation> {
    let path = Path::new("ARCHITECTURE.md");
    match project.file(path).map(|file| file.text.lines().count()) {
        None => Some(Violation::new(
            path,
            1,
            RULE,
            "write it: code map, invariants, reasons",
        )),
        Some(lines) if lines >= ARCHITECTURE => {
            let remedy = "shorten it to fewer than 150 lines: details belong to the crates";
            Some(Violation::new(path, ARCHITECTURE, RULE, remedy))
        }
        Some(_) => None,
    }
}

fn check_readme(project: &Project) -> Vec<Violation> {
    let path = Path::new("README.md");
    let text = project.file(path).map_or("", |file| &file.text);
    let missing = COMMANDS.iter().filter(|command| !text.contains(**command));
    missing
        .map(|it| Violation::new(path, 1, RULE, format!("say when to use `{it}`")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    const README: &str = "`cargo xtask demo` shows it, `cargo xtask test` tests it.\n";

    #[test]
    fn short_architecture_and_readme_with_commands_are_accepted() {
        assert_eq!(violations(&"line\n".repeat(149), README), 0);
    }

    #[test]
    fn architecture_of_150_lines_is_refused() {
        assert_eq!(violations(&"line\n".repeat(150), README), 1);
    }

    #[test]
    fn readme_without_the_tests_is_refused() {
        assert_eq!(violations("", "`cargo xtask demo`\n"), 1);
    }

    #[test]
    fn missing_pages_are_refused() {
        assert_eq!(check(&made_up::files(&[])).len(), 3);
    }

    fn violations(architecture: &str, readme: &str) -> usize {
        let files = [("ARCHITECTURE.md", architecture), ("README.md", readme)];
        check(&made_up::files(&files)).len()
    }
}
