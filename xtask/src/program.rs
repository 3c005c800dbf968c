//! Programs of this workspace: built once, then started by path.
//!
//! Cargo unifies features over the packages that it is asked for, so `cargo run -p one` compiles
//! dependencies a second time, with fewer features than the tests have given them. Asking for the
//! whole workspace every time compiles everything once.

use std::io::BufReader;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;
use cargo_metadata::{Message, TargetKind};
use xshell::{Cmd, Shell, cmd};

use crate::environment::forget_this_package;

/// Builds the example `name` and no more than it needs; returns its path.
pub(crate) fn build_example(shell: &Shell, name: &str) -> anyhow::Result<PathBuf> {
    let format = "--message-format=json-render-diagnostics";
    let messages = cmd!(shell, "cargo build --workspace --example {name} {format}");
    find(&read(messages)?, &TargetKind::Example, name)
}

/// Builds these programs and no more than they need; returns the first's path, beside the others'.
pub(crate) fn build_programs(shell: &Shell, names: &[&str]) -> anyhow::Result<PathBuf> {
    let first = names.first().context("no program to build")?;
    let targets: Vec<_> = names.iter().flat_map(|name| ["--bin", name]).collect();
    let format = "--message-format=json-render-diagnostics";
    let messages = cmd!(shell, "cargo build --workspace {targets...} {format}");
    find(&read(messages)?, &TargetKind::Bin, first)
}

/// Builds what `cargo test --workspace` runs, so no benches; returns where the program `name` lies.
pub(crate) fn build_tests(shell: &Shell, name: &str) -> anyhow::Result<PathBuf> {
    let targets = ["--tests", "--examples", "--bin", name];
    let format = "--message-format=json-render-diagnostics";
    let messages = cmd!(shell, "cargo build --workspace {targets...} {format}");
    find(&read(messages)?, &TargetKind::Bin, name)
}

/// Builds a program of a package as users do, optimised and without its mock; returns its path.
pub(crate) fn build_optimised(shell: &Shell, package: &str, name: &str) -> anyhow::Result<PathBuf> {
    let format = "--message-format=json-render-diagnostics";
    let messages = cmd!(
        shell,
        "cargo build --release --package {package} --no-default-features --bin {name} {format}"
    );
    find(&read(messages)?, &TargetKind::Bin, name)
}

/// Builds benchmarks of a package, optimised; returns where they lie, in the same order.
pub(crate) fn build_benches(
    shell: &Shell,
    package: &str,
    names: &[&str],
) -> anyhow::Result<Vec<PathBuf>> {
    let targets: Vec<_> = names.iter().flat_map(|name| ["--bench", name]).collect();
    let format = "--message-format=json-render-diagnostics";
    let messages = cmd!(
        shell,
        "cargo bench --package {package} --no-run {targets...} {format}"
    );
    let messages = read(messages)?;
    let found = names
        .iter()
        .map(|name| find(&messages, &TargetKind::Bench, name));
    found.collect()
}

/// Returns cargo's output, without telling it of this package.
fn read(command: Cmd<'_>) -> anyhow::Result<String> {
    Ok(forget_this_package(command).quiet().read()?)
}

/// Finds the program among the messages that cargo wrote while building.
fn find(messages: &str, kind: &TargetKind, name: &str) -> anyhow::Result<PathBuf> {
    for message in Message::parse_stream(BufReader::new(messages.as_bytes())) {
        let Message::CompilerArtifact(artifact) = message? else {
            continue;
        };
        let is_it = artifact.target.name == name && artifact.target.kind.contains(kind);
        // A benchmark has no other form than the one that cargo calls a test.
        if is_it && (!artifact.profile.test || *kind == TargetKind::Bench) {
            return artifact
                .executable
                .map(PathBuf::from)
                .context("cargo names no executable");
        }
    }
    anyhow::bail!("cargo built no {kind} named {name}")
}

/// Becomes the command: its output, its signals and its status are those of this process.
#[cfg(unix)]
pub(crate) fn replace_with(mut command: Command) -> anyhow::Result<()> {
    use std::os::unix::process::CommandExt as _;
    let failure = command.exec();
    Err(failure).with_context(|| format!("cannot start {}", command.get_program().display()))
}

/// Runs the command and ends with its status.
#[cfg(not(unix))]
pub(crate) fn replace_with(mut command: Command) -> anyhow::Result<()> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_is_found_beside_its_test_harness() {
        let messages = [
            artifact("mock", "bin", true),
            artifact("mock", "bin", false),
        ]
        .join("\n");
        let found = find(&messages, &TargetKind::Bin, "mock").unwrap();
        assert_eq!(found, PathBuf::from("/target/bin-false/mock"));
    }

    #[test]
    fn benchmark_is_found_though_cargo_calls_it_a_test() {
        let messages = artifact("requests", "bench", true);
        let found = find(&messages, &TargetKind::Bench, "requests").unwrap();
        assert_eq!(found, PathBuf::from("/target/bench-true/requests"));
    }

    #[test]
    fn library_of_the_same_name_is_not_the_program() {
        find(&artifact("mock", "lib", false), &TargetKind::Bin, "mock").unwrap_err();
    }

    #[test]
    fn other_example_is_not_the_one_asked_for() {
        find(
            &artifact("mock", "example", false),
            &TargetKind::Example,
            "demo",
        )
        .unwrap_err();
    }

    fn artifact(name: &str, kind: &str, test: bool) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","package_id":"p","manifest_path":"/Cargo.toml",
            "target":{{"name":"{name}","kind":["{kind}"],"crate_types":["bin"],"required-features":[],
            "src_path":"/main.rs","edition":"2024","doc":true,"doctest":false,"test":true}},
            "profile":{{"opt_level":"0","debuginfo":0,"debug_assertions":true,
            "overflow_checks":true,"test":{test}}},"features":[],"filenames":[],
            "executable":"/target/{kind}-{test}/{name}","fresh":true}}"#
        )
        .replace('\n', " ")
    }
}
