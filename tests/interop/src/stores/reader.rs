//! The commands by which each program opens our store, and its words for a wrong passphrase.

use std::path::Path;

use crate::{
    keys::SIGNED,
    programs::{CERTTOOL, CRYPTOGRAPHY, KEYTOOL, NODE, OPENSSL},
    stores::files::StoreFiles,
    tool::{Invocation, Place, Program, Tool},
};

/// A program that opens our store.
pub(super) struct Reader {
    pub(super) name: &'static str,
    pub(super) program: Program,
    pub(super) place: Place,
    /// Opens the store step by step.
    pub(super) open: fn(&Tool, &ReaderInput<'_>) -> anyhow::Result<Vec<Invocation>>,
    pub(super) proof: Proof,
    /// Its words for a wrong passphrase.
    pub(super) refusal: &'static str,
}

/// The proof that a store was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// The public key is printed, or has signed a request.
    PublicKey,
    /// NAPI has said hello over mutual TLS.
    Response,
}

/// The store, its passphrase, and where NAPI is.
pub(super) struct ReaderInput<'a> {
    pub(super) store: &'a Path,
    pub(super) passphrase: &'static str,
    /// A folder that it may write to.
    pub(super) folder: &'a Path,
    pub(super) base_url: &'a str,
    pub(super) ca_file: &'a Path,
}

/// Every program.
pub(super) const READERS: &[Reader] = &[
    Reader::of_key("openssl", OPENSSL, openssl, "invalid password"),
    Reader::of_key("certtool", CERTTOOL, certtool, "verification failed"),
    Reader::of_key("keytool", KEYTOOL, keytool, "password was incorrect"),
    Reader::of_key("java", JAVA, java, "password was incorrect"),
    Reader::of_key("pk12util", NSS, nss, "SEC_ERROR_BAD_PASSWORD"),
    Reader::of_key("cryptography", CRYPTOGRAPHY, python, "Invalid password"),
    Reader::of_response("curl", CURL, Place::Path, curl, "could not parse PKCS12"),
    Reader::of_response("node-https", NODE, Place::Path, node, "mac verify failure"),
    Reader::of_response("newman", NEWMAN, Place::Npm, newman, "mac verify failure"),
];

