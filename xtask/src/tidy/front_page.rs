//! Rule: the two pages that a newcomer reads stay short and say how to begin.
//!
//! A page that cannot be read at one sitting is neither read nor kept true.

use std::path::Path;

use crate::tidy::project::Project;
use crate::tidy::violation::Violation;

const RULE: &str = "front-page";

/// ARCHITECTURE.md has fewer lines than this.
const ARCHITECTURE: usize = 150;

/// README.md has fewer lines than this.
const README: usize = 120;

/// The commands that README.md tells a newcomer to type.
const COMMANDS: &[&str] = &["cargo xtask demo", "cargo xtask test"];

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    check_architecture(project)
        .into_iter()
        .chain(check_readme(project))
        .collect()
}

fn check_architecture(project: &Project) -> Option<Violation> {
    let path = Path::new("ARCHITECTURE.md");
    match project.file(path) {
        None => {
            let remedy = "write it: code map, invariants, reasons";
            Some(Violation::new(path, 1, RULE, remedy))
        }
        Some(file) => too_long(path, &file.text, ARCHITECTURE, "the crates"),
    }
}

fn check_readme(project: &Project) -> Vec<Violation> {
    let path = Path::new("README.md");
    let text = project.file(path).map_or("", |file| &file.text);
    let missing = COMMANDS.iter().filter(|command| !text.contains(**command));
    let missing =
        missing.map(|it| Violation::new(path, 1, RULE, format!("say when to use `{it}`")));
    missing
        .chain(too_long(path, text, README, "`docs/`"))
        .collect()
}

fn too_long(path: &Path, text: &str, limit: usize, elsewhere: &str) -> Option<Violation> {
    let remedy =
        || format!("shorten it to fewer than {limit} lines: details belong to {elsewhere}");
    (text.lines().count() >= limit).then(|| Violation::new(path, limit, RULE, remedy()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    const SHORT: &str = "`cargo xtask demo` shows it, `cargo xtask test` tests it.\n";

    #[test]
    fn short_architecture_and_readme_with_commands_are_accepted() {
        assert_eq!(violations(&"line\n".repeat(149), SHORT), 0);
    }

    #[test]
    fn architecture_of_150_lines_is_refused() {
        assert_eq!(violations(&"line\n".repeat(150), SHORT), 1);
    }

    #[test]
    fn readme_of_120_lines_is_refused_and_of_119_accepted() {
        let long = |lines: usize| format!("{SHORT}{}", "line\n".repeat(lines - 1));
        assert_eq!(violations("", &long(119)), 0);
        assert_eq!(violations("", &long(120)), 1);
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
