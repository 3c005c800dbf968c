//! `cargo xtask mock`: the mock with a ready identity, until it is interrupted.
//!
//! Its options, files and output are those of the command `mock` of the program `napi-mtls`.

use xshell::{Shell, cmd};

use crate::program;

/// Builds the program and becomes its mock, so that an interrupt or a `kill` reaches it.
pub(crate) fn run(shell: &Shell, args: &[String]) -> anyhow::Result<()> {
    let program = program::build_programs(shell, &["napi-mtls"])?;
    let folder = "target/mock"; // one in `args` counts in its place
    program::replace_with(cmd!(shell, "{program} mock --folder {folder} {args...}").into())
}
