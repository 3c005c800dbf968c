//! `cargo xtask ci`: the part of CI that needs cargo alone.
//!
//! Every step is a command that can be pasted into a shell. `RUSTFLAGS` stays as it is, because
//! another value would compile every dependency again; the cheap steps come first. The demo,
//! interop and the counts of instructions are added by `.ci/run`.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use xshell::{Shell, cmd};

use crate::environment;

/// The tools of others, in the versions that `.ci/run` installs: the last that this workspace's
/// compiler compiles.
const TOOLS: &[(&str, &str)] = &[("deny", "0.20.2"), ("shear", "1.11.2")];

/// The steps before the tests.
const BEFORE_TESTS: &[&str] = &[
    "cargo fmt --all --check",
    "cargo xtask tidy",
    "cargo deny check bans licenses sources",
    "cargo shear",
    "cargo xtask package",
    "cargo clippy --workspace --all-targets --all-features -- -D warnings",
    "RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --all-features",
    "cargo xtask public-api",
];

/// The tests with the default features, on a terminal, where one that waits for input fails.
const TESTS: &str = "cargo xtask test --terminal";

/// The steps after the tests: the benchmarks of `napi` and `transport`, then each set of features
/// by itself, since the workspace unifies them. Documentation is written for the default features,
/// so its examples are not compiled here.
const AFTER_TESTS: &[&str] = &[
    // Few rounds, unoptimised: do they work, and does no request fail while identities rotate?
    "cargo test --workspace --bench decode --bench handshakes --bench requests --bench rotation",
    "cargo clippy -p cli --no-default-features -- -D warnings",
    "cargo clippy -p identity --no-default-features -- -D warnings",
    "cargo clippy -p mock-napi --no-default-features -- -D warnings",
    "cargo clippy -p napi --no-default-features -- -D warnings",
    "cargo clippy -p transport --no-default-features -- -D warnings",
    "cargo clippy -p transport --no-default-features --features aws-lc-rs -- -D warnings",
    "cargo test -p transport --no-default-features --features ring --lib --tests",
    "cargo test -p transport --all-features --lib --tests",
    // Projects outside the workspace, as a user's: their lock files have to follow ours.
    "cargo test --locked --manifest-path examples/mock-in-tests/Cargo.toml --target-dir target",
    "cargo test --locked --manifest-path examples/opentelemetry/Cargo.toml --target-dir target",
];

/// Runs every step, or all but the tests, up to the first that fails.
pub(crate) fn run(shell: &Shell, skip_tests: bool) -> anyhow::Result<()> {
    for (tool, version) in TOOLS {
        require(shell, tool, version)?;
    }
    let tests = if skip_tests { None } else { Some(TESTS) };
    let lines = BEFORE_TESTS
        .iter()
        .copied()
        .chain(tests)
        .chain(AFTER_TESTS.iter().copied());
    let mut times = Vec::new();
    for line in lines {
        println!("$ {line}");
        let start = Instant::now();
        let mut step = command(line)?;
        for name in environment::of_this_package() {
            step.env_remove(name);
        }
        let status = step.current_dir(shell.current_dir()).status()?;
        anyhow::ensure!(
            status.success(),
            "this step failed; to see it alone, run: {line}"
        );
        times.push((start.elapsed(), line));
    }
    print_times(&times);
    Ok(())
}

/// Fails at once, and not after minutes of compiling.
fn require(shell: &Shell, tool: &str, version: &str) -> anyhow::Result<()> {
    let shown = cmd!(shell, "cargo {tool} --version").quiet();
    let is_there = shown.ignore_stdout().ignore_stderr().run().is_ok();
    anyhow::ensure!(
        is_there,
        "cargo-{tool} is missing; run: cargo install --locked --version {version} cargo-{tool}"
    );
    Ok(())
}

/// Parses a line into the process to start: variables, program, arguments, separated by spaces.
fn command(line: &str) -> anyhow::Result<Command> {
    let mut words = line.split_whitespace().peekable();
    let mut variables = Vec::new();
    while let Some(variable) = words.peek().and_then(|word| word.split_once('=')) {
        variables.push(variable);
        words.next();
    }
    let mut command = Command::new(words.next().context("an empty step")?);
    command.envs(variables).args(words);
    Ok(command)
}

fn print_times(times: &[(Duration, &str)]) {
    println!();
    for (time, line) in times {
        println!("{:>6.1} s  {line}", time.as_secs_f64());
    }
    let total: Duration = times.iter().map(|(time, _)| time).sum();
    println!("{:>6.1} s  in all", total.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn words_before_the_program_are_variables() {
        let command = command("A=-Dx cargo doc --flag=y").unwrap();
        assert_eq!(command.get_program(), "cargo");
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["doc", "--flag=y"]);
        let variables: Vec<_> = command.get_envs().collect();
        assert_eq!(variables, [(OsStr::new("A"), Some(OsStr::new("-Dx")))]);
    }

    #[test]
    fn empty_step_is_refused() {
        command("  ").unwrap_err();
    }

    #[test]
    fn every_step_names_a_program() {
        for line in BEFORE_TESTS.iter().chain(&[TESTS]).chain(AFTER_TESTS) {
            assert_eq!(command(line).unwrap().get_program(), "cargo", "{line}");
        }
    }
}
