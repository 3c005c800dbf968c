//! The files of an identity on the command line.

use std::path::{Path, PathBuf};

use identity::{Error, Loaded, Loader};

use crate::secret::PassphraseArguments;

/// Certificate, key, and where the passphrase comes from.
#[derive(Debug, clap::Args)]
pub(crate) struct IdentityFiles {
    /// Certificate file as downloaded from the portal, with or without its chain; `-` is standard
    /// input
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,

    /// Private key file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    #[command(flatten)]
    passphrase: PassphraseArguments,
}

impl IdentityFiles {
    /// Loads the identity; asks for a passphrase if the key turns out to need one and no source is
    /// named.
    pub(crate) fn load(&self) -> Result<Loaded, Error> {
        load(&self.certificate, &self.key, &self.passphrase)
    }

    /// Returns the files by their options, for [`read_once`](crate::standard_input::read_once).
    pub(crate) fn options(&self) -> [FileOption<'_>; 3] {
        options(Some(&self.certificate), Some(&self.key), &self.passphrase)
    }
}

/// An option, and the file that it names if it is given.
pub(crate) type FileOption<'a> = (&'static str, Option<&'a Path>);

/// Loads the identity of these files, as [`IdentityFiles::load`].
pub(crate) fn load(
    certificate: &Path,
    key: &Path,
    passphrase: &PassphraseArguments,
) -> Result<Loaded, Error> {
    let loader = Loader::new().allow_pipes().passphrase(passphrase.source());
    loader.load_files(certificate, key)
}

/// Returns the files as [`IdentityFiles::options`]; one file for certificate and key is read once.
pub(crate) fn options<'a>(
    certificate: Option<&'a Path>,
    key: Option<&'a Path>,
    passphrase: &'a PassphraseArguments,
) -> [FileOption<'a>; 3] {
    [
        ("--certificate", certificate.filter(|_| certificate != key)),
        ("--key", key),
        ("--passphrase-file", passphrase.file()),
    ]
}
