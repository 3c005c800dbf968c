//! Our own program, `napi-mtls hello`: the same files and rejections, in its words.

use crate::{
    clients::{
        case::{Call, Case},
        client::{Client, ExpectedOutput},
    },
    context::Context,
    programs::NAPI,
    tool::{Invocation, Place, Tool},
};

pub(super) const CLIENT: Client = Client {
    name: "napi-mtls",
    program: NAPI,
    place: Place::Beside,
    call,
    output,
    detects: &[Case::Expired],
};

fn call(napi: &Tool, call: &Call<'_>, _: &Context) -> anyhow::Result<Invocation> {
    let mut napi = napi
        .command()
        .arg("hello")
        .args(["--base-url", call.base_url, "--user", call.user])
        .args(["--proxy", "none"]) // that of the environment does not reach this machine
        .env("NAPI_PASSWORD", call.password);
    if let Some((certificate, key)) = call.identity {
        napi = napi.arg("--certificate").arg(certificate);
        napi = napi.arg("--key").arg(key.unwrap_or(certificate));
    }
    if let Some(passphrase) = call.passphrase {
        napi = napi.args(["--passphrase-env", "KEY_PASSPHRASE"]);
        napi = napi.env("KEY_PASSPHRASE", passphrase);
    }
    if let Some(ca_file) = call.ca_file {
        napi = napi.arg("--ca-file").arg(ca_file);
    }
    Ok(napi)
}

fn output(case: Case) -> Option<ExpectedOutput> {
    Some(match case {
        Case::NoCertificate | Case::NoCertificateResponse => return None, // it does not start without one
        Case::PlainKey | Case::Passphrase | Case::OneFile => (0, &["Hello acme-api"]),
        Case::WrongPassphrase => (5, &["the passphrase is wrong"]),
        Case::NoPassphrase => (
            2,
            &[
                "there is no terminal to ask on: standard input is redirected; use --passphrase-file or --passphrase-env",
            ],
        ),
        Case::OtherKey => (5, &["the key does not belong to the certificate"]),
        Case::Expired => (5, &["the certificate expired on", "request a new one"]),
        Case::Revoked => (
            3,
            &["the server rejected our client certificate: it has been revoked"],
        ),
        Case::RefusedTls12 => (3, &["the server rejected our client certificate"]),
        Case::RefusedByReset => (4, &["it closed the connection without an alert"]),
        Case::UnknownCa => (
            3,
            &[
                "the server rejected our client certificate: its issuer is not one that the server accepts",
            ],
        ),
        Case::OtherAccount | Case::WrongPassword => (
            3,
            &["the service refused the credentials, and said `Access Denied`"],
        ),
        Case::UntrustedServer => (
            4,
            &["we refused the server's certificate: its issuer is not among our trust anchors"],
        ),
    })
}
