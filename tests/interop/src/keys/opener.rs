//! The commands by which each program opens our key, and its words for a wrong passphrase.

use std::path::Path;

use crate::{
    our_key::OurKey,
    programs::{CERTTOOL, CRYPTOGRAPHY, KEYTOOL, NODE, OPENSSL, RUBY},
    requests::STORE_PASSPHRASE,
    tool::{Invocation, Program, Tool},
};

/// A program that opens our key.
pub(super) struct Opener {
    pub(super) name: &'static str,
    pub(super) program: Program,
    /// Opens the key file under the passphrase in the folder, step by step.
    pub(super) open: fn(&Tool, &OpenerInput<'_>) -> Vec<Invocation>,
    /// Its words for a wrong passphrase: any one of these.
    pub(super) refusals: &'static [&'static str],
}

/// The files and the passphrase that a program gets.
pub(super) struct OpenerInput<'a> {
    pub(super) key: &'a Path,
    pub(super) passphrase: Option<&'static str>,
    /// A certificate for the key.
    pub(super) certificate: &'a Path,
    /// A folder that it may write to.
    pub(super) folder: &'a Path,
    /// openssl, for a program that reads stores alone.
    pub(super) openssl: &'a Tool,
}

/// Every program.
pub(super) const OPENERS: &[Opener] = &[
    Opener {
        name: "openssl",
        program: OPENSSL,
        open: openssl,
        refusals: &["Could not read", "Could not find"],
    },
    Opener {
        name: "certtool",
        program: CERTTOOL,
        open: certtool,
        refusals: &["Decryption has failed"],
    },
    Opener {
        name: "keytool",
        program: KEYTOOL,
        open: keytool,
        refusals: &["keystore password was incorrect"],
    },
    Opener {
        name: "cryptography",
        program: CRYPTOGRAPHY,
        open: python,
        refusals: &["Incorrect password"],
    },
    Opener {
        name: "node",
        program: NODE,
        open: node,
        refusals: &["bad decrypt"],
    },
    Opener {
        name: "ruby",
        program: RUBY,
        open: ruby,
        refusals: &["Neither PUB key nor PRIV key", "Could not parse PKey"],
    },
];

/// The request that keytool signs with our key.
pub(crate) const SIGNED: &str = "signed.csr";

fn openssl(openssl: &Tool, input: &OpenerInput<'_>) -> Vec<Invocation> {
    let passphrase = input.passphrase.unwrap_or_default();
    let open = openssl
        .command()
        .args(["pkey", "-pubout", "-outform", "DER", "-out", "public.der"])
        .args(["-passin", "env:KEY_PASSPHRASE", "-in"])
        .arg(input.key)
        .env("KEY_PASSPHRASE", passphrase);
    let digest = openssl.command().args(["dgst", "-sha256", "public.der"]);
    vec![open.folder(input.folder), digest.folder(input.folder)]
}

fn certtool(certtool: &Tool, input: &OpenerInput<'_>) -> Vec<Invocation> {
    let open = certtool
        .command()
        .args(["--key-info", "--infile"])
        .arg(input.key);
    vec![match input.passphrase {
        None => open,
        Some(passphrase) => open.args(["--password", passphrase]),
    }]
}

/// Lets openssl pack our key into a store, as keytool reads nothing else, and keytool sign with it.
///
/// The passphrase that keytool can refuse is that of the store.
fn keytool(keytool: &Tool, input: &OpenerInput<'_>) -> Vec<Invocation> {
    let is_other = input.passphrase == Some(OurKey::OTHER_PASSPHRASE);
    let (of_key, of_store) = match is_other {
        true => (OurKey::PASSPHRASE, OurKey::OTHER_PASSPHRASE),
        false => (input.passphrase.unwrap_or_default(), STORE_PASSPHRASE),
    };
    let pack = input
        .openssl
        .command()
        .folder(input.folder)
        .args(["pkcs12", "-export", "-name", "napi", "-out", "ours.p12"])
        .args([
            "-passin",
            "env:KEY_PASSPHRASE",
            "-passout",
            "env:STORE_PASSPHRASE",
        ])
        .env("KEY_PASSPHRASE", of_key)
        .env("STORE_PASSPHRASE", STORE_PASSPHRASE)
        .arg("-in")
        .arg(input.certificate)
        .arg("-inkey")
        .arg(input.key);
    let sign = keytool
        .command()
        .folder(input.folder)
        .args([
            "-certreq",
            "-alias",
            "napi",
            "-keystore",
            "ours.p12",
            "-file",
            SIGNED,
        ])
        .args(["-storetype", "PKCS12", "-storepass:env", "STORE_PASSPHRASE"])
        .env("STORE_PASSPHRASE", of_store);
    vec![pack, sign]
}

fn python(python: &Tool, input: &OpenerInput<'_>) -> Vec<Invocation> {
    vec![script(python, "read_key.py", input)]
}

fn node(node: &Tool, input: &OpenerInput<'_>) -> Vec<Invocation> {
    vec![script(node, "read_key.js", input)]
}

/// Opens the key by the class that the guide names, which takes RSA keys alone.
fn ruby(ruby: &Tool, input: &OpenerInput<'_>) -> Vec<Invocation> {
    vec![script(ruby, "read_key.rb", input)]
}

fn script(interpreter: &Tool, name: &str, input: &OpenerInput<'_>) -> Invocation {
    let script = format!("{}/keys/{name}", env!("CARGO_MANIFEST_DIR"));
    let open = interpreter.command().arg(script).arg(input.key);
    match input.passphrase {
        None => open,
        Some(passphrase) => open.env("KEY_PASSPHRASE", passphrase),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_tool_opens_our_key() {
        let names: Vec<_> = OPENERS.iter().map(|it| it.name).collect();
        assert_eq!(names, crate::keys::PEER_TOOLS);
    }
}
