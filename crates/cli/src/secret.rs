//! The sources of a passphrase. Never the command line, which everyone on the machine can read.

use std::io;
use std::path::{Path, PathBuf};

use identity::{Error, Input, InputFile, Passphrase, PassphraseSource};

use crate::prompt::ask_unnamed;

/// The sources of a passphrase; at most one is given.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct PassphraseArguments {
    /// Read the passphrase from this file or pipe (`-` is standard input), without a byte order
    /// mark and line breaks at the end
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,

    /// Read the passphrase from this environment variable
    #[arg(long, value_name = "NAME")]
    passphrase_env: Option<String>,
}

impl PassphraseArguments {
    /// Returns the file named, if one is.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.passphrase_file.as_deref()
    }

    /// Returns the passphrase of the source named, or none if none is.
    pub(crate) fn read(&self) -> anyhow::Result<Option<Passphrase>> {
        match (&self.passphrase_file, &self.passphrase_env) {
            (Some(path), _) => Ok(Some(read_file(path, Input::Passphrase)?)),
            (None, Some(name)) => Ok(Some(Passphrase::from_env(name)?)),
            (None, None) => Ok(None),
        }
    }

    /// Returns the source named, or a question on the terminal if none is.
    pub(crate) fn source(&self) -> PassphraseSource {
        match (&self.passphrase_file, &self.passphrase_env) {
            (Some(path), _) => InputFile::new(path, Input::Passphrase).allow_pipe().into(),
            (None, Some(name)) => PassphraseSource::env(name),
            // Called only for a key that is encrypted, and after its cost was checked.
            (None, None) => PassphraseSource::prompt(|| {
                let asked = ask_unnamed("Passphrase of the key", NAME_A_PASSPHRASE);
                asked
                    .map(|it| Passphrase::new(it.as_bytes()))
                    .map_err(io::Error::other)
            }),
        }
    }
}

/// Reads a passphrase or a password from a file, a pipe or standard input.
pub(crate) fn read_file(path: &Path, input: Input) -> Result<Passphrase, Error> {
    let content = InputFile::new(path, input).allow_pipe().read()?;
    Passphrase::from_content(&content)
}

/// The remedy where there is no terminal to ask on.
pub(crate) const NAME_A_PASSPHRASE: &str = "use --passphrase-file or --passphrase-env";
