//! `cargo xtask demo`: from a new key to a response over mutual TLS, against the local mock.
//!
//! What it shows is the example `demo` of the package `examples`.

use xshell::{Shell, cmd};

use crate::program;

/// Builds the demo and becomes it.
pub(crate) fn run(shell: &Shell, args: &[String]) -> anyhow::Result<()> {
    let demo = program::build_example(shell, "demo")?;
    program::replace_with(cmd!(shell, "{demo} {args...}").into())
}
