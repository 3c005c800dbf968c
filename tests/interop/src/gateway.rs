//! The gateway, called by programs of others that have no key and no TLS code: curl, and the pages
//! of `examples/clients` that are named after it.
//!
//! Each caller has a connection to our program, which goes out over mutual TLS to the
//! mock, or to a server that keeps what it received. Both ends are compared: what the caller
//! printed, and what arrived, with the certificate and the fields of the gateway.

mod caller;
mod case;
mod ending_server;
mod relay;
mod running_gateway;
mod testbed;

use crate::{
    context::Context,
    example,
    gateway::{
        caller::{CALLERS, Call, Caller},
        case::Case,
        ending_server::EndingServer,
        testbed::Testbed,
    },
    report::{Report, Row},
    tool::Tool,
};

/// The name of the group.
const GROUP: &str = "gateway";

/// The peer tools of this group.
pub(crate) const PEER_TOOLS: &[&str] = &[
    "gateway-csharp",
    "gateway-curl",
    "gateway-curl-h2c",
    "gateway-curl-unix",
    "gateway-java",
    "gateway-node",
    "gateway-node-unix",
    "gateway-php",
    "gateway-python",
    "gateway-ruby",
];

/// Asks each caller.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    let asked = context.selection().of(GROUP);
    if asked.is_empty() {
        return Ok(());
    }
    let testbed = Testbed::new(context).await?;
    for caller in CALLERS.iter().filter(|it| asked.contains(&it.name)) {
        match caller.find(testbed.folder()).await {
            Err(error) => report.add_missing(GROUP, caller.name, &error),
            Ok(tool) => {
                for case in Case::ALL {
                    report.add(ask(caller, &tool, case, &testbed).await?);
                }
                if caller.is_page_over_tcp() {
                    report.add(end_in_verification(caller, &tool, &testbed).await?);
                }
            }
        }
    }
    Ok(())
}

async fn ask(caller: &Caller, tool: &Tool, case: Case, testbed: &Testbed) -> anyhow::Result<Row> {
    let before = testbed.events(case).await?.len();
    let relays = testbed.relays(case);
    let connections = relays.accepted();
    let call = testbed.call(case, caller.transport);
    let output = caller.command(tool, testbed.folder(), &call).run().await?;
    let connections = relays.accepted() - connections;
    let events = testbed.events(case).await?;
    let events = events.get(before..).unwrap_or_default();
    let received = testbed.take_received();
    let printed = caller.printed(case, testbed.body());
    let is_printed = printed.iter().all(|it| output.both().contains(&**it));
    let is_ended = (output.code == Some(0)) == case.is_answered();
    // The first request that fails is the last.
    let expected_connections = match case.is_answered() {
        true => caller.connections(),
        false => 1,
    };
    let is_received = case.is_met(events) && testbed.is_whole(case, caller, &received);
    Ok(Row {
        group: GROUP,
        peer_tool: caller.name.to_owned(),
        version: tool.version().to_owned(),
        case: case.name().to_owned(),
        expected: format!(
            "{}, printed: {}; {}; connections: {}",
            if case.is_answered() {
                "exit 0"
            } else {
                "an error"
            },
            caller.words(case),
            case.expected(),
            expected_connections,
        ),
        client_outcome: match is_printed {
            true => format!("{output}, {}", caller.words(case)),
            false => format!("{output}, without {}", caller.words(case)),
        },
        server_events: format!(
            "{}; connections: {connections}",
            case::summary(events, &received)
        ),
        ok: is_printed && is_ended && is_received && connections == expected_connections,
        ..Row::default()
    }
    .with_output(&output))
}

/// Ends a gateway in the verification, which a caller must not send again: it may be billed.
async fn end_in_verification(
    caller: &Caller,
    tool: &Tool,
    testbed: &Testbed,
) -> anyhow::Result<Row> {
    let server = EndingServer::start().await?;
    let request = example::page("request.json");
    let call = Call {
        gateway: server.url(),
        user: "user",
        password: "password",
        request: &request,
    };
    let output = caller.command(tool, testbed.folder(), &call).run().await?;
    let posts = server.posts();
    let is_hello = output.both().contains("Hello acme-api");
    Ok(Row {
        group: GROUP,
        peer_tool: caller.name.to_owned(),
        version: tool.version().to_owned(),
        case: "gateway goes away in a verification".to_owned(),
        expected: "an error after the hello; one verification arrived".to_owned(),
        client_outcome: output.to_string(),
        server_events: format!("verifications that arrived: {posts}"),
        ok: is_hello && output.code.is_some_and(|code| code != 0) && posts == 1,
        ..Row::default()
    }
    .with_output(&output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_tool_is_a_caller() {
        let names: Vec<_> = CALLERS.iter().map(|it| it.name).collect();
        assert_eq!(names, PEER_TOOLS);
    }
}
