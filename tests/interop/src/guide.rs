//! The guide: every shell block of its pages runs as it stands there, in the order of the page.
//!
//! A page has a folder and a mock of its own. Between two blocks the Customer Portal is used: each
//! request that has no certificate beside it is uploaded, and the certificate saved there; the
//! comments `in the portal: enforce` and `in the portal: end enforcement` are followed. A block
//! that is marked `sh fails` has to be rejected by the service. The reader's own files are there
//! too: the password, a passphrase, and the variables that name the mock in place of the service.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use mock_napi::{Account, EventKind};
use test_support::{Mock, Portal};

use crate::{
    context::Context,
    programs::NAPI,
    report::{Report, Row},
    tool::{Place, Program, Tool},
};

/// The peer tools of this group: the pages.
pub(crate) const PEER_TOOLS: &[&str] = &["cli-readme", "runbook", "batches", "mock-readme"];

const PAGES: &[(&str, &str)] = &[
    ("cli-readme", include_str!("../../../crates/cli/README.md")),
    ("runbook", include_str!("../../../docs/runbook.md")),
    ("batches", include_str!("../../../docs/batches.md")),
    (
        "mock-readme",
        include_str!("../../../crates/mock-napi/README.md"),
    ),
];

/// A block that starts the mock and does not end is left out: there is one already, on ports of its
/// own.
const STARTS_THE_MOCK: [&str; 2] = ["cargo run --bin mock-napi", "napi-mtls mock"];

const BASH: Program = Program::new("bash", &["--version"], "Debian: bash");

/// Runs each page.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    let asked = context.selection().of("guide");
    for (name, page) in PAGES.iter().filter(|(name, _)| asked.contains(name)) {
        match tools().await {
            Err(error) => report.add_missing("guide", name, &error),
            Ok((bash, path)) => follow(name, page, &bash, &path, context, report).await?,
        }
    }
    Ok(())
}

/// Finds a shell, and makes a search path on which our program comes first.
async fn tools() -> anyhow::Result<(Tool, String)> {
    NAPI.find_in(Place::Beside).await?;
    let this = std::env::current_exe()?;
    let beside = this.parent().context("this program lies in no folder")?;
    let path = std::env::var("PATH").unwrap_or_default();
    Ok((BASH.find().await?, format!("{}:{path}", beside.display())))
}

/// Runs the blocks of a page, one row for each.
async fn follow(
    name: &str,
    page: &str,
    bash: &Tool,
    path: &str,
    context: &Context,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mock = Mock::start().await?;
    let folder = context.new_folder(&format!("guide-{name}"))?;
    let ca_file = context.file(&format!("guide-{name}-ca.pem"));
    fs::write(&ca_file, mock.ca_pem())?;
    let secrets = [
        ("password", Account::ACME.api().secret_password()),
        ("passphrase", "correct horse battery staple"),
    ];
    for (file, secret) in secrets {
        fs::write(folder.join(file), format!("{secret}\n"))?;
    }
    let portal_url = mock.portal().url().to_owned();
    let page = page
        .replace("https://localhost:8443", mock.base_url())
        .replace("https://localhost:8444", mock.plain_base_url())
        .replace("http://127.0.0.1:8080", &portal_url);
    let mut blocks = blocks(&page);
    let starts_the_mock = |text: &str| STARTS_THE_MOCK.iter().any(|it| text.starts_with(it));
    blocks.retain(|block| !starts_the_mock(block.text));
    anyhow::ensure!(!blocks.is_empty(), "{name} has no shell block");
    for (number, block) in blocks.into_iter().enumerate() {
        if let Some(enforced) = block.enforcement {
            mock.portal().set_enforced(Account::ACME, enforced).await?;
        }
        let Block { text, fails, .. } = block;
        let before = hellos(&mock.portal()).await?;
        let output = bash
            .command()
            .args(["-euo", "pipefail", "-c", text])
            .folder(&folder)
            .env("PATH", path)
            .env("NAPI_BASE_URL", mock.base_url())
            .env("NO_PROXY", "*")
            .env("NAPI_PLAIN_BASE_URL", mock.plain_base_url())
            .env("NAPI_CA_FILE", &ca_file)
            .run()
            .await?;
        let counted = hellos(&mock.portal()).await? - before;
        let calls = text.matches("napi-mtls hello").count() + text.matches(HELLO).count();
        let (code, expected) = if fails { (REJECTED, 0) } else { (0, calls) };
        let last = output.stdout.lines().last().unwrap_or_default();
        report.add(
            Row {
                group: "guide",
                peer_tool: name.to_owned(),
                version: bash.version().to_owned(),
                case: format!("block {}: {}", number + 1, summary(text)),
                expected: format!("exit {code}, and {expected} calls that the service answered"),
                client_outcome: format!("{output}: {last}"),
                server_events: format!("{counted} calls"),
                ok: output.code == Some(code) && counted == expected,
                ..Row::default()
            }
            .with_output(&output),
        );
        use_portal(&mock.portal(), &folder).await?;
    }
    Ok(())
}

