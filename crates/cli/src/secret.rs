//! Where a passphrase or a password comes from. Never the command line, which everybody on the machine can read.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use anyhow::{Context, bail};
use identity::{Passphrase, PassphraseSource};
use zeroize::Zeroizing;

/// The sources of a passphrase; at most one is given.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct PassphraseArguments {
    /// Read the passphrase from this file; one line break at its end is dropped
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,

    /// Read the passphrase from this environment variable
    #[arg(long, value_name = "NAME")]
    passphrase_env: Option<String>,
}

impl PassphraseArguments {
    /// The passphrase of the source named, or none if none is.
    pub(crate) fn read(&self) -> anyhow::Result<Option<Passphrase>> {
        match (&self.passphrase_file, &self.passphrase_env) {
            (Some(path), _) => Ok(Some(Passphrase::from_file(path)?)),
            (None, Some(name)) => Ok(Some(Passphrase::from_env(name)?)),
            (None, None) => Ok(None),
        }
    }

    /// The source named, or a question on the terminal if none is.
    pub(crate) fn source(&self) -> PassphraseSource {
        match (&self.passphrase_file, &self.passphrase_env) {
            (Some(path), _) => PassphraseSource::file(path),
            (None, Some(name)) => PassphraseSource::env(name),
            (None, None) => PassphraseSource::prompt(|| {
                let asked = ask("Passphrase of the key", NAME_A_PASSPHRASE);
                asked.map(Passphrase::new).map_err(io::Error::other)
            }),
        }
    }
}

/// Asks twice for a passphrase that is to be set.
pub(crate) fn ask_twice(question: &str, otherwise: &str) -> anyhow::Result<Zeroizing<String>> {
    let first = Zeroizing::new(ask(question, otherwise)?);
    if first != Zeroizing::new(ask("The same again", otherwise)?) {
        bail!("the two passphrases differ; nothing was written");
    }
    Ok(first)
}

/// Asks on the terminal, without echo.
pub(crate) fn ask(question: &str, otherwise: &str) -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        bail!("{question}: nobody is there to be asked; {otherwise}");
    }
    rpassword::prompt_password(format!("{question}: ")).context("cannot ask on this terminal")
}

/// What to do where nobody can be asked for a passphrase.
pub(crate) const NAME_A_PASSPHRASE: &str = "use --passphrase-file or --passphrase-env";
