//! `napi-mtls convert`: a key from any file, in the one form that every tool reads.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use csr::{FileAccess, write_new_file};
use identity::{Input, Loader, Passphrase, PrivateKey};
use vocabulary::Escaped;

use crate::output::Output;
use crate::prompt::ask_new;
use crate::secret::{PassphraseArguments, read_file};
use crate::standard_input::read_once;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Private key file, whatever its format; `-` is standard input
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// File to write, which must not exist
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

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
    #[arg(long)]
    remove_passphrase: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Output> {
    read_once([
        ("--key", Some(arguments.key.as_path())),
        ("--passphrase-file", arguments.passphrase.file()),
        (
            "--new-passphrase-file",
            arguments.protection.new_passphrase_file.as_deref(),
        ),
    ])?;
    let out = &arguments.out;
    // Said before any prompt; what counts is the check when the file appears.
    ensure!(
        fs::symlink_metadata(out).is_err(),
        "{} exists already, and nothing is overwritten",
        out.display()
    );
    let loader = Loader::new()
        .allow_pipes()
        .passphrase(arguments.passphrase.source());
    let key = loader.open_key_file(&arguments.key)?;
    let new_passphrase = arguments.protection.passphrase()?;
    let findings = new_passphrase.as_ref().map(|it| it.findings().to_vec());
    let findings = findings.unwrap_or_default();
    match new_passphrase {
        Some(passphrase) => {
            let pem = key.to_encrypted_pkcs8_pem(&passphrase)?;
            write(
                out,
                pem.as_bytes(),
                &key,
                Loader::new().passphrase(passphrase),
            )?;
        }
        None => {
            let pem = key.to_secret_pkcs8_pem()?;
            write(out, pem.as_bytes(), &key, Loader::new())?;
        }
    }
    let shown = out.to_string_lossy();
    let text = format!(
        "key      {}\nfor      {}",
        Escaped::line(&shown),
        key.algorithm()
    );
    Ok(Output::new(text, findings))
}

impl Protection {
    /// Returns the passphrase to set; `None` if it is to be removed.
    fn passphrase(&self) -> Result<Option<Passphrase>> {
        if self.remove_passphrase {
            return Ok(None);
        }
        let passphrase = match (&self.new_passphrase_file, &self.new_passphrase_env) {
            (Some(path), _) => read_file(path, Input::Passphrase)?,
            (None, Some(name)) => Passphrase::from_env(name)?,
            (None, None) => {
                let asked = ask_new("New passphrase of the key", NAME_ONE)?;
                Passphrase::new(asked.as_bytes())
            }
        };
        ensure!(
            !passphrase.secret_bytes().is_empty(),
            "the new passphrase is empty: give at least one character, or --remove-passphrase"
        );
        Ok(Some(passphrase))
    }
}

/// Writes the key only if what is written opens to the same one.
fn write(out: &Path, pem: &[u8], key: &PrivateKey, loader: Loader) -> Result<()> {
    // The old key may be deleted next, so what is written has been opened once.
    let opened = loader.open_key(pem)?;
    ensure!(
        opened.secret_pkcs8() == key.secret_pkcs8(),
        "what was to be written does not open to the same key: this is a defect of the program"
    );
    let written = write_new_file(out, FileAccess::OwnerOnly, pem);
    written.with_context(|| format!("cannot write {}", out.display()))
}

/// The remedy where there is no terminal to ask for the new passphrase on.
const NAME_ONE: &str = "use --new-passphrase-file, --new-passphrase-env or --remove-passphrase";
