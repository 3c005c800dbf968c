//! The files of an identity on the command line.

use std::path::PathBuf;

use anyhow::Result;
use identity::{Error, Loaded, Loader, Passphrase};

use crate::secret::{NAME_A_PASSPHRASE, PassphraseSource, ask};

/// Certificate, key, and where the passphrase comes from.
#[derive(Debug, clap::Args)]
pub(crate) struct IdentityFiles {
    /// Certificate file as downloaded from the portal, with or without its chain
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,

    /// Private key file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    #[command(flatten)]
    passphrase: PassphraseSource,
}

impl IdentityFiles {
    /// Loads the identity; asks for a passphrase if the key turns out to need one and no source is named.
    pub(crate) fn load(&self) -> Result<Loaded> {
        let given = self.passphrase.read()?;
        match self.load_with(given.as_ref()) {
            Err(Error::PassphraseRequired) if given.is_none() => {
                let asked = ask("Passphrase of the key", NAME_A_PASSPHRASE)?;
                Ok(self.load_with(Some(&Passphrase::new(asked)))?)
            }
            loaded => Ok(loaded?),
        }
    }

    fn load_with(&self, passphrase: Option<&Passphrase>) -> Result<Loaded, Error> {
        Loader::new().load_files(&self.certificate, &self.key, passphrase)
    }
}
