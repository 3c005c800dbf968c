//! Java's `keytool`, which keeps the key in a store and writes a request of it.

use std::path::Path;

use crate::{
    programs::KEYTOOL,
    requests::{
        request_program::{REQUEST, RequestProgram},
        request_spec::{KeyKind, RequestSpec},
    },
    tool::{Invocation, Tool},
};

/// The passphrase of the store, which keytool requires.
pub(crate) const STORE_PASSPHRASE: &str = "store passphrase";

pub(super) const PROGRAM: RequestProgram = RequestProgram {
    name: "keytool",
    program: KEYTOOL,
    read: |keytool, request| {
        keytool
            .command()
            .args(["-printcertreq", "-v", "-file"])
            .arg(request)
    },
    verified: "PKCS #10 Certificate Request (Version 1.0)",
    damaged: "SignatureException",
    make,
};

fn make(keytool: &Tool, spec: &RequestSpec, folder: &Path) -> anyhow::Result<Vec<Invocation>> {
    let algorithm: &[&str] = match spec.key {
        KeyKind::Rsa => &["-keyalg", "RSA", "-keysize", "2048"],
        KeyKind::P256 => &["-keyalg", "EC", "-groupname", "secp256r1"],
    };
    let names = spec.subject();
    let names: Vec<_> = names
        .iter()
        .rev()
        .map(|(label, value)| format!("{label}={value}"))
        .collect();
    let passphrase = spec.passphrase.unwrap_or(STORE_PASSPHRASE);
    let store = |command: &str| {
        keytool
            .command()
            .folder(folder)
            .args([command, "-alias", "napi", "-keystore", "theirs.p12"])
            .args(["-storetype", "PKCS12", "-storepass:env", "STORE_PASSPHRASE"])
            .env("STORE_PASSPHRASE", passphrase)
    };
    Ok(vec![
        store("-genkeypair")
            .args(algorithm)
            .args(["-dname", &names.join(",")]),
        store("-certreq").args(["-file", REQUEST]),
    ])
}
