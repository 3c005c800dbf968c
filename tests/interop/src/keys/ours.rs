//! Our key opened by others: what they say of its public half, and that another passphrase opens
//! nothing.

use std::{fs, path::Path};

use anyhow::Context as _;
use csr::InspectedRequest;
use mock_napi::Account;

use super::opener::{Given, OPENERS, SIGNED};
use crate::{
    context::Context,
    our_key::OurKey,
    report::{Report, Row},
    requests::OPENSSL,
    tool::{Output, in_turn},
};

/// Has one program open our key.
pub(super) async fn run(
    witness: &str,
    context: &Context,
    report: &mut Report,
) -> anyhow::Result<()> {
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
    let certificate = context.file(&format!("{witness}.pem"));
    let portal = context.portal();
    let issued = portal
        .certificate(Account::GLOBEX, &context.key().request)
        .await?;
    let issued = issued.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    fs::write(&certificate, issued)?;
    portal.revoke_last(Account::GLOBEX).await?;
    let key = context.key();
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
        let folder = context.new_folder(&format!("{witness} {what}"))?;
        let given = Given {
            key: file,
            passphrase,
            certificate: &certificate,
            folder: &folder,
            openssl: &openssl,
        };
        let output = in_turn((opener.open)(&tool, &given)).await?;
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

/// What the program said of the public key: printed, or proven by a request that it signed.
fn said_key(output: &Output, folder: &Path) -> anyhow::Result<String> {
    let Ok(request) = fs::read(folder.join(SIGNED)) else {
        return Ok(output.stdout.clone());
    };
    let request = InspectedRequest::from_pem_or_der(&request)?;
    request.verify()?;
    Ok(request.public_key_sha256().to_string())
}
