//! Our key opened by others: the public key that they find, and that another passphrase opens
//! nothing.

use std::{fs, path::Path};

use anyhow::Context as _;
use csr::InspectedRequest;
use mock_napi::Account;

use crate::{
    context::Context,
    keys::opener::{OPENERS, OpenerInput, SIGNED},
    our_key::OurKey,
    programs::OPENSSL,
    report::{Report, Row},
    tool::{Output, in_turn},
};

/// Lets one program open our key.
pub(super) async fn run(
    peer_tool: &str,
    context: &Context,
    report: &mut Report,
) -> anyhow::Result<()> {
    let opener = OPENERS.iter().find(|it| it.name == peer_tool);
    let opener = opener.with_context(|| format!("{peer_tool} opens no key"))?;
    let found = (opener.program.find().await, OPENSSL.find().await);
    let (tool, openssl) = match found {
        (Ok(tool), Ok(openssl)) => (tool, openssl),
        (Err(error), _) | (_, Err(error)) => {
            report.add_missing("keys", peer_tool, &error);
            return Ok(());
        }
    };
    let certificate = context.file(&format!("{peer_tool}.pem"));
    let portal = context.portal();
    let issued = portal
        .certificate(Account::GLOBEX, &context.key().request)
        .await?;
    let issued = issued.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    fs::write(&certificate, issued)?;
    portal.revoke_last(Account::GLOBEX).await?;
    let key = context.key();
    for (case, file, passphrase, is_right) in [
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
        let folder = context.new_folder(&format!("{peer_tool} {case}"))?;
        let input = OpenerInput {
            key: file,
            passphrase,
            certificate: &certificate,
            folder: &folder,
            openssl: &openssl,
        };
        let output = in_turn((opener.open)(&tool, &input)).await?;
        let (expected, public_key) = match is_right {
            true => (
                key.public_key_sha256.clone(),
                public_key_of(&output, &folder)?,
            ),
            false => (format!("any of {:?}", opener.refusals), String::new()),
        };
        let printed = output.both();
        let ok = match is_right {
            true => output.code == Some(0) && public_key.contains(&expected),
            false => {
                output.code != Some(0) && opener.refusals.iter().any(|it| printed.contains(it))
            }
        };
        let row = Row {
            group: "keys",
            peer_tool: peer_tool.to_owned(),
            version: tool.version().to_owned(),
            case: case.to_owned(),
            client_outcome: match (ok, is_right) {
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

/// Returns the public key that the program printed, or proved by a request that it signed.
pub(crate) fn public_key_of(output: &Output, folder: &Path) -> anyhow::Result<String> {
    let Ok(request) = fs::read(folder.join(SIGNED)) else {
        return Ok(output.stdout.clone());
    };
    let request = InspectedRequest::from_pem_or_der(&request)?;
    request.verify()?;
    Ok(request.public_key_sha256().to_string())
}
