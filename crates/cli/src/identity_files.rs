//! The files of an identity on the command line.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use identity::{FileSource, Loaded, Loader};

use crate::alias::{AliasArgument, with_advice};
use crate::refusal::Refusal;
use crate::secret::{PassphraseArguments, no_pin_of_folder, pin_of_folder};
use crate::settings::Settings;
use crate::standard_input::{FileOption, is_standard_input};
use crate::token;
use crate::token_uri::is_token;

/// Certificate, key, and where the passphrase comes from, as far as the command line names them.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct IdentityArguments {
    /// Certificate file as downloaded from the portal, with or without its chain; `-` is standard
    /// input (NAPI_CERTIFICATE)
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,

    /// Private key file; `-` is standard input (NAPI_KEY); or a key in a token, by its URI
    /// `pkcs11:...`, whose PIN comes from where a passphrase would
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    #[command(flatten)]
    alias: AliasArgument,

    #[command(flatten)]
    passphrase: PassphraseArguments,
}

impl IdentityArguments {
    /// Returns the pairs of a folder as a source that is read again and again.
    pub(crate) fn source_of(&self, folder: &Path) -> FileSource {
        let loader = self.alias.choose(loader_of_folder(&self.passphrase));
        FileSource::directory(loader, folder)
    }

    /// Returns the files, of the settings where the command line names none.
    pub(crate) fn files(&self, settings: &Settings) -> Result<IdentityFiles, Refusal> {
        let file = |given: &Option<PathBuf>, name: &'static str| {
            let path = given.clone().or_else(|| settings.path(name));
            path.ok_or_else(|| missing(name))
        };
        Ok(IdentityFiles {
            certificate: file(&self.certificate, "certificate")?,
            key: file(&self.key, "key")?,
            alias: self.alias.clone(),
            passphrase: self.passphrase.clone().or(settings),
        })
    }
}

/// The files of an identity.
#[derive(Clone, Debug)]
pub(crate) struct IdentityFiles {
    certificate: PathBuf,
    key: PathBuf,
    alias: AliasArgument,
    passphrase: PassphraseArguments,
}

impl IdentityFiles {
    /// Loads the identity; asks for a passphrase if the key turns out to need one and no source is
    /// named.
    pub(crate) fn load(&self) -> Result<Loaded> {
        let (loader, certificate, key) = (self.loader(), &self.certificate, &self.key);
        match is_token(key) {
            true => token::load(&loader, certificate, key, &self.passphrase),
            false => loader.load_files(certificate, key).map_err(with_advice),
        }
    }

    /// Loads the identity, and returns its files as a source that is read again while no one is
    /// there to be asked: a passphrase that is typed now is kept for it. `None` for what cannot be
    /// read again: pipes, standard input, and a key in a token whose URI is no file.
    pub(crate) fn load_to_follow(&self) -> Result<(Loaded, Option<FileSource>)> {
        if !self.are_files() {
            return Ok((self.load()?, None));
        }
        let [passphrase, pin] = self.passphrase.kept()?;
        let now = Loader::new().passphrase(passphrase.source());
        let now = now.signers(token::opener(Some(pin.source())));
        let loaded = self
            .alias
            .choose(now)
            .load_files(&self.certificate, &self.key);
        let loaded = loaded.map_err(with_advice)?;
        let later = Loader::new().signers(token::opener(pin.later()));
        let later = match passphrase.later() {
            Some(passphrase) => later.passphrase(passphrase),
            None => later,
        };
        let later = self.alias.choose(later);
        let source = FileSource::pair(later, &self.certificate, &self.key);
        Ok((loaded, Some(source)))
    }

    /// Returns whether certificate and key are in files, which can be read again.
    fn are_files(&self) -> bool {
        let is_file = |path: &Path| {
            !is_standard_input(path) && fs::metadata(path).is_ok_and(|it| it.is_file())
        };
        is_file(&self.certificate) && !is_token(&self.key) && is_file(&self.key)
    }

    /// Returns the files as a source that is read again and again, and what to call it.
    pub(crate) fn source(&self) -> Result<(FileSource, String), Refusal> {
        let mut named = self.options().into_iter().filter_map(|(_, path)| path);
        if is_token(&self.key) || named.any(is_standard_input) {
            return Err(Refusal::command_line(
                "only files can be followed, not standard input: of a key in a token, write the URI \
                 into a file and give that as --key",
            ));
        }
        let loader = configured(Loader::new(), &self.alias, &self.passphrase);
        let name = self.certificate_name();
        let source = FileSource::pair(loader, &self.certificate, &self.key);
        Ok((source, name))
    }

    /// Returns what to call the files where a pair has no name: the path of the certificate.
    pub(crate) fn certificate_name(&self) -> String {
        self.certificate.display().to_string()
    }

    /// Returns the name of the pair: that of the file of the certificate, without its ending.
    pub(crate) fn name(&self) -> String {
        let stem = self.certificate.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// Returns a loader that reads pipes, with the source of the passphrase and the name of a key.
    pub(crate) fn loader(&self) -> Loader {
        configured(Loader::new().allow_pipes(), &self.alias, &self.passphrase)
    }

    /// Returns the files by their options, for [`read_once`](crate::standard_input::read_once); one
    /// file for certificate and key is read once.
    pub(crate) fn options(&self) -> [FileOption<'_>; 3] {
        let certificate = Some(&*self.certificate).filter(|_| self.certificate != self.key);
        [
            ("--certificate", certificate),
            ("--key", Some(&*self.key).filter(|key| !is_token(key))),
            ("--passphrase-file", self.passphrase.file()),
        ]
    }
}

/// Returns a loader for the pairs of a folder, of which some may be in files and some in tokens.
pub(crate) fn loader_of_folder(passphrase: &PassphraseArguments) -> Loader {
    // Not the passphrase of the keys in files as PIN: tokens lock.
    let loader = Loader::new().signers(token::opener(Some(pin_of_folder())));
    loader.passphrase(passphrase.source())
}

/// Returns such a loader for a service, which has no one to ask: a passphrase or PIN that nothing
/// names is an error.
pub(crate) fn loader_of_service(passphrase: &PassphraseArguments) -> Loader {
    let loader = Loader::new().signers(token::opener(Some(no_pin_of_folder())));
    match passphrase.named_source() {
        Some(source) => loader.passphrase(source),
        None => loader,
    }
}

/// Adds the name of the key, the source of the passphrase, and the way to keys in tokens.
fn configured(loader: Loader, alias: &AliasArgument, passphrase: &PassphraseArguments) -> Loader {
    let loader = loader.signers(token::opener(Some(passphrase.pin_source())));
    alias.choose(loader.passphrase(passphrase.source()))
}

fn missing(name: &str) -> Refusal {
    Refusal::command_line(format!(
        "there is no {name}: give --{name} FILE, or set NAPI_{} or `{name}` in a profile",
        name.to_ascii_uppercase()
    ))
}
