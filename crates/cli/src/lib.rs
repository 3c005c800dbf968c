#![doc = include_str!("../README.md")]

mod check;
mod hello;
mod identity_files;
mod inspect;
mod output;
mod request;
mod secret;

pub use output::Output;

use clap::{Parser, Subcommand};

/// Keys, certificates and connections for Trulioo's Normalized API over mutual TLS.
#[derive(Debug, Parser)]
#[command(name = "napi", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a key and a certificate request that the portal will not refuse
    Request(request::Arguments),
    /// Shows a certificate request made anywhere, and what the portal would refuse of it
    Inspect(inspect::Arguments),
    /// Checks a certificate and its key, and says what they are
    Check(check::Arguments),
    /// Connects with certificate and key, and lets NAPI say hello
    Hello(hello::Arguments),
}

impl Arguments {
    /// Does what the arguments say.
    ///
    /// # Errors
    ///
    /// Whatever the libraries refuse, in their words.
    pub async fn run(self) -> anyhow::Result<Output> {
        match self.command {
            Command::Request(arguments) => request::run(&arguments),
            Command::Inspect(arguments) => inspect::run(&arguments),
            Command::Check(arguments) => check::run(&arguments),
            Command::Hello(arguments) => hello::run(arguments).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_options_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }
}
