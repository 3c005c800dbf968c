//! `napi-mtls completions` and `napi-mtls man`: what a package of the program installs beside it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Command;
use clap_complete::Shell;
use serde_json::json;
use vocabulary::Escaped;

use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls completions bash > napi-mtls.bash
  napi-mtls completions fish > napi-mtls.fish")]
pub(crate) struct CompletionArguments {
    /// The shell that completes
    shell: Shell,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mkdir -p man1 && napi-mtls man man1")]
pub(crate) struct ManArguments {
    /// Existing folder for the pages, one for the program and one for each command
    folder: PathBuf,
}

/// Writes the script of a shell.
pub(crate) fn completions(arguments: &CompletionArguments, mut program: Command) -> Output {
    let mut script = Vec::new();
    let name = program.get_name().to_owned();
    clap_complete::generate(arguments.shell, &mut program, name, &mut script);
    let data = json!({"script": String::from_utf8_lossy(&script)});
    let mut output = Output::new(String::new(), data, None::<String>);
    output.raw = script;
    output
}

/// Writes the pages, in place of those of an earlier version.
pub(crate) fn man(arguments: &ManArguments, program: Command) -> Result<Output> {
    let folder = &arguments.folder;
    let shown = folder.to_string_lossy();
    clap_mangen::generate_to(program, folder)
        .with_context(|| format!("cannot write the pages into {shown}"))?;
    let text = format!("pages    {}", Escaped::line(&shown));
    Ok(Output::new(text, json!({"folder": shown}), None::<String>))
}
