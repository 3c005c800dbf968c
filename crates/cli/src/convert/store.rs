//! A key with its certificates as a PKCS#12 store.
//!
//! Leaves out stores of several keys.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use csr::{FileAccess, write_new_file};
use identity::{
    Error, FileContent, Finding, Identity, Input, InputFile, Loaded, Loader, Passphrase,
    Pkcs12Builder, Severity,
};
use serde_json::json;
use vocabulary::Escaped;

use crate::alias::with_advice;
use crate::output::Output;

/// The options about a store.
#[derive(Debug, clap::Args)]
pub(super) struct StoreArguments {
    /// Write the key with its certificates as a PKCS#12 store (.p12, .pfx), the form of Windows,
    /// Java, C# and Postman
    #[arg(long)]
    pkcs12: bool,

    /// Certificate file of the key, or of its issuers; may be given several times. Without it,
    /// the certificates are those in the key's own file. `-` is standard input
    #[arg(long, value_name = "FILE", requires = "pkcs12")]
    certificate: Vec<PathBuf>,

    /// Name of the key in the store, which Java calls its alias; without it the name that it had
    #[arg(long, value_name = "NAME", requires = "pkcs12")]
    friendly_name: Option<String>,

    /// Protect the store by 3DES and SHA-1, which old programs need. OpenSSL 3, Java 8u301,
    /// Windows 10 (1709) and whatever is later read the default: AES-256 by PBKDF2 with
    /// HMAC-SHA256, and a MAC with SHA-256
    #[arg(long, requires = "pkcs12")]
    legacy: bool,
}

impl StoreArguments {
    /// Returns whether a store is to be written.
    pub(super) const fn is_wanted(&self) -> bool {
        self.pkcs12
    }

    /// Returns the files of certificates that are read besides that of the key.
    pub(super) fn certificates<'a>(&'a self, key: &'a Path) -> impl Iterator<Item = &'a Path> {
        let paths = self.certificate.iter().map(PathBuf::as_path);
        paths.filter(move |path| *path != key)
    }

    /// Loads key and certificates, also those that have ended: what opens a store says so.
    pub(super) fn load(&self, key: &Path, loader: Loader) -> Result<Loaded> {
        let read = |path, input| InputFile::new(path, input).allow_pipe().read();
        let key_file = read(key, Input::Key)?;
        let certificates = self.certificates(key);
        let files = certificates
            .map(|path| read(path, Input::Certificate))
            .collect::<Result<Vec<_>, _>>()?;
        let key = key_file.secret_bytes();
        let mut inputs: Vec<_> = files.iter().map(FileContent::secret_bytes).collect();
        // Chain or leaf may stand beside the key, as in a store.
        inputs.push(key);
        let loaded = loader.allow_outside_validity().load_parts(&inputs, key);
        loaded.map_err(|error| match error {
            Error::NoCertificate { .. } => anyhow::Error::new(error).context(NAME_CERTIFICATE),
            other => with_advice(other),
        })
    }

    /// Writes the store only if what is written opens to the same key and certificates.
    pub(super) fn write(
        &self,
        out: &Path,
        loaded: &Loaded,
        passphrase: Passphrase,
    ) -> Result<Output> {
        let (identity, report) = (loaded.identity(), loaded.report());
        let key = identity.secret_key();
        let key = key.context("the key stays in its device, so it cannot be written to a file")?;
        let mut builder = Pkcs12Builder::new(key, identity.certificate_chain());
        let given = self.friendly_name.as_deref();
        let name = given.or_else(|| report.friendly_name());
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            builder = builder.friendly_name(name);
        }
        if self.legacy {
            builder = builder.legacy();
        }
        let store = builder.to_der(&passphrase)?;
        let findings = report.findings().iter().chain(passphrase.findings());
        let (warnings, notices): (Vec<&Finding>, Vec<&Finding>) =
            findings.partition(|it| it.severity() >= Severity::Warning);
        let mut warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        if !passphrase.secret_bytes().is_ascii() {
            warnings.push(NOT_FOR_JAVA.to_owned());
        }
        let notices: String = notices
            .iter()
            .map(|notice| format!("\nnotice   {notice}"))
            .collect();
        check(&store, identity, passphrase)?;
        let written = write_new_file(out, FileAccess::OwnerOnly, &store);
        written.with_context(|| format!("cannot write {}", out.display()))?;

        let shown = out.to_string_lossy();
        let text = format!(
            "store    {}\nfor      {}, {}{notices}",
            Escaped::line(&shown),
            report.key_algorithm(),
            counted(identity.certificate_chain().len())
        );
        let data = json!({
            "store": shown,
            "algorithm": report.key_algorithm(),
            "certificates": identity.certificate_chain().len(),
        });
        Ok(Output::new(text, data, warnings))
    }
}

/// Opens the store once: the files that it was made of may be deleted next.
fn check(store: &[u8], identity: &Identity, passphrase: Passphrase) -> Result<()> {
    let loader = Loader::new()
        .allow_outside_validity()
        .passphrase(passphrase);
    let opened = loader.load(store, store)?;
    let opened = opened.identity();
    ensure!(
        opened.secret_key() == identity.secret_key()
            && opened.certificate_chain() == identity.certificate_chain(),
        "what was to be written does not open to the same key and certificates: this is a defect \
         of the program"
    );
    Ok(())
}

fn counted(certificates: usize) -> String {
    match certificates {
        1 => "with its certificate".to_owned(),
        count => format!("with its certificate and {} of issuers", count - 1),
    }
}

/// The remedy where the key's file holds no certificate.
const NAME_CERTIFICATE: &str =
    "a PKCS#12 store holds the certificate of its key too, name its file by --certificate";
/// `PBEKey` of the JDK says "Password is not ASCII", which `keytool` calls an incorrect password.
const NOT_FOR_JAVA: &str = "the passphrase has characters beyond ASCII: Java opens no store with \
                            it, and calls it incorrect";
