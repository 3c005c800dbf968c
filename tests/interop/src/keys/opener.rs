//! How each program opens our key, and what it says when it does not.

use std::path::Path;

use super::{NODE, RUBY};
use crate::{
    our_key::OurKey,
    requests::{CERTTOOL, KEYTOOL, OPENSSL, PYTHON, STORE_PASSPHRASE},
    tool::{Invocation, Program, Tool},
};

/// A program that opens our key.
pub(super) struct Opener {
    pub(super) name: &'static str,
    pub(super) program: Program,
    /// Opens the key file under the passphrase in the folder, step by step.
    pub(super) open: fn(&Tool, &Given<'_>) -> Vec<Invocation>,
    /// What it says to another passphrase; any one of these.
    pub(super) refuses: &'static [&'static str],
}

/// What a program is given.
pub(super) struct Given<'a> {
    pub(super) key: &'a Path,
    pub(super) passphrase: Option<&'static str>,
    /// A certificate for the key.
    pub(super) certificate: &'a Path,
    /// Where it may write.
    pub(super) folder: &'a Path,
    /// openssl, for a program that reads only what it has wrapped.
    pub(super) openssl: &'a Tool,
}

/// Every one.
pub(super) const OPENERS: &[Opener] = &[
    Opener {
        name: "openssl",
        program: OPENSSL,
        open: openssl,
        refuses: &["Could not read", "Could not find"],
    },
    Opener {
        name: "certtool",
        program: CERTTOOL,
        open: certtool,
        refuses: &["Decryption has failed"],
    },
    Opener {
        name: "keytool",
        program: KEYTOOL,
        open: keytool,
        refuses: &["keystore password was incorrect"],
    },
    Opener {
        name: "cryptography",
        program: PYTHON,
        open: python,
        refuses: &["Incorrect password"],
    },
    Opener {
        name: "node",
        program: NODE,
        open: node,
        refuses: &["bad decrypt"],
    },
    Opener {
        name: "ruby",
        program: RUBY,
        open: ruby,
        refuses: &["Neither PUB key nor PRIV key", "Could not parse PKey"],
    },
];

/// The request that keytool signs with our key.
pub(super) const SIGNED: &str = "signed.csr";

fn openssl(openssl: &Tool, given: &Given<'_>) -> Vec<Invocation> {
    let passphrase = given.passphrase.unwrap_or_default();
    let open = openssl
        .command()
        .args(["pkey", "-pubout", "-outform", "DER", "-out", "public.der"])
        .args(["-passin", "env:KEY_PASSPHRASE", "-in"])
        .arg(given.key)
        .env("KEY_PASSPHRASE", passphrase);
    let digest = openssl.command().args(["dgst", "-sha256", "public.der"]);
    vec![open.folder(given.folder), digest.folder(given.folder)]
}

fn certtool(certtool: &Tool, given: &Given<'_>) -> Vec<Invocation> {
    let open = certtool
        .command()
        .args(["--key-info", "--infile"])
        .arg(given.key);
    vec![match given.passphrase {
        None => open,
        Some(passphrase) => open.args(["--password", passphrase]),
    }]
}

/// It reads stores only, so openssl packs ours into one, and it signs with what it finds there. Its
/// own reject is that of the store's passphrase.
fn keytool(keytool: &Tool, given: &Given<'_>) -> Vec<Invocation> {
    let is_other = given.passphrase == Some(OurKey::OTHER_PASSPHRASE);
    let (of_key, of_store) = match is_other {
        true => (OurKey::PASSPHRASE, OurKey::OTHER_PASSPHRASE),
        false => (given.passphrase.unwrap_or_default(), STORE_PASSPHRASE),
    };
    let pack = given
        .openssl
        .command()
        .folder(given.folder)
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
        .arg(given.certificate)
        .arg("-inkey")
        .arg(given.key);
    let sign = keytool
        .command()
        .folder(given.folder)
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

fn python(python: &Tool, given: &Given<'_>) -> Vec<Invocation> {
    vec![script(python, "read_key.py", given)]
}

fn node(node: &Tool, given: &Given<'_>) -> Vec<Invocation> {
    vec![script(node, "read_key.js", given)]
}

/// By the class that the guide has, which takes RSA keys alone.
fn ruby(ruby: &Tool, given: &Given<'_>) -> Vec<Invocation> {
    vec![script(ruby, "read_key.rb", given)]
}

fn script(interpreter: &Tool, name: &str, given: &Given<'_>) -> Invocation {
    let script = format!("{}/keys/{name}", env!("CARGO_MANIFEST_DIR"));
    let open = interpreter.command().arg(script).arg(given.key);
    match given.passphrase {
        None => open,
        Some(passphrase) => open.env("KEY_PASSPHRASE", passphrase),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_witness_opens_our_key() {
        let names: Vec<_> = OPENERS.iter().map(|it| it.name).collect();
        assert_eq!(names, crate::keys::WITNESSES);
    }
}
