//! The whole way against a mock in this process, from a new key to the verification of a person.
//!
//! `cargo xtask demo`
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use csr::{CertificationRequest, EncryptionParams, Protection, RequestFiles, RsaKey};
use identity::{Loader, Passphrase};
use mock_napi::Account;
use napi::{
    BaseUrl, Client, CountryCode, Credentials,
    verifications::{Polling, RecordStatus, Verification, VerifyRequest},
};
use test_support::{Customer, Mock};
use tower::ServiceExt;
use transport::{ConnectionInfo, MtlsConnector};

/// Made up; a real one is asked for or read from a file.
const PASSPHRASE: &str = "a passphrase for the demo";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let start = Instant::now();
    let mock = Mock::start().await?;
    println!(
        "0. A mock of Trulioo's side runs at {} (this process)\n",
        mock.base_url()
    );

    let folder = Path::new("target/demo");
    if folder.exists() {
        fs::remove_dir_all(folder)?; // of an earlier demo
    }
    fs::create_dir_all(folder)?;
    let subject = Customer::subject()?;
    let key = RsaKey::generate()?;
    let request = CertificationRequest::builder(&subject).sign(&key)?;
    let files = RequestFiles::new(folder, "napi")?;
    let passphrase = csr::Passphrase::new(PASSPHRASE)?;
    files.write(
        &key,
        Protection::Passphrase(&passphrase, EncryptionParams::default()),
        &request,
    )?;
    println!("1. Key and request");
    println!(
        "   for          {}",
        subject.common_name().unwrap_or_default()
    );
    println!(
        "   key          {} (RSA-2048, encrypted)",
        files.key_path().display()
    );
    println!("   request      {}", files.request_path().display());
    println!("   public key   SHA-256 {}\n", request.public_key_sha256());

    let uploaded = fs::read_to_string(files.request_path())?;
    let issued = mock.portal().certificate(Account::ACME, &uploaded).await?;
    let certificate = folder.join("napi.pem");
    fs::write(
        &certificate,
        issued.map_err(|refused| anyhow::anyhow!("{refused:?}"))?,
    )?;
    println!(
        "2. The portal signs it for the account {}",
        Account::ACME.name()
    );
    println!("   certificate  {}\n", certificate.display());

    let passphrase = Passphrase::new(PASSPHRASE);
    let loaded = Loader::new()
        .passphrase(passphrase)
        .load_files(&certificate, &files.key_path())?;
    println!("3. Identity, checked");
    for fact in loaded.identity().leaf().to_string().lines() {
        println!("   {fact}");
    }
    for finding in loaded.report().findings() {
        println!("   warning      {finding}");
    }
    println!();

    let connector = mock.trusted()?.identity(loaded.identity()).build()?;
    let connection = connect(&connector, mock.base_url()).await?;
    println!("4. Connection over mutual TLS");
    println!("   certificate  {:?}", connection.client_auth());
    if let Some(tls) = connection.tls() {
        println!("   version      {}", tls.version);
        println!("   cipher       {}", tls.cipher_suite);
        println!(
            "   key exchange {}",
            tls.key_exchange_group.as_deref().unwrap_or("none")
        );
        println!(
            "   protocol     {}",
            tls.alpn.as_deref().unwrap_or("http/1.1, by default")
        );
    }
    println!();

    let user = Account::ACME.api();
    let base_url: BaseUrl = mock.base_url().parse()?;
    let credentials = Credentials::basic(user.user(), user.secret_password())?;
    let client = Client::over_mtls(connector, base_url, credentials);
    println!("5. NAPI responds");
    println!(
        "   sayhello            {}",
        client.say_hello("world").await?
    );
    println!(
        "   testauthentication  {}\n",
        client.test_authentication().await?
    );

    println!("6. A person is verified, by the test entities of the mock");
    let request = test_person(&client, "IT".parse()?).await?;
    let status = verified(&client, &request).await?;
    println!("   at once             {}", status.as_str());
    let later = request.callback_url(client.base_url().async_callback());
    let status = verified(&client, &later).await?;
    println!("   later, by polling   {}\n", status.as_str());

    println!(
        "Done in {:.2} s. The same against the real service:\n\n{}",
        start.elapsed().as_secs_f64(),
        REAL
    );
    Ok(())
}

/// Builds a request for a test entity that matches, with every consent, and checks its fields.
async fn test_person(client: &Client, country: CountryCode) -> anyhow::Result<VerifyRequest> {
    let entities = client.test_entities(&country).await?;
    let person = entities.into_iter().find(|it| it.person_info.is_some());
    let person = person.context("no person among the test entities")?;
    println!(
        "   who                 {}",
        person
            .test_entity_name
            .as_deref()
            .unwrap_or("a person without a name")
    );
    let consents = client.consents(&country).await?;
    let request = VerifyRequest::new(country.clone(), person);
    let request = request.consent_for_data_sources(consents);
    client.fields(&country).await?.check(&request)?;
    Ok(request)
}

/// Verifies a person and waits for the result, which may come at once or later.
async fn verified(client: &Client, request: &VerifyRequest) -> anyhow::Result<RecordStatus> {
    let status = match client.verify(request).await? {
        Verification::Completed(result) => result.status().cloned(),
        Verification::Pending(pending) => {
            let pause = Duration::from_millis(100);
            let polling = Polling::new(Duration::from_secs(10)).first_pause(pause);
            let id = client.wait(&pending, &polling).await?;
            let record = client.transaction_record(&id).await?;
            record.status().cloned()
        }
        other => bail!("no verification: {other:?}"),
    };
    status.context("a record without a status")
}

/// Opens a connection and closes it again; returns what it negotiated.
async fn connect(connector: &MtlsConnector, base_url: &str) -> anyhow::Result<ConnectionInfo> {
    let stream = connector.clone().oneshot(base_url.parse()?).await?;
    Ok(stream.info().clone())
}

/// The same steps against the real service, as commands of the program, which is compiled when it
/// is first called: whoever only wants to see the demo does not wait for it.
const REAL: &str = r#"  cargo run --bin napi-mtls -- request --country CA --state "British Columbia" --locality Vancouver \
      --organization "Your Company Inc." --common-name napi.your-company.com --folder .
      asks for a passphrase; writes napi.your-company.com.key and .csr
  (upload the .csr in Trulioo's Customer Portal as a "Manage mTLS" user, save the certificate as napi.pem)
  cargo run --bin napi-mtls -- check --certificate napi.pem --key napi.your-company.com.key
  cargo run --bin napi-mtls -- hello --certificate napi.pem --key napi.your-company.com.key --user YOUR_API_USER"#;
