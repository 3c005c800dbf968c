//! The mock as its OpenAPI description has it, asked by schemathesis: whatever a request is, no
//! status is 500, and status, content type, headers and body of each response are described.
//!
//! A verification and a search come first, and their numbers become examples of the description, so
//! that what is left of them is asked for too: each of these has to be there, with status 200.
//! The control has a mock of its own, whose faults and clock disturb no one else.

mod description;
mod part;
mod testbed;

use std::time::Duration;

use anyhow::Context as _;

use crate::{
    context::Context,
    openapi::{
        part::{CHECKS, PARTS, Part},
        testbed::{Testbed, VERSIONS, Version},
    },
    report::{Report, Row},
    tool::{Place, Program, Tool},
};

/// The name of the group.
const GROUP: &str = "openapi";

/// The peer tools of this group.
pub(crate) const PEER_TOOLS: &[&str] = &[SCHEMATHESIS.name];

const SCHEMATHESIS: Program = Program::new(
    "schemathesis",
    &["--version"],
    "PyPI: schemathesis; make a venv at target/interop/python and install tests/interop/python/requirements.txt there",
);

/// The time of one part; the longest takes a third of it on two slow cores.
const LIMIT: Duration = Duration::from_secs(180);

/// Asks every part.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    if context.selection().of(GROUP).is_empty() {
        return Ok(());
    }
    let schemathesis = match SCHEMATHESIS.find_in(Place::Python).await {
        Ok(tool) => tool,
        Err(error) => {
            report.add_missing(GROUP, SCHEMATHESIS.name, &error);
            return Ok(());
        }
    };
    let mut testbed = Testbed::new(context).await?;
    for version in VERSIONS {
        report.add(transact(&schemathesis, version, &mut testbed).await?);
    }
    testbed.write_description()?;
    for part in PARTS {
        report.add(ask(&schemathesis, part, &testbed).await?);
    }
    Ok(())
}

/// Makes the transactions of a version, and asks for everything that is left of them.
async fn transact(
    schemathesis: &Tool,
    version: &Version,
    testbed: &mut Testbed,
) -> anyhow::Result<Row> {
    let statuses = testbed.transact(version).await?;
    let missing = statuses.iter().filter(|(_, status)| *status != 200);
    let missing: Vec<_> = missing
        .map(|(path, status)| format!("{path}: {status}"))
        .collect();
    Ok(Row {
        group: GROUP,
        peer_tool: SCHEMATHESIS.name.to_owned(),
        version: schemathesis.version().to_owned(),
        case: format!("transactions of version {}, before it", version.number),
        expected: "200 for each part of them".to_owned(),
        client_outcome: format!("{} parts; not there: {}", statuses.len(), missing.len()),
        ok: missing.is_empty() && !statuses.is_empty(),
        stdout: missing.join("\n"),
        ..Row::default()
    })
}

async fn ask(schemathesis: &Tool, part: &Part, testbed: &Testbed) -> anyhow::Result<Row> {
    let before = testbed.events(part).await?.len();
    let run = testbed.command(schemathesis, part).limit(LIMIT);
    let output = run.run().await.with_context(|| part.name)?;
    let events = testbed.events(part).await?;
    let requests = part.requests(events.get(before..).unwrap_or_default());
    let operations = testbed.operations(part)?;
    let counts = part::counts(&output.stdout);
    let is_asked = part.is_asked(&requests)
        && !part::is_rejected(&output.stdout)
        && counts.starts_with(&format!("Tested: {operations};"));
    Ok(Row {
        group: GROUP,
        peer_tool: SCHEMATHESIS.name.to_owned(),
        version: schemathesis.version().to_owned(),
        case: part.name.to_owned(),
        expected: format!(
            "exit 0 of the checks {CHECKS}; {operations} operations, each with credentials that are accepted; {}",
            part.expected()
        ),
        client_outcome: format!("{output}; {counts}"),
        server_events: requests.to_string(),
        ok: output.code == Some(0) && is_asked,
        ..Row::default()
    }
    .with_output(&output))
}
