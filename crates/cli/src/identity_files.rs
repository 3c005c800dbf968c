//! The files of an identity on the command line.

use std::path::{Path, PathBuf};

use anyhow::Result;
use identity::{Loaded, Loader};

use crate::secret::PassphraseArguments;

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
    passphrase: PassphraseArguments,
}

impl IdentityFiles {
    /// Loads the identity; asks for a passphrase if the key turns out to need one and no source is named.
    pub(crate) fn load(&self) -> Result<Loaded> {
        load(&self.certificate, &self.key, &self.passphrase)
    }
}

/// Loads the identity of these files, as [`IdentityFiles::load`].
pub(crate) fn load(
    certificate: &Path,
    key: &Path,
    passphrase: &PassphraseArguments,
) -> Result<Loaded> {
    let loader = Loader::new().passphrase(passphrase.source());
    Ok(loader.load_files(certificate, key)?)
}
