//! `cargo xtask interop`: interoperability with programs of others, such as curl, Node and nginx.
//!
//! The cases and the expected outcomes are in the package `interop`.

use xshell::{Shell, cmd};

use crate::program;

/// Builds the program `interop`, and ours that is compared with others, and becomes the first.
pub(crate) fn run(shell: &Shell, args: &[String]) -> anyhow::Result<()> {
    let interop = program::build_programs(shell, &["interop", "napi-mtls"])?;
    program::replace_with(cmd!(shell, "{interop} {args...}").into())
}
