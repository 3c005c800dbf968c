//! `napi-mtls request`: a key and a certificate request.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use csr::{
    CertificationRequest, EncryptionParams, FileAccess, Passphrase, Protection, RequestFiles,
    RsaKey, Subject, SubjectBuilder, write_new_file,
};
use identity::{Finding, Format, Input, InputFile, PublicFile, SignatureScheme, Signer};
use serde_json::json;
use vocabulary::Escaped;

use crate::output::Output;
use crate::prompt::ask_new;
use crate::secret::{NAME_A_PASSPHRASE, PassphraseArguments};
use crate::standard_input::read_once;
use crate::token;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls request --country CA --state \"British Columbia\" --locality Vancouver \\
      --organization \"Acme Identity Inc.\" --common-name napi.acme.example \\
      --name napi-2027 --passphrase-file passphrase
  napi-mtls request --renew napi.pem --name napi-2028 --passphrase-file passphrase")]
pub(crate) struct Arguments {
    /// Take the names from this certificate, which is about to expire, except for those given here
    #[arg(long, value_name = "FILE")]
    renew: Option<PathBuf>,

    /// Two-letter ISO code of the country where the organization is incorporated, such as CA
    #[arg(long, required_unless_present = "renew")]
    country: Option<String>,

    /// State or province, not abbreviated
    #[arg(long, required_unless_present = "renew")]
    state: Option<String>,

    /// City or locality, not abbreviated
    #[arg(long, required_unless_present = "renew")]
    locality: Option<String>,

    /// Full legal name of the organization
    #[arg(long, visible_alias = "org", required_unless_present = "renew")]
    organization: Option<String>,

    /// Fully qualified domain name of the client; it need not exist in DNS
    #[arg(long, visible_alias = "cn", required_unless_present = "renew")]
    common_name: Option<String>,

    /// A further domain name (subject alternative name); may be given more than once
    #[arg(long, value_name = "NAME")]
    dns_name: Vec<String>,

    /// Existing folder for the two files
    #[arg(long, default_value = ".")]
    folder: PathBuf,

    /// Name of the two files without extension; by default the common name
    #[arg(long)]
    name: Option<String>,

    /// Use the key in a token that this URI names, `pkcs11:...`, or make it there; only the request
    /// is written, and the PIN comes from where a passphrase would
    #[arg(long, value_name = "URI", conflicts_with = "no_passphrase")]
    key: Option<PathBuf>,

    /// Leave the key unencrypted: only its file mode protects it
    #[arg(long, conflicts_with_all = ["passphrase_file", "passphrase_env"])]
    no_passphrase: bool,

    #[command(flatten)]
    passphrase: PassphraseArguments,
}

/// Makes key and request; refuses what can be refused before it prompts or makes a key.
pub(crate) fn run(arguments: &Arguments) -> Result<Output> {
    read_once([
        ("--renew", arguments.renew.as_deref()),
        ("--passphrase-file", arguments.passphrase.file()),
    ])?;
    let subject = subject(arguments)?;
    let common_name = subject.common_name().unwrap_or_default();
    let name = arguments.name.as_deref().unwrap_or(common_name);
    // Refuses a name that no file can have, before a passphrase is typed twice.
    let files = RequestFiles::new(&arguments.folder, name)?;
    if let Some(key) = &arguments.key {
        return in_token(arguments, key, &subject, &files);
    }
    // Before the key, which takes seconds in a debug build.
    let (passphrase, findings) = new_passphrase(arguments)?;
    let protection = match &passphrase {
        None => Protection::Plain,
        Some(passphrase) => Protection::Passphrase(passphrase, EncryptionParams::default()),
    };

    let key = RsaKey::generate()?;
    let request = CertificationRequest::builder(&subject).sign(&key)?;
    files.write(&key, protection, &request)?;

    let text = format!(
        "key      {}\nrequest  {}\nnext     upload the request in the Customer Portal, as a user with \"Manage mTLS\"",
        Escaped::line(&files.key_path().to_string_lossy()),
        Escaped::line(&files.request_path().to_string_lossy()),
    );
    let data = json!({
        "key": files.key_path().to_string_lossy(),
        "request": files.request_path().to_string_lossy(),
    });
    let warnings = subject.warnings().into_iter().map(|it| it.to_string());
    let findings = findings.iter().map(ToString::to_string);
    Ok(Output::new(text, data, warnings.chain(findings)))
}

