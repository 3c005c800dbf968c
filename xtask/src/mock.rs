//! `cargo xtask mock`: the mock with a ready identity, until it is interrupted.
//!
//! What it takes, writes and prints is the example `mock` of the package `examples`.

use xshell::{Shell, cmd};

use crate::program;

/// Builds the mock and becomes it, so that an interrupt or a `kill` reaches it.
pub(crate) fn run(shell: &Shell, args: &[String]) -> anyhow::Result<()> {
    let mock = program::build_example(shell, "mock", &[])?;
    program::replace_with(cmd!(shell, "{mock} {args...}").into())
}
