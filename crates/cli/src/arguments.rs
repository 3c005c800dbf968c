//! The commands and their options.
//!
//! Leaves out reading them, and the work of each.

use clap::{CommandFactory, Parser, Subcommand};

use crate::format::Format;
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::refusal::Refusal;

/// Keys, certificates and connections for Trulioo's Normalized API over mutual TLS.
#[derive(Debug, Parser)]
#[command(name = "napi-mtls", version, after_help = examples())]
pub struct Arguments {
    #[command(flatten)]
    global: GlobalArguments,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a key and a certificate request that the portal accepts
    Request(crate::request::Arguments),
    /// Shows what a file holds, and what the portal would refuse in a certificate request
    Inspect(crate::inspect::Arguments),
    /// Checks that certificate and key fit and can be used, and describes both; with `--output
    /// prometheus` as metrics
    Check(crate::check::Arguments),
    /// Converts a private key to encrypted PKCS#8, the form that every tool reads, or with its
    /// certificate to a PKCS#12 store
    Convert(crate::convert::Arguments),
    /// Lists the pairs of key and certificate in a folder, and when to request the next one; with
    /// `--output prometheus` as metrics
    Identities(crate::identities::Arguments),
    /// Follows a folder of pairs, or one pair, and prints what happens to them as it happens
    Watch(crate::watch::Arguments),
    /// Sends any request with certificate and credentials, and prints the response as it came
    Call(crate::call::Arguments),
    /// Walks each step of the connection, and says at the first failure why and what to do
    Connect(crate::connect::Arguments),
    /// Connects to NAPI with certificate and key, and tests user name and password
    Hello(crate::hello::Arguments),
    /// Lists the countries that the account covers
    Countries(crate::lists::countries::Arguments),
    /// Lists the fields that data sources of a country take, and which are required
    Fields(crate::lists::fields::Arguments),
    /// Lists the consents that data sources of a country need
    #[command(after_help = "\
Examples:
  napi-mtls consents AU
  napi-mtls consents AU --output json")]
    Consents(crate::by_country::CountryArguments),
    /// Lists the people and companies that a sandbox account matches
    #[command(after_help = "\
Examples:
  napi-mtls test-entities AU
  napi-mtls test-entities AU --output json")]
    TestEntities(crate::by_country::CountryArguments),
    /// Lists the data sources of a country
    #[command(after_help = "\
Examples:
  napi-mtls datasources AU")]
    Datasources(crate::by_country::CountryArguments),
    /// Lists the types of document that can be checked
    DocumentTypes(crate::lists::document_types::Arguments),
    /// Verifies a person, a company or a document, after a check of its fields; billed
    Verify(crate::verify::Arguments),
    /// Shows how far a transaction is
    Status(crate::status::Arguments),
    /// Shows the record of a verification
    Record(crate::record::Arguments),
    /// Saves an image or a file of a record
    Document(crate::document::Arguments),
    /// Searches for a company by its name; billed
    Search(crate::search::Arguments),
    /// Verifies lists of people, so that no record is paid for twice
    Batch(crate::batch::Arguments),
    /// Serves a local HTTP address whose requests go out over mutual TLS, for programs in any
    /// language
    Gateway(crate::gateway::Arguments),
    /// Starts a local mock of Trulioo with a ready identity, to try everything without an account
    #[cfg(feature = "mock")]
    Mock(crate::mock::Arguments),
    /// Shows the settings in force
    Config(crate::config::Arguments),
    /// Prints the completions of a shell
    Completions(crate::pages::CompletionArguments),
    /// Writes the manual pages
    Man(crate::pages::ManArguments),
}

impl Arguments {
    /// Returns the form to print in.
    #[must_use]
    pub fn format(&self) -> Format {
        self.global.output
    }

    /// Checks whether the command serves others until it is told to end.
    #[must_use]
    pub fn is_server(&self) -> bool {
        matches!(self.command, Command::Gateway(_))
    }

    /// Runs the command.
    ///
    /// # Errors
    ///
    /// Whatever the libraries refuse, in their words.
    pub async fn run(self) -> anyhow::Result<Output> {
        let has_metrics = matches!(self.command, Command::Check(_) | Command::Identities(_));
        if self.format() == Format::Prometheus && !has_metrics {
            let text = "`--output prometheus` is a form of `check` and `identities` alone: use human or json here";
            return Err(Refusal::command_line(text).into());
        }
        let global = &self.global;
        match self.command {
            Command::Request(arguments) => crate::request::run(&arguments),
            Command::Inspect(arguments) => crate::inspect::run(&arguments),
            Command::Check(arguments) => crate::check::run(&arguments, global),
            Command::Convert(arguments) => crate::convert::run(&arguments),
            Command::Identities(arguments) => crate::identities::run(&arguments, global),
            Command::Watch(arguments) => crate::watch::run(&arguments, global).await,
            Command::Call(arguments) => crate::call::run(&arguments, global).await,
            Command::Connect(arguments) => crate::connect::run(&arguments, global).await,
            Command::Hello(arguments) => crate::hello::run(&arguments, global).await,
            Command::Countries(it) => crate::lists::countries::run(&it, global).await,
            Command::Fields(it) => crate::lists::fields::run(&it, global).await,
            Command::Consents(it) => crate::lists::consents::run(&it, global).await,
            Command::TestEntities(it) => crate::lists::test_entities::run(&it, global).await,
            Command::Datasources(it) => crate::lists::datasources::run(&it, global).await,
            Command::DocumentTypes(it) => crate::lists::document_types::run(&it, global).await,
            Command::Verify(arguments) => crate::verify::run(&arguments, global).await,
            Command::Status(arguments) => crate::status::run(&arguments, global).await,
            Command::Record(arguments) => crate::record::run(&arguments, global).await,
            Command::Document(arguments) => crate::document::run(&arguments, global).await,
            Command::Search(arguments) => crate::search::run(&arguments, global).await,
            Command::Batch(arguments) => crate::batch::run(&arguments, global).await,
            Command::Gateway(arguments) => crate::gateway::run(&arguments, global).await,
            #[cfg(feature = "mock")]
            Command::Mock(arguments) => crate::mock::run(&arguments, global).await,
            Command::Config(arguments) => crate::config::run(&arguments, global),
            Command::Completions(arguments) => {
                Ok(crate::pages::completions(&arguments, Self::command()))
            }
            Command::Man(arguments) => crate::pages::man(&arguments, Self::command()),
        }
    }
}

/// Returns the way from nothing, with and without an account.
fn examples() -> String {
    let mock = match cfg!(feature = "mock") {
        true => "  napi-mtls mock            # without an account: until Ctrl-C\n",
        false => "",
    };
    format!("Examples:\n{mock}{EXAMPLES}")
}

const EXAMPLES: &str = "  napi-mtls request --help  # with one: the certificate first
  napi-mtls connect         # when something does not work
  napi-mtls verify --json person.json
  napi-mtls batch run --input people.csv --journal people.journal --results results.csv";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_options_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }
}
