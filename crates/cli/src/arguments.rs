//! The commands and their options.
//!
//! Leaves out reading them, and the work of each.

use clap::{Parser, Subcommand};

use crate::output::Output;

/// Keys, certificates and connections for Trulioo's Normalized API over mutual TLS.
#[derive(Debug, Parser)]
#[command(name = "napi-mtls", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a key and a certificate request that the portal accepts
    Request(crate::request::Arguments),
    /// Shows what a file holds, and what the portal would refuse in a certificate request
    Inspect(crate::inspect::Arguments),
    /// Checks that a certificate and its key can be used together, and describes both
    Check(crate::check::Arguments),
    /// Converts a private key to encrypted PKCS#8, the form that every tool reads
    Convert(crate::convert::Arguments),
    /// Lists the pairs of key and certificate in a folder, and when to request the next one
    Identities(crate::identities::Arguments),
    /// Connects to NAPI with certificate and key, and tests user name and password
    Hello(crate::hello::Arguments),
}

impl Arguments {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// Whatever the libraries refuse, in their words.
    pub async fn run(self) -> anyhow::Result<Output> {
        match self.command {
            Command::Request(arguments) => crate::request::run(&arguments),
            Command::Inspect(arguments) => crate::inspect::run(&arguments),
            Command::Check(arguments) => crate::check::run(&arguments),
            Command::Convert(arguments) => crate::convert::run(&arguments),
            Command::Identities(arguments) => crate::identities::run(&arguments),
            Command::Hello(arguments) => crate::hello::run(arguments).await,
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
