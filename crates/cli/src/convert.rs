//! `napi convert`: a key from any file, in the one form that every tool reads.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use identity::{Loader, Passphrase, PrivateKey};
use tempfile::NamedTempFile;

use crate::Output;
use crate::secret::{PassphraseArguments, ask_twice};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Private key file, whatever its format
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

/// How the new file is protected; asked for a passphrase if nothing is given.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Protection {
    /// Read the new passphrase from this file; one line break at its end is dropped
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,

    /// Read the new passphrase from this environment variable
    #[arg(long, value_name = "NAME")]
    new_passphrase_env: Option<String>,

    /// Leave the new file unencrypted, protected by its file mode alone
    #[arg(long)]
    remove_passphrase: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Output> {
    let out = &arguments.out;
    // Said before anybody is asked for anything; what counts is the check when the file appears.
    ensure!(
        fs::symlink_metadata(out).is_err(),
        "{} exists already",
        out.display()
    );
    let loader = Loader::new().passphrase(arguments.passphrase.source());
    let key = loader.open_key_file(&arguments.key)?;
    let new_passphrase = arguments.protection.passphrase()?;
    let written = match &new_passphrase {
        Some(passphrase) => {
            let pem = key.to_encrypted_pem(passphrase)?;
            write_new(out, pem.as_bytes())?
        }
        None => write_new(out, key.to_unprotected_secret_pem()?.as_bytes())?,
    };
    let loader = match new_passphrase {
        Some(passphrase) => Loader::new().passphrase(passphrase),
        None => Loader::new(),
    };
    keep_if_same(written, &key, &loader, out)?;
    let text = format!("key      {}\nfor      {}", out.display(), key.algorithm());
    Ok(Output::new(text, None::<String>))
}

impl Protection {
    /// The passphrase to set; `None` if it is to be removed.
    fn passphrase(&self) -> Result<Option<Passphrase>> {
        if self.remove_passphrase {
            return Ok(None);
        }
        let passphrase = match (&self.new_passphrase_file, &self.new_passphrase_env) {
            (Some(path), _) => Passphrase::from_file(path)?,
            (None, Some(name)) => Passphrase::from_env(name)?,
            (None, None) => {
                let asked = ask_twice("New passphrase of the key", NAME_ONE)?;
                Passphrase::new(asked.as_bytes())
            }
        };
        Ok(Some(passphrase))
    }
}

/// Writes a file beside its later place, readable by its owner alone.
fn write_new(path: &Path, content: &[u8]) -> Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let cannot = || format!("cannot write {}", path.display());
    let mut file = NamedTempFile::new_in(folder).with_context(cannot)?;
    file.write_all(content).with_context(cannot)?;
    file.as_file().sync_all().with_context(cannot)?;
    Ok(file)
}

/// Reads the file back, and gives it its name only if it opens to the same key.
fn keep_if_same(
    written: NamedTempFile,
    key: &PrivateKey,
    loader: &Loader,
    path: &Path,
) -> Result<()> {
    let read = loader.open_key_file(written.path())?;
    ensure!(
        read.secret_pkcs8() == key.secret_pkcs8(),
        "the new file does not open to the same key and was removed"
    );
    let kept = written.persist_noclobber(path);
    kept.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

/// What to do where nobody can be asked for the new passphrase.
const NAME_ONE: &str = "use --new-passphrase-file, --new-passphrase-env or --remove-passphrase";
