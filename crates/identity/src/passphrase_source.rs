//! Where the passphrase of a key comes from, each time it is needed.
//!
//! A source is asked only when a key turns out to be encrypted, and anew at every load: a
//! certificate that is renewed may come with another passphrase. Leaves out how a person is asked.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::input::Input;
use crate::input_file::InputFile;
use crate::passphrase::Passphrase;

/// A value, an environment variable, a file, or a function that prompts for it.
///
/// ```
/// use identity::{Loader, Passphrase, PassphraseSource};
///
/// let fixed = Loader::new().passphrase(Passphrase::new("correct horse"));
/// let from_systemd = PassphraseSource::file("/run/credentials/napi.service/passphrase");
/// let asked = PassphraseSource::prompt(|| {
///     let mut line = String::new();
///     std::io::stdin().read_line(&mut line)?;
///     line.truncate(line.trim_end_matches(['\r', '\n']).len());
///     Ok(Passphrase::new(line))
/// });
/// # let _ = (fixed, from_systemd, asked);
/// ```
#[derive(Clone)]
pub struct PassphraseSource(Kind);

#[derive(Clone)]
enum Kind {
    Env(OsString),
    File(InputFile),
    Prompt(Arc<Prompt>),
    Value(Arc<Passphrase>),
}

type Prompt = dyn Fn() -> io::Result<Passphrase> + Send + Sync;

impl PassphraseSource {
    /// Names an environment variable; it is not wiped, and child processes inherit it.
    #[must_use]
    pub fn env(name: impl Into<OsString>) -> Self {
        Self(Kind::Env(name.into()))
    }

    /// Names a file of at most 4096 bytes, read as [`Passphrase::from_content`] does.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        InputFile::new(path, Input::Passphrase).into()
    }

    /// Takes a function that prompts for it; it is called once for each load of an encrypted key.
    #[must_use]
    pub fn prompt(ask: impl Fn() -> io::Result<Passphrase> + Send + Sync + 'static) -> Self {
        Self(Kind::Prompt(Arc::new(ask)))
    }

    /// Reads the passphrase, or asks for it.
    ///
    /// # Errors
    ///
    /// [`Error::PassphraseVariableUnset`], [`Error::PassphrasePrompt`], or those of a file.
    pub fn read(&self) -> Result<Arc<Passphrase>, Error> {
        match &self.0 {
            Kind::Env(name) => Passphrase::from_env(name).map(Arc::new),
            Kind::File(file) => Ok(Arc::new(Passphrase::from_content(&file.read()?)?)),
            Kind::Prompt(ask) => match ask() {
                Ok(passphrase) => Ok(Arc::new(passphrase)),
                Err(source) => Err(Error::PassphrasePrompt { source }),
            },
            Kind::Value(passphrase) => Ok(Arc::clone(passphrase)),
        }
    }

    /// Returns whether it would deliver one, as far as can be told without a prompt.
    pub(crate) fn is_set(&self) -> bool {
        match &self.0 {
            Kind::Env(name) => env::var_os(name).is_some(),
            Kind::File(file) => file.is_there(),
            Kind::Prompt(_) => false,
            Kind::Value(_) => true,
        }
    }

    /// Returns the file that it is read from, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::File(file) => Some(file.path()),
            _ => None,
        }
    }
}

impl From<Passphrase> for PassphraseSource {
    fn from(passphrase: Passphrase) -> Self {
        Self(Kind::Value(Arc::new(passphrase)))
    }
}

/// A file or, if that is allowed, a pipe; a pipe can be read for one load only.
impl From<InputFile> for PassphraseSource {
    fn from(file: InputFile) -> Self {
        Self(Kind::File(file))
    }
}

impl fmt::Debug for PassphraseSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PassphraseSource");
        match &self.0 {
            Kind::Env(name) => shown.field("env", name),
            Kind::File(file) => shown.field("file", &file.path()),
            Kind::Prompt(_) | Kind::Value(_) => &mut shown,
        };
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_of_value_or_file_shows_no_passphrase() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        std::fs::write(&path, "hunter2\n").unwrap();
        for source in [
            PassphraseSource::from(Passphrase::new("hunter2")),
            PassphraseSource::file(path),
            PassphraseSource::prompt(|| Ok(Passphrase::new("hunter2"))),
        ] {
            assert_eq!(source.read().unwrap().secret_bytes(), b"hunter2");
            assert!(!format!("{source:?}").contains("hunter2"));
        }
    }

    #[test]
    fn an_unset_variable_and_a_missing_file_are_no_passphrase() {
        let unset = PassphraseSource::env("NO_SUCH_VARIABLE_IS_SET_HERE");
        assert!(!unset.is_set());
        assert!(matches!(
            unset.read(),
            Err(Error::PassphraseVariableUnset { .. })
        ));
        let missing = PassphraseSource::file("no/such/file");
        assert!(!missing.is_set());
        assert!(matches!(missing.read(), Err(Error::Read { .. })));
        assert!(PassphraseSource::env("CARGO_MANIFEST_DIR").is_set());
    }

    #[test]
    fn the_failure_of_a_prompt_is_its_own_error() {
        let source = PassphraseSource::prompt(|| Err(io::ErrorKind::Interrupted.into()));
        assert!(matches!(source.read(), Err(Error::PassphrasePrompt { .. })));
    }
}