/// The exit code of `napi-mtls` where the server rejects the certificate or the credentials.
const REJECTED: i32 = 3;

/// A block of a page.
#[derive(Debug, PartialEq, Eq)]
struct Block<'a> {
    text: &'a str,
    /// Whether the service has to reject it.
    fails: bool,
    /// Whether mutual TLS is enforced before it, if the page says so.
    enforcement: Option<bool>,
}

/// Returns the blocks that are marked `sh`, in their order.
fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("\n```sh") {
        let Some((mark, after)) = after.split_once('\n') else {
            break;
        };
        let Some((text, after)) = after.split_once("\n```") else {
            break;
        };
        let last = |comment| before.rfind(comment);
        let enforcement = match (last(ENFORCE), last(END_ENFORCEMENT)) {
            (None, None) => None,
            (on, off) => Some(on > off),
        };
        if matches!(mark, "" | " fails") {
            blocks.push(Block {
                text,
                fails: !mark.is_empty(),
                enforcement,
            });
        }
        rest = after;
    }
    blocks
}

const ENFORCE: &str = "<!-- in the portal: enforce -->";
const END_ENFORCEMENT: &str = "<!-- in the portal: end enforcement -->";

/// Returns the programs that a block runs, for the table.
fn summary(block: &str) -> String {
    let lines = block.replace("\\\n", " ");
    let commands = lines.lines().map(|line| {
        let words = line.split_whitespace().take(2);
        let words: Vec<_> = words.filter(|word| !word.starts_with("http")).collect();
        words.join(" ")
    });
    commands.collect::<Vec<_>>().join("; ")
}

/// The path that says hello.
const HELLO: &str = "/connection/v1/testauthentication";

/// Returns the number of calls that the service accepted.
async fn hellos(portal: &Portal) -> anyhow::Result<usize> {
    let events = portal.events().await?;
    let is_hello = |kind: &EventKind| {
        matches!(kind, EventKind::Request { path, status: 200, user: Some(_), .. }
            if path == HELLO)
    };
    Ok(events.iter().filter(|event| is_hello(&event.kind)).count())
}

/// Uploads each request that has no certificate beside it, and saves the certificate there.
async fn use_portal(portal: &Portal, folder: &Path) -> anyhow::Result<()> {
    for request in requests(folder)? {
        let certificate = request.with_extension("pem");
        if certificate.exists() {
            continue;
        }
        let text = fs::read_to_string(&request)?;
        let issued = portal.certificate(Account::ACME, &text).await?;
        let issued = issued.map_err(|refused| anyhow::anyhow!("the portal: {refused:?}"))?;
        fs::write(&certificate, issued)?;
        fs::remove_file(&request)?; // it is not needed any more
    }
    Ok(())
}

/// Returns the requests in a folder and below it.
fn requests(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(requests(&path)?);
        } else if path.extension().is_some_and(|it| it == "csr") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_marked_as_shell_are_found_and_no_others() {
        let page = format!(
            "a\n\n```sh\none\n```\n\n```ini\ntwo\n```\n{ENFORCE}\n```sh fails\nthree \\\n    four\n```\n\
             ```shell\nno\n```\n{END_ENFORCEMENT}\n\n```sh\nfive\n```\n"
        );
        let block = |text, fails, enforcement| Block {
            text,
            fails,
            enforcement,
        };
        let expected = [
            block("one", false, None),
            block("three \\\n    four", true, Some(true)),
            block("five", false, Some(false)),
        ];
        assert_eq!(blocks(&page), expected);
        assert_eq!(
            summary("three \\\n    four --five\nsix https://seven"),
            "three four; six"
        );
    }
}
