//! PKCS#12 stores that our program has written, opened by others, up to a response over mutual TLS.
//!
//! That a file opens says little by itself. A store counts as opened when the other program names
//! our public key, proves it by a signature, or gets a response from the mock.

mod files;
mod reader;

use mock_napi::Account;

use crate::{
    context::Context,
    keys::public_key_of,
    our_key::OurKey,
    report::{Report, Row},
    server_events::{Mark, ServerEvents},
    stores::{
        files::StoreFiles,
        reader::{Proof, READERS, Reader, ReaderInput},
    },
    tool::{Output, Tool, in_turn},
};

/// The peer tools of this group.
pub(crate) const PEER_TOOLS: &[&str] = &[
    "openssl",
    "certtool",
    "keytool",
    "java",
    "pk12util",
    "cryptography",
    "curl",
    "node-https",
    "newman",
];

/// Lets each of them open our stores.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    let asked = context.selection().of("stores");
    if asked.is_empty() {
        return Ok(());
    }
    let files = StoreFiles::write(context).await?;
    for reader in READERS.iter().filter(|it| asked.contains(&it.name)) {
        match reader.program.find_in(reader.place).await {
            Err(error) => report.add_missing("stores", reader.name, &error),
            Ok(tool) => ask(reader, &tool, &files, context, report).await?,
        }
    }
    // An account may have five.
    context.portal().revoke_last(Account::ACME).await
}

async fn ask(
    reader: &Reader,
    tool: &Tool,
    files: &StoreFiles,
    context: &Context,
    report: &mut Report,
) -> anyhow::Result<()> {
    let right = StoreFiles::PASSPHRASE;
    for (case, store, passphrase) in [
        ("opens our store", &files.modern, right),
        ("opens our store for old programs", &files.legacy, right),
        (
            "is given another passphrase of our store",
            &files.modern,
            OurKey::OTHER_PASSPHRASE,
        ),
    ] {
        let folder = context.new_folder(&format!("stores {} {case}", reader.name))?;
        let input = ReaderInput {
            store,
            passphrase,
            folder: &folder,
            base_url: context.mock().base_url(),
            ca_file: &context.ca_file(),
        };
        let mark = Mark::now(&context.portal()).await?;
        let output = in_turn((reader.open)(tool, &input)?).await?;
        let events = ServerEvents::since(mark, context.mock()).await?;
        let is_right = passphrase == right;
        let expected = match (is_right, reader.proof) {
            (true, Proof::PublicKey) => context.key().public_key_sha256.clone(),
            (true, Proof::Response) => "Hello acme-api".to_owned(),
            (false, _) => reader.refusal.to_owned(),
        };
        let printed = match (is_right, reader.proof) {
            (true, Proof::PublicKey) => public_key_of(&output, &folder)?,
            _ => output.both(),
        };
        let is_met = match (is_right, reader.proof) {
            (true, Proof::Response) => events.is_answered(200, None),
            _ => events.is_nothing(),
        };
        let ok = (output.code == Some(0)) == is_right && printed.contains(&expected) && is_met;
        let row = Row {
            group: "stores",
            peer_tool: reader.name.to_owned(),
            version: tool.version().to_owned(),
            case: case.to_owned(),
            client_outcome: outcome(&output, ok, &expected),
            server_events: events.to_string(),
            expected,
            ok,
            ..Row::default()
        };
        report.add(row.with_output(&output));
    }
    Ok(())
}

fn outcome(output: &Output, ok: bool, expected: &str) -> String {
    match ok {
        true => format!("{output}, `{expected:.20}`"),
        false => output.words(),
    }
}
