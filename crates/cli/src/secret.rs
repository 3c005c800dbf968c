//! The sources of a passphrase. Never the command line, which everyone on the machine can read.

mod kept;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use identity::{Error, Input, InputFile, Passphrase, PassphraseSource};

use crate::prompt::ask_unnamed;
use crate::refusal::{Refusal, RefusalKind};
use crate::secret::kept::KeptSecret;
use crate::settings::Settings;
use crate::standard_input::is_standard_input;

/// The sources of a passphrase; at most one is given.
#[derive(Clone, Debug, clap::Args)]
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
    /// Returns the source of the settings if the command line names none.
    pub(crate) fn or(mut self, settings: &Settings) -> Self {
        if self.passphrase_env.is_none() && self.passphrase_file.is_none() {
            self.passphrase_file = settings.path("passphrase_file");
        }
        self
    }

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
        self.source_or_ask("Passphrase of the key")
    }

    /// Returns the source named, if one is; nothing is asked.
    pub(crate) fn named_source(&self) -> Option<PassphraseSource> {
        let is_named = self.passphrase_file.is_some() || self.passphrase_env.is_some();
        is_named.then(|| self.source())
    }

    /// Returns the source of the PIN of a token, likewise.
    pub(crate) fn pin_source(&self) -> PassphraseSource {
        self.source_or_ask("PIN of the token")
    }

    /// Returns the sources of the passphrase and of the PIN for a key that is loaded now, and again
    /// when it was replaced.
    pub(crate) fn kept(&self) -> anyhow::Result<[KeptSecret; 2]> {
        if let (Some(path), true) = (&self.passphrase_file, self.is_pipe()) {
            let passphrase = KeptSecret::of(read_file(path, Input::Passphrase)?.into());
            return Ok([passphrase.clone(), passphrase]);
        }
        Ok(match self.named_source() {
            Some(source) => [KeptSecret::of(source.clone()), KeptSecret::of(source)],
            None => ["Passphrase of the key", "PIN of the token"].map(|question| {
                KeptSecret::typed(move || {
                    ask_unnamed(question, NAME_A_PASSPHRASE).map_err(into_io_error)
                })
            }),
        })
    }

    /// Returns whether the passphrase is read from what can be read once.
    fn is_pipe(&self) -> bool {
        let is_file = |path: &Path| fs::metadata(path).is_ok_and(|it| it.is_file());
        let path = self.passphrase_file.as_deref();
        path.is_some_and(|path| is_standard_input(path) || (path.exists() && !is_file(path)))
    }

    fn source_or_ask(&self, question: &'static str) -> PassphraseSource {
        match (&self.passphrase_file, &self.passphrase_env) {
            (Some(path), _) => InputFile::new(path, Input::Passphrase).allow_pipe().into(),
            (None, Some(name)) => PassphraseSource::env(name),
            // Called only for a key that is encrypted, and after its cost was checked.
            (None, None) => prompt(question, NAME_A_PASSPHRASE),
        }
    }
}

/// Returns the source of the PIN of a token where a key of a folder has none beside it.
pub(crate) fn pin_of_folder() -> PassphraseSource {
    prompt(
        "PIN of the token",
        "write the PIN to NAME.passphrase beside NAME.key",
    )
}

/// Returns the same for a service, which asks no one.
pub(crate) fn no_pin_of_folder() -> PassphraseSource {
    PassphraseSource::prompt(|| {
        let text = "the token needs a PIN: write it to NAME.passphrase beside NAME.key";
        let refusal = Refusal::new(RefusalKind::NoTerminal, text);
        Err(io::Error::other(refusal))
    })
}

fn prompt(question: &'static str, otherwise: &'static str) -> PassphraseSource {
    PassphraseSource::prompt(move || {
        let asked = ask_unnamed(question, otherwise);
        asked
            .map(|it| Passphrase::new(it.as_bytes()))
            .map_err(into_io_error)
    })
}

/// Reads a passphrase or a password from a file, a pipe or standard input.
pub(crate) fn read_file(path: &Path, input: Input) -> Result<Passphrase, Error> {
    let content = InputFile::new(path, input).allow_pipe().read()?;
    Passphrase::from_content(&content)
}

/// Keeps the type of a refusal, which decides the exit code.
fn into_io_error(error: anyhow::Error) -> io::Error {
    match error.downcast::<Refusal>() {
        Ok(refusal) => io::Error::other(refusal),
        Err(error) => io::Error::other(error),
    }
}

/// The remedy where there is no terminal to ask on.
pub(crate) const NAME_A_PASSPHRASE: &str = "use --passphrase-file or --passphrase-env";
