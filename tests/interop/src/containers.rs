//! The mock as a container runs it, and the application of `examples/containers`, without an engine
//! for containers: the options and the script are those of the files.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::context::Context;
use crate::programs::NAPI;
use crate::report::{Report, Row};
use crate::tool::{Output, Place, Program, Tool};

/// The peer tools of this group.
pub(crate) const PEER_TOOLS: &[&str] = &["containers"];

const CONTAINERFILE: &str = include_str!("../../../examples/containers/Containerfile");
const SHELL: Program = Program::new("sh", &["-c", "curl --version"], "Debian: dash and curl");

/// The members of the mock's first line that are used here.
#[derive(Deserialize)]
struct Ready {
    base_url: String,
    portal_url: String,
    ca_file: PathBuf,
}

/// Runs the application against the mock.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    if context.selection().of("containers").is_empty() {
        return Ok(());
    }
    let tools = async { anyhow::Ok((SHELL.find().await?, NAPI.find_in(Place::Beside).await?)) };
    let (shell, napi) = match tools.await {
        Ok(tools) => tools,
        Err(error) => {
            report.add_missing("containers", "containers", &error);
            return Ok(());
        }
    };
    let mut first_ca = None;
    for case in [
        "an application beside the mock",
        "the same after the mock was killed",
    ] {
        let mock = napi
            .command()
            .args(["mock", "--output", "json", "--folder"]);
        let mock = mock.arg(context.file("container"));
        let mut mock = mock
            .args(options(&context.file("container-state"))?)
            .spawn(|command| {
                command.stdin(Stdio::null()).stderr(Stdio::null());
            })?;
        let stdout = mock.stdout.take().context("no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await?;
        let ready: Ready = serde_json::from_str(&line).context("the ready line")?;
        let output = application(&shell, &ready).await?;
        let ca = std::fs::read(&ready.ca_file)?;
        let has_same_ca = *first_ca.get_or_insert_with(|| ca.clone()) == ca;
        let expected = "Hello acme-api";
        let row = Row {
            group: "containers",
            peer_tool: "containers".to_owned(),
            version: shell.version().to_owned(),
            case: case.to_owned(),
            expected: format!("exit 0 and `{expected}`; the mock is named mock, its CA is kept"),
            client_outcome: output.words(),
            server_events: ready.base_url.clone(),
            ok: output.code == Some(0)
                && output.stdout.contains(expected)
                && has_same_ca
                && ready.base_url.starts_with("https://mock:"),
            ..Row::default()
        };
        report.add(row.with_output(&output));
        mock.kill().await?;
    }
    Ok(())
}

/// Runs the application as it is in the example.
async fn application(shell: &Tool, ready: &Ready) -> anyhow::Result<Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = script.join("../../examples/containers/application.sh");
    let application = shell.command().arg(script);
    let application = application.env("PORTAL_PORT", port(&ready.portal_url)?);
    let application = application.env("MTLS_PORT", port(&ready.base_url)?);
    application.run().await
}

/// Returns the options of the image, on free ports, with its state in this folder.
fn options(state: &Path) -> anyhow::Result<Vec<String>> {
    let mut words = Vec::new();
    for instruction in ["ENTRYPOINT ", "CMD "] {
        let mut lines = CONTAINERFILE.lines();
        let array = lines.find_map(|line| line.strip_prefix(instruction));
        let array: Vec<String> = serde_json::from_str(array.context("no such instruction")?)?;
        words.extend(array);
    }
    anyhow::ensure!(words.first().is_some_and(|it| it == "/mock-napi"));
    let is_port = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit());
    let words = words.into_iter().skip(1);
    let free = words.map(|word| match word.as_str() {
        "/state" => state.display().to_string(),
        _ if is_port(&word) => "0".to_owned(),
        _ => word,
    });
    Ok(free.collect())
}

fn port(url: &str) -> anyhow::Result<&str> {
    let (_, port) = url.rsplit_once(':').context("a URL without a port")?;
    Ok(port)
}
