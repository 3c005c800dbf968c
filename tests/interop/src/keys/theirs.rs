//! Keys of others opened by us: their key and request, the portal's certificate, and a response
//! over mutual TLS.

use std::{fs, path::Path};

use anyhow::Context as _;
use csr::{CertificationRequest, RsaKey};
use identity::{Loader, Passphrase};
use mock_napi::Account;
use napi::{BaseUrl, Client, Credentials};
use test_support::Customer;

use crate::{
    context::Context,
    programs::{NODE, OPENSSL},
    report::{Report, Row},
    requests::{self, REQUEST, RequestSpec},
    server_events::{Mark, ServerEvents},
    tool::{Output, in_turn},
};

/// The passphrase of the encrypted keys.
const PASSPHRASE: &str = "a passphrase of theirs";

/// Lets one program make keys, and uses them.
pub(super) async fn run(
    peer_tool: &str,
    context: &Context,
    report: &mut Report,
) -> anyhow::Result<()> {
    for (case, passphrase, given) in [
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
        let folder = context.new_folder(&format!("{peer_tool} {case}"))?;
        let made = make(peer_tool, passphrase, &folder).await;
        let (version, output) = match made {
            Ok(made) => made,
            Err(error) => {
                report.add_missing("keys", peer_tool, &error);
                return Ok(());
            }
        };
        let mark = Mark::now(&context.portal()).await?;
        let response = hello(&folder, given, context).await;
        let events = ServerEvents::since(mark, context.mock()).await?;
        let (expected, ok) = match given == passphrase {
            true => {
                let is_hello = response
                    .as_ref()
                    .is_ok_and(|text| text == "Hello globex-api");
                (
                    "Hello globex-api",
                    is_hello && events.is_answered(200, None),
                )
            }
            false => {
                let error = response
                    .as_ref()
                    .err()
                    .and_then(|error| error.downcast_ref());
                let is_refused = matches!(error, Some(identity::Error::PassphraseOrDamaged));
                ("the passphrase is wrong", is_refused && events.is_nothing())
            }
        };
        let row = Row {
            group: "keys",
            peer_tool: peer_tool.to_owned(),
            version,
            case: case.to_owned(),
            expected: expected.to_owned(),
            client_outcome: match response {
                Ok(text) => format!("we: {text}"),
                Err(error) => format!("we: {error:#}"),
            },
            server_events: events.to_string(),
            ok: ok && output.code == Some(0),
            ..Row::default()
        };
        report.add(row.with_output(&output));
    }
    Ok(())
}

/// Lets a program leave `theirs.key` and a request in the folder; returns its version and output.
async fn make(
    peer_tool: &str,
    passphrase: Option<&'static str>,
    folder: &Path,
) -> anyhow::Result<(String, Output)> {
    if peer_tool == "node" {
        return make_by_node(passphrase, folder).await;
    }
    let program = requests::program(peer_tool);
    let program = program.with_context(|| format!("{peer_tool} makes no key"))?;
    let tool = program.program.find().await?;
    let spec = RequestSpec {
        passphrase,
        ..RequestSpec::GOOD
    };
    let mut commands = (program.make)(&tool, &spec, folder)?;
    if peer_tool == "keytool" {
        // The key is taken out by openssl, as our own error about a store advises.
        let passphrase = passphrase.unwrap_or(requests::STORE_PASSPHRASE);
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
        commands.push(match spec.passphrase {
            None => unpack.arg("-nodes"),
            Some(_) => unpack.args(["-passout", "env:STORE_PASSPHRASE"]),
        });
    }
    Ok((tool.version().to_owned(), in_turn(commands).await?))
}

/// Lets Node make a key, and signs a request with it: Node makes none.
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

/// Gets a certificate from the portal, connects with the key and says hello.
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
    let response = call(
        &certificate,
        &folder.join("theirs.key"),
        passphrase,
        context,
    )
    .await;
    portal.revoke_last(globex).await?; // an account may have five
    response
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
