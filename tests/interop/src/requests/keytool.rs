//! Java's `keytool`, which keeps the key in a store and writes a request of it.

use std::path::Path;

use super::{REQUEST, RequestProgram};
use crate::{
    requests::wanted::{KeyKind, Wanted},
    tool::{Invocation, Program, Tool},
};

pub(crate) const KEYTOOL: Program =
    Program::new("keytool", &["-J-version"], "Debian: default-jre-headless");

/// Of the store; it may not be without.
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

fn make(keytool: &Tool, wanted: &Wanted, folder: &Path) -> anyhow::Result<Vec<Invocation>> {
    let algorithm: &[&str] = match wanted.key {
        KeyKind::Rsa => &["-keyalg", "RSA", "-keysize", "2048"],
        KeyKind::P256 => &["-keyalg", "EC", "-groupname", "secp256r1"],
    };
    let names = wanted.subject();
    let names: Vec<_> = names
        .iter()
        .rev()
        .map(|(label, value)| format!("{label}={value}"))
        .collect();
    let passphrase = wanted.passphrase.unwrap_or(STORE_PASSPHRASE);
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
