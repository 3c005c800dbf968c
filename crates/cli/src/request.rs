//! `napi request`: a key and a certificate request.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use csr::{
    CertificationRequest, EncryptionParams, Fqdn, Passphrase, Policy, Protection, RequestFiles,
    RsaKey, Subject,
};

use crate::{
    Output,
    secret::{NAME_A_PASSPHRASE, PassphraseSource, ask},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Two-letter ISO code of the country where the organization is incorporated, such as CA
    #[arg(long)]
    country: String,

    /// State or province, not abbreviated
    #[arg(long)]
    state: String,

    /// City or locality, not abbreviated
    #[arg(long)]
    locality: String,

    /// Full legal name of the organization
    #[arg(long)]
    organization: String,

    /// Fully qualified domain name that will connect; it need not be published
    #[arg(long)]
    common_name: String,

    /// A further domain name (subject alternative name); may be given more than once
    #[arg(long, value_name = "NAME")]
    dns_name: Vec<String>,

    /// Folder for the two files, which must exist
    #[arg(long, default_value = ".")]
    folder: PathBuf,

    /// Name of the files without ending; the common name by default
    #[arg(long)]
    name: Option<String>,

    /// Leave the key unencrypted, protected by its file mode alone
    #[arg(long, conflicts_with_all = ["passphrase_file", "passphrase_env"])]
    no_passphrase: bool,

    #[command(flatten)]
    passphrase: PassphraseSource,
}

/// Everything that can be refused is refused before a passphrase is asked for or a key is made.
pub(crate) fn run(arguments: &Arguments) -> Result<Output> {
    let name = arguments.name.as_deref().unwrap_or(&arguments.common_name);
    let files = RequestFiles::new(&arguments.folder, name)?;
    let subject = Subject::builder()
        .country(&arguments.country)
        .state(&arguments.state)
        .locality(&arguments.locality)
        .organization(&arguments.organization)
        .common_name(&arguments.common_name)
        .build()?;
    let mut request = CertificationRequest::builder(&subject);
    for name in &arguments.dns_name {
        let parsed = Fqdn::parse(name, Policy::Trulioo);
        request = request.dns_name(parsed.with_context(|| format!("--dns-name {name}"))?);
    }
    let passphrase = new_passphrase(arguments)?;
    let protection = match &passphrase {
        None => Protection::Plain,
        Some(passphrase) => Protection::Passphrase(passphrase, EncryptionParams::default()),
    };

    let key = RsaKey::generate()?;
    files.write(&key, protection, &request.sign(&key)?)?;

    let text = format!(
        "key      {}\nrequest  {}\nnext     upload the request in the Customer Portal as a \"Manage mTLS\" user",
        files.key_path().display(),
        files.request_path().display(),
    );
    Ok(Output::new(text, subject.warnings()))
}

fn new_passphrase(arguments: &Arguments) -> Result<Option<Passphrase>> {
    if arguments.no_passphrase {
        return Ok(None);
    }
    if let Some(passphrase) = arguments.passphrase.read()? {
        return Ok(Some(Passphrase::new(passphrase.secret_bytes())?));
    }
    let otherwise = format!("{NAME_A_PASSPHRASE} or --no-passphrase");
    let first = ask("Passphrase for the new key", &otherwise)?;
    if first != ask("The same again", &otherwise)? {
        bail!("the two passphrases differ; nothing was written");
    }
    Ok(Some(Passphrase::new(first)?))
}
