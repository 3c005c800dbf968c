//! `cargo xtask test`: every test, with the mock as a process of its own.
//!
//! The integration tests start the program named by `MOCK_NAPI_PROGRAM`, one for each test, on port
//! 0. Without the variable, as under `cargo test --workspace`, they run the mock in their own
//! process: the same suite, complete either way.

use xshell::{Shell, cmd};

use crate::program;

/// Builds the tests and the mock, then becomes `cargo test`, whose status is thus the answer.
pub(crate) fn run(shell: &Shell, args: &[String]) -> anyhow::Result<()> {
    let mock = program::build_tests(shell, "mock-napi")?;
    let tests = cmd!(shell, "cargo test --workspace -- {args...}").env("MOCK_NAPI_PROGRAM", mock);
    program::replace_with(tests.into())
}
