//! curl, as the guide shows it: `--cert FILE:PASSPHRASE --key FILE --user NAME:PASSWORD`.

use crate::{
    clients::{
        case::{Call, Case},
        client::{Client, ExpectedOutput},
    },
    context::Context,
    tool::{Invocation, Place, Program, Tool},
};

pub(super) const CLIENT: Client = Client {
    name: "curl",
    program: Program::new("curl", &["--version"], "Debian: curl"),
    place: Place::Path,
    call,
    output,
    detects: &[],
};

fn call(curl: &Tool, call: &Call<'_>, _: &Context) -> anyhow::Result<Invocation> {
    let mut curl = curl
        .command()
        .args(["-q", "--silent", "--show-error"]) // -q: without ~/.curlrc, and only in front
        .arg("--fail-with-body") // or a 401 is a success
        .args(["--header", "Accept: application/json"])
        .args(["--user", &format!("{}:{}", call.user, call.password)])
        .args(["--url", &url(call)]);
    if let Some(ca_file) = call.ca_file {
        curl = curl.arg("--cacert").arg(ca_file);
    }
    if let Some((certificate, key)) = call.identity {
        let passphrase = call.passphrase.map(|it| format!(":{it}"));
        let passphrase = passphrase.unwrap_or_default();
        let certificate = format!("{}{passphrase}", certificate.display());
        curl = curl.args(["--cert", &certificate]);
        if let Some(key) = key {
            curl = curl.arg("--key").arg(key);
        }
    }
    Ok(curl)
}

fn url(call: &Call<'_>) -> String {
    format!("{}/connection/v1/testauthentication", call.base_url)
}

fn output(case: Case) -> Option<ExpectedOutput> {
    Some(match case {
        Case::PlainKey | Case::Passphrase | Case::OneFile => (0, &["\"Hello acme-api\""]),
        // The same words for three things.
        Case::WrongPassphrase | Case::NoPassphrase | Case::OtherKey => {
            (58, &["unable to set private key file"])
        }
        Case::NoCertificate => (56, &["alert certificate required"]),
        Case::NoCertificateResponse => (22, &["No required SSL certificate was sent"]),
        Case::RefusedTls12 => (35, &["alert handshake failure"]),
        Case::RefusedByReset => (35, &["Connection reset by peer"]),
        Case::Expired => (56, &["alert certificate expired"]),
        Case::Revoked => (56, &["alert certificate revoked"]),
        Case::UnknownCa => (56, &["alert unknown ca"]),
        Case::OtherAccount | Case::WrongPassword => (22, &["Access Denied", "returned error: 401"]),
        Case::UntrustedServer => (60, &["unable to get local issuer certificate"]),
    })
}