/// Makes the request for a key in a token.
fn in_token(
    arguments: &Arguments,
    key: &Path,
    subject: &Subject,
    files: &RequestFiles,
) -> Result<Output> {
    let path = files.request_path();
    // Before a key is made that no one asks a certificate for.
    if path.exists() {
        return Err(csr::Error::AlreadyExists { path }.into());
    }
    let key = token::open_or_make(key, &arguments.passphrase)?;
    let request = CertificationRequest::builder(subject)
        .sign_with(&key.public_key(), |message| {
            key.sign(SignatureScheme::RsaPkcs1Sha256, message)
        })?;
    let written = write_new_file(&path, FileAccess::Everybody, request.to_pem().as_bytes());
    written.with_context(|| path.display().to_string())?;
    let text = format!(
        "key      {}\nrequest  {}\nnext     upload the request in the Customer Portal, as a user with \"Manage mTLS\"",
        Escaped::line(&key.uri().to_string()),
        Escaped::line(&path.to_string_lossy()),
    );
    let data = json!({
        "key": key.uri().to_string(),
        "request": path.to_string_lossy(),
    });
    let warnings = subject.warnings().into_iter().map(|it| it.to_string());
    Ok(Output::new(text, data, warnings))
}

/// Returns the names of the certificate to renew, if any, and those on the command line in their
/// place.
fn subject(arguments: &Arguments) -> Result<Subject> {
    let mut builder = match &arguments.renew {
        None => Subject::builder(),
        Some(path) => {
            let file = InputFile::new(path, Input::Certificate)
                .allow_pipe()
                .read()?;
            renewed(file.secret_bytes()).with_context(|| path.display().to_string())?
        }
    };
    type Setter = fn(SubjectBuilder, String) -> SubjectBuilder;
    let fields: [(&Option<String>, Setter); 5] = [
        (&arguments.country, SubjectBuilder::country),
        (&arguments.state, SubjectBuilder::state),
        (&arguments.locality, SubjectBuilder::locality),
        (&arguments.organization, SubjectBuilder::organization),
        (&arguments.common_name, SubjectBuilder::common_name),
    ];
    for (given, set) in fields {
        if let Some(value) = given {
            builder = set(builder, value.clone());
        }
    }
    let names = arguments.dns_name.iter();
    Ok(names.fold(builder, SubjectBuilder::dns_name).build()?)
}

/// Returns the names of the first certificate of a file, which may be as people have it: in UTF-16,
/// inside JSON.
fn renewed(file: &[u8]) -> Result<SubjectBuilder> {
    let file = PublicFile::read(file, Format::Certificate, Input::Certificate)?;
    let der = file.parts().map(|(_, der)| der).next().unwrap_or_default();
    Ok(SubjectBuilder::from_certificate(der)?)
}

/// Returns the passphrase to set, and what there is to say of its file.
fn new_passphrase(arguments: &Arguments) -> Result<(Option<Passphrase>, Vec<Finding>)> {
    if arguments.no_passphrase {
        return Ok((None, Vec::new()));
    }
    if let Some(passphrase) = arguments.passphrase.read()? {
        let set = Passphrase::new(passphrase.secret_bytes())?;
        return Ok((Some(set), passphrase.findings().to_vec()));
    }
    let otherwise = format!("{NAME_A_PASSPHRASE} or --no-passphrase");
    let asked = ask_new("Passphrase for the new key", &otherwise)?;
    Ok((Some(Passphrase::new(asked.as_bytes())?), Vec::new()))
}
