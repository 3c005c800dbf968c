#![doc = include_str!("../README.md")]

mod check;
mod command_line;
mod convert;
mod hello;
mod identities;
mod identity_files;
mod inspect;
mod output;
mod prompt;
mod proxy;
mod request;
mod secret;
mod standard_input;

pub use output::{Failure, Output, one_line, without_steering};

use std::ffi::OsString;

use clap::{Parser, Subcommand};

/// Keys, certificates and connections for Trulioo's Normalized API over mutual TLS.
#[derive(Debug, Parser)]
#[command(name = "napi-mtls", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a key and a certificate request that the portal will not refuse
    Request(request::Arguments),
    /// Shows what a file holds; of a certificate request, what the portal would refuse
    Inspect(inspect::Arguments),
    /// Checks a certificate and its key, and says what they are
    Check(check::Arguments),
    /// Writes a private key anew, encrypted in the one form that every tool reads
    Convert(convert::Arguments),
    /// Lists the pairs of key and certificate in a folder, and says what comes next
    Identities(identities::Arguments),
    /// Connects with certificate and key, and lets NAPI say hello
    Hello(hello::Arguments),
}

impl Arguments {
    /// Reads the words of a command line, the program's name first.
    ///
    /// # Errors
    ///
    /// If it cannot be read, and if it asks for the help or the version. The error never repeats a
    /// value that was given to an option.
    pub fn from_words(
        words: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Result<Self, clap::Error> {
        command_line::read(words)
    }

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
            Command::Convert(arguments) => convert::run(&arguments),
            Command::Identities(arguments) => identities::run(&arguments),
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
