//! `cargo xtask interop`: programs of others as witnesses, such as curl, Node, Java and nginx.
//!
//! Who is asked what, and what counts as an answer, is the package `interop`.

use xshell::{Shell, cmd};

use crate::program;

/// Builds the witnesses' program, and ours that stands beside theirs, and becomes the first.
pub(crate) fn run(shell: &Shell, args: &[String]) -> anyhow::Result<()> {
    let interop = program::build_programs(shell, &["interop", "napi-mtls"])?;
    program::replace_with(cmd!(shell, "{interop} {args...}").into())
}
