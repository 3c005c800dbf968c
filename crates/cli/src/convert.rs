//! `napi-mtls convert`: a key from any file, in the one form that every tool reads, or with its
//! certificates in a PKCS#12 store.

mod key_file;
mod store;

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use identity::{Input, Loader, Passphrase};

use store::StoreArguments;

use crate::alias::{AliasArgument, with_advice};
use crate::output::Output;
use crate::prompt::ask_new;
use crate::refusal::Refusal;
use crate::secret::{PassphraseArguments, read_file};
use crate::standard_input::read_once;
use crate::token_uri::is_token;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls convert --key napi.key --passphrase-file passphrase \\
      --out portable.key --new-passphrase-file passphrase
  napi-mtls convert --pkcs12 --key napi.key --passphrase-file passphrase --certificate napi.pem \\
      --friendly-name napi --out napi.p12 --new-passphrase-file passphrase")]
pub(crate) struct Arguments {
    /// Private key file, whatever its format; `-` is standard input
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    #[command(flatten)]
    alias: AliasArgument,

    /// File to write, which must not exist
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    #[command(flatten)]
    store: StoreArguments,

    #[command(flatten)]
    passphrase: PassphraseArguments,

    #[command(flatten)]
    protection: Protection,
}

/// The protection of the new file; without an option, a prompt for a passphrase.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Protection {
    /// Read the new passphrase from this file or pipe (`-` is standard input), without a byte order
    /// mark and line breaks at the end
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,

    /// Read the new passphrase from this environment variable
    #[arg(long, value_name = "NAME")]
    new_passphrase_env: Option<String>,

    /// Leave the new file unencrypted: only its file mode protects the key
    // Each of them: clap drops the demand for an option that conflicts with a given one.
    #[arg(long, conflicts_with_all = ["pkcs12", "legacy", "certificate", "friendly_name"])]
    remove_passphrase: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Output> {
    let key = arguments.key.as_path();
    ensure!(
        !is_token(key),
        "a key in a token cannot be taken out of it: give the file of a key"
    );
    let certificates = arguments.store.certificates(key);
    let files = [
        ("--key", Some(key)),
        ("--passphrase-file", arguments.passphrase.file()),
        (
            "--new-passphrase-file",
            arguments.protection.new_passphrase_file.as_deref(),
        ),
    ];
    let certificates = certificates.map(|path| ("--certificate", Some(path)));
    read_once(files.into_iter().chain(certificates))?;
    let out = &arguments.out;
    // Said before any prompt; what counts is the check when the file appears.
    ensure!(
        fs::symlink_metadata(out).is_err(),
        Refusal::file(format!(
            "{} exists already, and nothing is overwritten",
            out.display()
        ))
    );
    let loader = Loader::new()
        .allow_pipes()
        .passphrase(arguments.passphrase.source());
    let loader = arguments.alias.choose(loader);
    if arguments.store.is_wanted() {
        let loaded = arguments.store.load(key, loader)?;
        let passphrase = arguments.protection.of_store()?;
        return arguments.store.write(out, &loaded, passphrase);
    }
    let key = loader.open_key_file(key).map_err(with_advice)?;
    key_file::write(out, &key, arguments.protection.of_key_file()?)
}

impl Protection {
    /// Returns the passphrase to set for a key file; `None` if it is to be removed.
    fn of_key_file(&self) -> Result<Option<Passphrase>> {
        if self.remove_passphrase {
            return Ok(None);
        }
        let passphrase = self.new_passphrase("New passphrase of the key", FOR_KEY_FILE)?;
        ensure!(
            !passphrase.secret_bytes().is_empty(),
            Refusal::file(
                "the new passphrase is empty: give at least one character, or --remove-passphrase"
            )
        );
        Ok(Some(passphrase))
    }

    /// Returns the passphrase to set for a store, which is never written without one.
    fn of_store(&self) -> Result<Passphrase> {
        let passphrase = self.new_passphrase("Passphrase of the new store", FOR_STORE)?;
        ensure!(
            !passphrase.secret_bytes().is_empty(),
            "the new passphrase is empty: give at least one character"
        );
        Ok(passphrase)
    }

    fn new_passphrase(&self, question: &str, remedy: &'static str) -> Result<Passphrase> {
        match (&self.new_passphrase_file, &self.new_passphrase_env) {
            (Some(path), _) => Ok(read_file(path, Input::Passphrase)?),
            (None, Some(name)) => Ok(Passphrase::from_env(name)?),
            (None, None) => {
                let asked = ask_new(question, remedy)?;
                Ok(Passphrase::new(asked.as_bytes()))
            }
        }
    }
}

/// The remedies where there is no terminal to ask for the new passphrase on.
const FOR_KEY_FILE: &str = "use --new-passphrase-file, --new-passphrase-env or --remove-passphrase";
const FOR_STORE: &str = "use --new-passphrase-file or --new-passphrase-env";