type Open = fn(&Tool, &ReaderInput<'_>) -> anyhow::Result<Vec<Invocation>>;

impl Reader {
    const fn of_key(
        name: &'static str,
        program: Program,
        open: Open,
        refusal: &'static str,
    ) -> Self {
        Self {
            name,
            program,
            place: Place::Path,
            open,
            proof: Proof::PublicKey,
            refusal,
        }
    }

    const fn of_response(
        name: &'static str,
        program: Program,
        place: Place,
        open: Open,
        refusal: &'static str,
    ) -> Self {
        Self {
            name,
            program,
            place,
            open,
            proof: Proof::Response,
            refusal,
        }
    }
}

fn openssl(openssl: &Tool, input: &ReaderInput<'_>) -> anyhow::Result<Vec<Invocation>> {
    let open = openssl
        .command()
        .args(["pkcs12", "-nocerts", "-nodes", "-out", "opened.key"])
        .args(["-passin", "env:STORE_PASSPHRASE", "-in"])
        .arg(input.store)
        .env("STORE_PASSPHRASE", input.passphrase);
    let public = ["pkey", "-in", "opened.key", "-pubout", "-outform", "DER"];
    let public = openssl.command().args(public).args(["-out", "public.der"]);
    let digest = openssl.command().args(["dgst", "-sha256", "public.der"]);
    let steps = [open, public, digest];
    Ok(steps.map(|step| step.folder(input.folder)).into())
}

/// Takes the key out under the passphrase of the store, and shows its public half.
fn certtool(certtool: &Tool, input: &ReaderInput<'_>) -> anyhow::Result<Vec<Invocation>> {
    let open = certtool
        .command()
        .args(["--p12-info", "--inder", "--outfile", "opened.txt"])
        .args(["--password", input.passphrase, "--infile"])
        .arg(input.store);
    let show = certtool
        .command()
        .args(["--key-info", "--infile", "opened.txt"])
        .args(["--password", input.passphrase]);
    Ok(vec![open.folder(input.folder), show.folder(input.folder)])
}

fn keytool(keytool: &Tool, input: &ReaderInput<'_>) -> anyhow::Result<Vec<Invocation>> {
    let sign = keytool
        .command()
        .folder(input.folder)
        .args(["-certreq", "-alias", StoreFiles::NAME, "-file", SIGNED])
        .args(["-storetype", "PKCS12", "-storepass:env", "STORE_PASSPHRASE"])
        .env("STORE_PASSPHRASE", input.passphrase)
        .arg("-keystore")
        .arg(input.store);
    Ok(vec![sign])
}

fn java(java: &Tool, input: &ReaderInput<'_>) -> anyhow::Result<Vec<Invocation>> {
    Ok(vec![script(java, "Store.java", input)])
}

fn nss(shell: &Tool, input: &ReaderInput<'_>) -> anyhow::Result<Vec<Invocation>> {
    Ok(vec![script(shell, "nss.sh", input)])
}

fn python(python: &Tool, input: &ReaderInput<'_>) -> anyhow::Result<Vec<Invocation>> {
    Ok(vec![script(python, "read_store.py", input)])
}

fn node(node: &Tool, input: &ReaderInput<'_>) -> anyhow::Result<Vec<Invocation>> {
    let hello = script(node, "hello_pfx.js", input)
        .arg(input.base_url)
        .env("NAPI_USER", USER)
        .env("NAPI_PASSWORD", PASSWORD)
        .env("NAPI_CA_FILE", input.ca_file);
    Ok(vec![hello])
}

fn script(interpreter: &Tool, name: &str, input: &ReaderInput<'_>) -> Invocation {
    let script = format!("{}/stores/{name}", env!("CARGO_MANIFEST_DIR"));
    interpreter
        .command()
        .folder(input.folder)
        .arg(script)
        .arg(input.store)
        .env("STORE_PASSPHRASE", input.passphrase)
}

fn curl(curl: &Tool, input: &ReaderInput<'_>) -> anyhow::Result<Vec<Invocation>> {
    let hello = curl
        .command()
        .args(["-q", "--silent", "--show-error", "--fail-with-body"])
        .args(["--user", &format!("{USER}:{PASSWORD}")])
        .args(["--cert-type", "P12"])
        .args([
            "--cert",
            &format!("{}:{}", input.store.display(), input.passphrase),
        ])
        .args(["--url", &format!("{}{HELLO}", input.base_url), "--cacert"])
        .arg(input.ca_file);
    Ok(vec![hello])
}

/// Hands the store over in a list of certificates: of `--ssl-client-cert` newman knows PEM alone.
fn newman(newman: &Tool, input: &ReaderInput<'_>) -> anyhow::Result<Vec<Invocation>> {
    let url = format!("{}{HELLO}", input.base_url);
    let certificates = serde_json::json!([{
        "name": "napi",
        "matches": [format!("{}/*", input.base_url)],
        "pfx": { "src": input.store },
        "passphrase": input.passphrase,
    }]);
    let credentials = |key, value| serde_json::json!({ "key": key, "value": value });
    let collection = serde_json::json!({
        "info": {
            "name": "hello",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "item": [{ "name": "hello", "request": { "url": url, "auth": { "type": "basic", "basic": [
            credentials("username", USER),
            credentials("password", PASSWORD),
        ] } } }],
    });
    for (name, content) in [
        ("certificates.json", certificates),
        ("collection.json", collection),
    ] {
        std::fs::write(input.folder.join(name), content.to_string())?;
    }
    let run = newman
        .command()
        .folder(input.folder)
        .args(["run", "collection.json", "--verbose"])
        .args(["--ssl-client-cert-list", "certificates.json"])
        .args([
            "--disable-unicode",
            "--color",
            "off",
            "--ssl-extra-ca-certs",
        ])
        .arg(input.ca_file);
    Ok(vec![run])
}

const HELLO: &str = "/connection/v1/testauthentication";
const USER: &str = "acme-api";
const PASSWORD: &str = "acme-password";

const CURL: Program = Program::new("curl", &["--version"], "Debian: curl");
const JAVA: Program = Program::new("java", &["--version"], "Debian: default-jdk-headless");
const NEWMAN: Program = Program::new(
    "newman",
    &["--version"],
    "npm: newman; copy tests/interop/npm to target/interop/npm and run npm ci there",
);
/// Neither of its tools says its version.
const NSS: Program = Program::new(
    "sh",
    &["-c", "command -v pk12util && command -v certutil"],
    "Debian: libnss3-tools",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_tool_opens_our_store() {
        let names: Vec<_> = READERS.iter().map(|it| it.name).collect();
        assert_eq!(names, crate::stores::PEER_TOOLS);
    }
}
