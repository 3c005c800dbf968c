//! The commands of this workspace: `cargo xtask <command>`.
//!
//! One file for each command; what a command is for stands in its own file.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program speaks to a person"
)]

mod bench;
mod ci;
mod demo;
mod environment;
mod interop;
mod mock;
mod package;
mod program;
mod public_api;
mod terminal;
mod test;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use xshell::{Shell, cmd};

/// The commands of this workspace.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole way, from a new key to a response over mutual TLS, against the local mock
    Demo {
        /// Handed to the demo, after `--`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Every test: unit, doc and integration
    Test {
        /// On a terminal of their own, and fail if a test asks there
        #[arg(long)]
        terminal: bool,
        /// Handed to the tests, after `--`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// The mock with a ready identity, until interrupted
    Mock {
        /// Handed to the mock, after `--`; a folder counts from the root of the workspace
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Interoperability with programs of others as clients and servers: curl, Node, Java, nginx
    Interop {
        /// Handed to the program `interop`, after `--`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// The benchmarks, and the instructions of a request and of a handshake
    Bench(bench::Arguments),
    /// Each crate as it would be published
    Package(package::Arguments),
    /// The types of other crates in the public API, against the lists in the manifests
    PublicApi,
    /// The part of CI that needs cargo alone
    Ci {
        /// Leave the tests out, because `cargo xtask test` has just passed
        #[arg(long)]
        skip_tests: bool,
    },
    /// The rules of this repository that no linter knows
    Tidy(tidy::Arguments),
}

fn main() -> ExitCode {
    // Cargo starts it as rustdoc too, for `public-api`.
    if let Some(code) = public_api::rustdoc::stand_in() {
        return code;
    }
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}"); // and no backtrace: it is never about this program
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let shell = Shell::new()?;
    // Wherever it was called: `target` and every path in the documentation are relative to the
    // root.
    let manifest = cmd!(
        shell,
        "cargo locate-project --workspace --message-format plain"
    );
    let manifest = PathBuf::from(manifest.quiet().read()?);
    shell.change_dir(
        manifest
            .parent()
            .context("the workspace lies in no folder")?,
    );
    match arguments.command {
        Command::Demo { args } => demo::run(&shell, &args),
        Command::Test { terminal, args } => test::run(&shell, terminal, &args),
        Command::Mock { args } => mock::run(&shell, &args),
        Command::Interop { args } => interop::run(&shell, &args),
        Command::Bench(arguments) => bench::run(&shell, &arguments),
        Command::Package(arguments) => package::run(&shell, &arguments),
        Command::PublicApi => public_api::run(&shell),
        Command::Ci { skip_tests } => ci::run(&shell, skip_tests),
        Command::Tidy(arguments) => tidy::run(&arguments),
    }
}
