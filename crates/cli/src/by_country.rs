//! The options of a list that a country has.

use napi::{ConfigurationName, CountryCode};

use crate::client::ClientArguments;

/// A country, the configuration, and the way to the service.
#[derive(Debug, clap::Args)]
pub(crate) struct CountryArguments {
    /// Two-letter ISO code of the country, such as CA
    pub(crate) country: CountryCode,

    #[command(flatten)]
    pub(crate) configuration: ConfigurationArguments,

    #[command(flatten)]
    pub(crate) client: ClientArguments,
}

/// The configuration of the account.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigurationArguments {
    /// Configuration of the account
    #[arg(long, value_name = "NAME", default_value = "Identity Verification")]
    configuration: String,
}

impl ConfigurationArguments {
    pub(crate) fn name(&self) -> ConfigurationName {
        ConfigurationName::from(&*self.configuration)
    }
}
