//! `cargo xtask tidy`: the rules of this repository that no linter knows.
//!
//! One file for each rule, with its reason. A rule is a function from the [`Project`] to what
//! violates it, so its tests hand it a project made up on the spot.

mod arrows;
mod crate_page;
mod features;
mod front_page;
mod inheritance;
mod length;
mod manifest;
mod module_docs;
mod module_file;
mod outside;
mod owners;
mod project;
mod token;
mod unfinished;

use std::fmt;
use std::path::{Path, PathBuf};

use self::project::Project;

type Rule = fn(&Project) -> Vec<Violation>;

const RULES: &[Rule] = &[
    arrows::check,
    crate_page::check,
    features::check,
    front_page::check,
    inheritance::check,
    length::check,
    module_docs::check,
    module_file::check,
    outside::check,
    owners::check,
    unfinished::check,
];

/// Prints every violation; fails if there is one.
pub(crate) fn run() -> anyhow::Result<()> {
    let project = Project::load()?;
    let mut violations: Vec<_> = RULES.iter().flat_map(|rule| rule(&project)).collect();
    violations.extend(features::check_graph()?);
    violations.sort();
    for violation in &violations {
        println!("{violation}");
    }
    let count = violations.len();
    anyhow::ensure!(count == 0, "{count} violations; each line says what to do");
    Ok(())
}

/// A place where a rule is broken. Shown as `path:line: rule: what to do`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    path: PathBuf,
    /// Counted from one.
    line: usize,
    rule: &'static str,
    remedy: String,
}

impl Violation {
    fn new(path: &Path, line: usize, rule: &'static str, remedy: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            remedy,
        } = self;
        write!(f, "{}:{line}: {rule}: {remedy}", path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violation_shows_where_and_what_to_do() {
        let violation = Violation::new(Path::new("src/a.rs"), 3, "length", "split the file");
        assert_eq!(violation.to_string(), "src/a.rs:3: length: split the file");
    }
}
