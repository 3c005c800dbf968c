//! Keys of others opened by us: their key and request, the portal's certificate, and an answer over
//! mutual TLS.

use std::{fs, path::Path};

use anyhow::Context as _;
use csr::{CertificationRequest, RsaKey};
use identity::{Loader, Passphrase};
use mock_napi::Account;
use napi::{BaseUrl, Client, Credentials};
use test_support::Customer;

use super::NODE;
use crate::{
    context::Context,
    report::{Report, Row},
    requests::{OPENSSL, REQUEST, RequestProgram, wanted::Wanted},
    server_events::{Mark, ServerEvents},
    tool::{Output, in_turn},
};

/// Of the keys that have one.
const PASSPHRASE: &str = "a passphrase of theirs";

/// Has one program make keys, and uses them.
pub(super) async fn run(
    witness: &str,
    context: &Context,
    report: &mut Report,
) -> anyhow::Result<()> {
    for (what, passphrase, given) in [
        ("makes a key without passphrase", None, None),
        (
            "makes a key with passphrase",
            Some(PASSPHRASE),
            Some(PASSPHRASE),
        ),
        (
            "makes a key with passphrase, and we are given another",
            Some(PASSPHRASE),
            Some("not that passphrase"),
        ),
    ] {
        let folder = context.new_folder(&format!("{witness} {what}"))?;
        let made = make(witness, passphrase, &folder).await;
        let (version, output) = match made {
            Ok(made) => made,
            Err(error) => {
                report.add_missing("keys", witness, &error);
                return Ok(());
            }
        };
        let mark = Mark::now(&context.portal()).await?;
        let answer = hello(&folder, given, context).await;
        let events = ServerEvents::since(mark, context.mock()).await?;
        let (expected, ok) = match given == passphrase {
            true => {
                let is_hello = answer.as_ref().is_ok_and(|text| text == "Hello globex-api");
                (
                    "Hello globex-api",
                    is_hello && events.is_answered(200, None),
                )
            }
            false => {
                let refused = answer.as_ref().err().and_then(|error| error.downcast_ref());
                let is_refused = matches!(refused, Some(identity::Error::PassphraseOrDamaged));
                ("the passphrase is wrong", is_refused && events.is_nothing())
            }
        };
        let row = Row {
            group: "keys",
            witness: witness.to_owned(),
            version,
            what: what.to_owned(),
            expected: expected.to_owned(),
            client_saw: match answer {
                Ok(text) => format!("we: {text}"),
                Err(error) => format!("we: {error:#}"),
            },
            server_saw: events.to_string(),
            ok: ok && output.code == Some(0),
            ..Row::default()
        };
        report.add(row.with_output(&output));
    }
    Ok(())
}

/// Leaves `theirs.key` and the request in the folder; returns the version of who made them and what
/// it did.
async fn make(
    witness: &str,
    passphrase: Option<&'static str>,
    folder: &Path,
) -> anyhow::Result<(String, Output)> {
    if witness == "node" {
        return make_by_node(passphrase, folder).await;
    }
    let program = RequestProgram::named(witness);
    let program = program.with_context(|| format!("{witness} makes no key"))?;
    let tool = program.program.find().await?;
    let wanted = Wanted {
        passphrase,
        ..Wanted::GOOD
    };
    let mut commands = (program.make)(&tool, &wanted, folder)?;
    if witness == "keytool" {
        // As our own answer to a store says: its key is to be taken out by openssl.
        let passphrase = passphrase.unwrap_or(crate::requests::STORE_PASSPHRASE);
        let unpack = OPENSSL.find().await?.command().folder(folder);
        let unpack = unpack.args([
            "pkcs12",
            "-in",
            "theirs.p12",
            "-nocerts",
            "-out",
            "theirs.key",
        ]);
        let unpack = unpack
            .args(["-passin", "env:STORE_PASSPHRASE"])
            .env("STORE_PASSPHRASE", passphrase);
        commands.push(match wanted.passphrase {
            None => unpack.arg("-nodes"),
            Some(_) => unpack.args(["-passout", "env:STORE_PASSPHRASE"]),
        });
    }
    Ok((tool.version().to_owned(), in_turn(commands).await?))
}

/// It makes keys but no requests; the request for its key is ours.
async fn make_by_node(
    passphrase: Option<&'static str>,
    folder: &Path,
) -> anyhow::Result<(String, Output)> {
    let node = NODE.find().await?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/keys/make_key.js");
    let mut command = node.command().folder(folder).args([script, "theirs.key"]);
    if let Some(passphrase) = passphrase {
        command = command.env("KEY_PASSPHRASE", passphrase);
    }
    let output = command.run().await?;
    let pem = fs::read_to_string(folder.join("theirs.key"))?;
    let passphrase = passphrase.map(csr::Passphrase::new).transpose()?;
    let key = RsaKey::from_pkcs8_pem(&pem, passphrase.as_ref())?;
    let request = CertificationRequest::builder(&Customer::subject()?).sign(&key)?;
    fs::write(folder.join(REQUEST), request.to_pem())?;
    Ok((node.version().to_owned(), output))
}

/// What a customer does with their files: certificate from the portal, identity, connection, hello.
async fn hello(
    folder: &Path,
    passphrase: Option<&'static str>,
    context: &Context,
) -> anyhow::Result<String> {
    let globex = Account::GLOBEX;
    let portal = context.portal();
    let request = fs::read_to_string(folder.join(REQUEST)).context("there is no request")?;
    let issued = portal.certificate(globex, &request).await?;
    let issued = issued.map_err(|refused| anyhow::anyhow!("the portal: {refused:?}"))?;
    let certificate = folder.join("certificate.pem");
    fs::write(&certificate, issued)?;
    let answer = call(
        &certificate,
        &folder.join("theirs.key"),
        passphrase,
        context,
    )
    .await;
    portal.revoke_last(globex).await?; // an account may have five
    answer
}

async fn call(
    certificate: &Path,
    key: &Path,
    passphrase: Option<&'static str>,
    context: &Context,
) -> anyhow::Result<String> {
    let mut loader = Loader::new();
    if let Some(passphrase) = passphrase {
        loader = loader.passphrase(Passphrase::new(passphrase));
    }
    let loaded = loader.load_files(certificate, key)?;
    let connector = context
        .mock()
        .trusted()?
        .identity(loaded.identity())
        .build()?;
    let user = Account::GLOBEX.api();
    let credentials = Credentials::basic(user.user(), user.secret_password())?;
    let base_url: BaseUrl = context.mock().base_url().parse()?;
    let client = Client::over_mtls(connector, base_url, credentials);
    Ok(client.test_authentication().await?)
}
