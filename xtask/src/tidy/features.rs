//! Rule: what has been compiled for the tests is used by every other command.
//!
//! Cargo compiles a crate once for each set of its features. That set follows from the packages
//! that are selected, and from whether their dev-dependencies take part: `cargo test` has them,
//! `cargo run` has not. So dev-dependencies switch on nothing that the rest of the workspace does
//! not, and no page selects a single package to build or run.

use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::tidy::project::Project;
use crate::tidy::violation::Violation;

const RULE: &str = "features";

/// Commands that select one package, and with it features of its own.
const SELECT_ONE: [&str; 4] = [
    "cargo build -p ",
    "cargo build --package ",
    "cargo run -p ",
    "cargo run --package ",
];

/// Finds such commands in pages and in the documentation of code.
pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let mut violations = Vec::new();
    let files = project.files.iter().filter(|file| {
        let is_rule = file.path.starts_with("xtask");
        !is_rule
            && file
                .path
                .extension()
                .is_some_and(|end| end == "md" || end == "rs")
    });
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            if SELECT_ONE.iter().any(|command| line.contains(command)) {
                let remedy = "from the root, use `cargo run --bin NAME` or `--example NAME`: -p compiles the tree again";
                violations.push(Violation::new(&file.path, index + 1, RULE, remedy));
            }
        }
    }
    violations
}

/// Finds crates that cargo would compile a second time without dev-dependencies.
///
/// # Errors
///
/// If cargo does not tell.
pub(crate) fn check_graph() -> anyhow::Result<Vec<Violation>> {
    let (tests, programs) = (tree("normal,build,dev")?, tree("normal,build")?);
    let twice = differences(&tests, &programs).into_iter().map(|entry| {
        let remedy = format!(
            "make it a dependency of a package of tests, as tests/integration/Cargo.toml does: without dev-dependencies it is {entry}"
        );
        Violation::new("Cargo.toml".as_ref(), 1, RULE, remedy)
    });
    Ok(twice.collect())
}

/// Lists every crate with its features, one in a line.
fn tree(edges: &str) -> anyhow::Result<String> {
    let mut cargo = Command::new("cargo");
    cargo.args(["tree", "--workspace", "--locked", "--no-dedupe"]);
    cargo.args(["--prefix=none", "--format={p} {f}", "--edges", edges]);
    let output = cargo.output().context("cargo does not start")?;
    ensure!(
        output.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// Finds the lines of `programs` that are not among those of `tests`.
fn differences<'a>(tests: &str, programs: &'a str) -> Vec<&'a str> {
    let tests: std::collections::BTreeSet<_> = tests.lines().collect();
    let programs: std::collections::BTreeSet<_> = programs.lines().collect();
    programs
        .into_iter()
        .filter(|line| !tests.contains(line))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::TextFile;

    #[test]
    fn page_that_selects_a_package_is_found_with_its_line() {
        let text = "one\n`cargo run -p cli -- --help`\n`cargo bench -p cli`\n".to_owned();
        let path = "README.md".into();
        let project = Project {
            files: vec![TextFile { path, text }],
            ..Project::default()
        };
        let lines: Vec<_> = check(&project).into_iter().map(|it| it.line).collect();
        assert_eq!(lines, [2]);
    }

    #[test]
    fn crate_with_fewer_features_without_tests_is_found() {
        let tests = "tokio v1 full,test-util\nproptest v1 std\n";
        assert_eq!(differences(tests, "tokio v1 full\n"), ["tokio v1 full"]);
        assert!(differences(tests, "tokio v1 full,test-util\n").is_empty());
    }
}
