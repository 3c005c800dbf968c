//! Our key opened by others: what they say of its public half, and that another passphrase opens nothing.

use std::{fs, path::Path};

use anyhow::Context as _;
use csr::InspectedRequest;
use mock_napi::Account;

use super::{NODE, RUBY};
use crate::{
    our_key::{OurKey, hex},
    report::{Report, Row},
    requests::{KEYTOOL, OPENSSL, PYTHON, STORE_PASSPHRASE},
    tool::{Invocation, Output, Program, Tool},
    world::World,
};

/// A program that opens our key.
struct Opener {
    name: &'static str,
    program: Program,
    /// Opens the key file under the passphrase in the folder, step by step.
    open: fn(&Tool, &Given<'_>) -> Vec<Invocation>,
    /// What it says to another passphrase; any one of these.
    refuses: &'static [&'static str],
}

/// What a program is given.
struct Given<'a> {
    key: &'a Path,
    passphrase: Option<&'static str>,
    /// A certificate for the key.
    certificate: &'a Path,
    /// Where it may write.
    folder: &'a Path,
    /// openssl, for a program that reads only what it has wrapped.
    openssl: &'a Tool,
}

const OPENERS: &[Opener] = &[
    Opener {
        name: "openssl",
        program: OPENSSL,
        open: openssl,
        refuses: &["Could not read", "Could not find"],
    },
    Opener {
        name: "certtool",
        program: crate::requests::CERTTOOL,
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

/// Has one program open our key.
pub(super) async fn run(witness: &str, world: &World, report: &mut Report) -> anyhow::Result<()> {
    let opener = OPENERS.iter().find(|it| it.name == witness);
    let opener = opener.with_context(|| format!("{witness} opens no key"))?;
    let found = (opener.program.find().await, OPENSSL.find().await);
    let (tool, openssl) = match found {
        (Ok(tool), Ok(openssl)) => (tool, openssl),
        (Err(error), _) | (_, Err(error)) => {
            report.add_missing("keys", witness, &error);
            return Ok(());
        }
    };
    let certificate = world.file(&format!("{witness}.pem"));
    let portal = world.portal();
    let issued = portal
        .certificate(Account::GLOBEX, &world.key().request)
        .await?;
    let issued = issued.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    fs::write(&certificate, issued)?;
    portal.revoke_last(Account::GLOBEX).await?;
    let key = world.key();
    for (what, file, passphrase, is_right) in [
        ("opens our key without passphrase", &key.plain, None, true),
        (
            "opens our key with passphrase",
            &key.encrypted,
            Some(OurKey::PASSPHRASE),
            true,
        ),
        (
            "is given another passphrase of our key",
            &key.encrypted,
            Some(OurKey::OTHER_PASSPHRASE),
            false,
        ),
    ] {
        let folder = world.new_folder(&format!("{witness} {what}"))?;
        let given = Given {
            key: file,
            passphrase,
            certificate: &certificate,
            folder: &folder,
            openssl: &openssl,
        };
        let output = steps((opener.open)(&tool, &given)).await?;
        let (expected, said) = match is_right {
            true => (key.public_key_sha256.clone(), said_key(&output, &folder)?),
            false => (format!("any of {:?}", opener.refuses), String::new()),
        };
        let printed = output.both();
        let ok = match is_right {
            true => output.code == Some(0) && said.contains(&expected),
            false => output.code != Some(0) && opener.refuses.iter().any(|it| printed.contains(it)),
        };
        let row = Row {
            group: "keys",
            witness: witness.to_owned(),
            version: tool.version().to_owned(),
            what: what.to_owned(),
            client_saw: match (ok, is_right) {
                (true, true) => format!("{output}, the public key {:.16}…", key.public_key_sha256),
                (true, false) => format!("{output}, refused"),
                (false, _) => output.words(),
            },
            expected,
            ok,
            ..Row::default()
        };
        report.add(row.with_output(&output));
    }
    Ok(())
}

/// Runs the steps up to the first that fails; what the last of them did.
pub(super) async fn steps(steps: Vec<Invocation>) -> anyhow::Result<Output> {
    let mut last = None;
    for step in steps {
        let output = step.run().await?;
        let is_over = output.code != Some(0);
        last = Some(output);
        if is_over {
            break;
        }
    }
    last.context("no step")
}

/// What the program said of the public key: printed, or proven by a request that it signed.
fn said_key(output: &Output, folder: &Path) -> anyhow::Result<String> {
    let Ok(request) = fs::read(folder.join(SIGNED)) else {
        return Ok(output.stdout.clone());
    };
    let request = InspectedRequest::from_pem_or_der(&request)?;
    request.verify()?;
    Ok(hex(&request.public_key_sha256()))
}

/// The request that keytool signs with our key.
const SIGNED: &str = "signed.csr";

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

/// It reads stores only, so openssl packs ours into one, and it signs with what it finds there. Its own reject is that
/// of the store's passphrase.
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
