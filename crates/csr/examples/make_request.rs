//! Makes a key and a request in the given folder.
//!
//! ```text
//! NAPI_PASSPHRASE=... cargo run --example make_request -- ./sandbox
//! ```

use std::env;
use std::error::Error;
use std::io::{self, Write};

use csr::{
    CertificationRequest, EncryptionParams, Passphrase, Protection, RequestFiles, RsaKey, Subject,
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args()
        .nth(1)
        .ok_or("give the folder for the two files")?;
    let files = RequestFiles::new(folder, "napi")?;
    let passphrase = env::var("NAPI_PASSPHRASE")
        .ok()
        .map(Passphrase::new)
        .transpose()?;

    let subject = Subject::builder()
        .country("CA")
        .state("British Columbia")
        .locality("Vancouver")
        .organization("Acme Identity Inc.")
        .common_name("napi.acme.example")
        .san_from_common_name()
        .build()?;
    let key = RsaKey::generate()?;
    let request = CertificationRequest::builder(&subject).sign(&key)?;

    let protection = match &passphrase {
        Some(passphrase) => Protection::Passphrase(passphrase, EncryptionParams::default()),
        None => Protection::Plain,
    };
    files.write(&key, protection, &request)?;

    let mut out = io::stdout().lock();
    writeln!(out, "keep this one secret: {}", files.key_path().display())?;
    writeln!(
        out,
        "upload this one:      {}",
        files.request_path().display()
    )?;
    Ok(())
}
