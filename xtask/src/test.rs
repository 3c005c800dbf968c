//! `cargo xtask test`: every test, with the mock as a process of its own.
//!
//! The integration tests start the program named by `MOCK_NAPI_PROGRAM`, one for each test, on port
//! 0. Without the variable, as under `cargo test --workspace`, they run the mock in their own
//! process: the same suite, complete either way. No test asks anyone anything: they have no
//! standard input here, and `--terminal` runs them on a terminal where that would be noticed.

use std::process::{Command, Stdio};

use xshell::{Shell, cmd};

use crate::{environment::forget_this_package, program, terminal};

/// Builds the tests and the mock, then becomes `cargo test`, whose exit status is thus its own.
pub(crate) fn run(shell: &Shell, on_terminal: bool, args: &[String]) -> anyhow::Result<()> {
    let mock = program::build_tests(shell, "mock-napi")?;
    // A failure in one crate does not hide that in another.
    let tests = cmd!(shell, "cargo test --workspace --no-fail-fast -- {args...}");
    let tests = forget_this_package(tests).env("MOCK_NAPI_PROGRAM", mock);
    if on_terminal {
        return terminal::run(tests.into());
    }
    program::replace_with(without_input(tests.into()))
}

fn without_input(mut command: Command) -> Command {
    command.stdin(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn tests_find_standard_input_at_its_end() {
        // `cat` waits for whoever sits at the terminal otherwise.
        let output = without_input(Command::new("cat")).output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty());
    }
}
