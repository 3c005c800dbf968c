//! Pages of code for users to copy, in seven languages: hello, a verification, and one whose result
//! comes by a callback.
//!
//! The files in `examples/clients`, as they stand. Each does its three tasks against the mock, and
//! those that must fail; its output and the events of the mock have to agree. The group `clients`
//! has all cases of hello in Node, Ruby and Python.

mod files;
mod language;
mod task;

use std::time::Duration;

use anyhow::Context as _;
use mock_napi::{ConnectionEvent, EventKind};
use test_support::{Mock, Portal};
use tokio::time::timeout;

use crate::{
    context::Context,
    pages::{
        files::Files,
        language::{LANGUAGES, Language},
        task::{CALLBACKS, Task, callback, requests},
    },
    report::{Report, Row},
    tool::{Output, Tool},
};

/// The peer tools of this group: the languages.
pub(crate) const PEER_TOOLS: &[&str] = &[
    "page-csharp",
    "page-go",
    "page-java",
    "page-node",
    "page-php",
    "page-python",
    "page-ruby",
];

/// Asks each language.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    let asked = context.selection().of("pages");
    if asked.is_empty() {
        return Ok(());
    }
    let mock = Mock::start().await?;
    let files = Files::new(context, &mock).await?;
    for language in LANGUAGES.iter().filter(|it| asked.contains(&it.name)) {
        match language.find(&files).await {
            Err(error) => report.add_missing("pages", language.name, &error),
            Ok(tool) => {
                for task in Task::ALL {
                    if *task == Task::Hello && !language.has_hello {
                        continue;
                    }
                    report.add(ask(language, &tool, *task, &mock, &files).await?);
                }
            }
        }
    }
    Ok(())
}

async fn ask(
    language: &Language,
    tool: &Tool,
    task: Task,
    mock: &Mock,
    files: &Files,
) -> anyhow::Result<Row> {
    let portal = mock.portal();
    portal.set_service(&task.settings(language.name)).await?;
    let before = portal.events().await?.len();
    let command = language.command(tool, task, mock, files);
    let mut running = std::pin::pin!(command.run());
    let output = tokio::select! {
        output = &mut running => output?,
        ended = end_the_transaction(&portal, before, language), if task == Task::Callback => {
            ended?;
            running.await?
        }
    };
    let events = since(&portal, before, task).await?;
    let words = task.words(language.no_certificate);
    let is_printed = output.code == Some(task.code()) && output.both().contains(words);
    Ok(Row {
        group: "pages",
        peer_tool: language.name.to_owned(),
        version: tool.version().to_owned(),
        case: task.name().to_owned(),
        expected: format!("exit {} and `{words}`; {}", task.code(), task.expected()),
        client_outcome: outcome(&output, words),
        server_events: summary(&events),
        ok: is_printed && task.is_met(&events),
        ..Row::default()
    }
    .with_output(&output))
}

/// Opens the gate before the end of the transaction, once both early callbacks have a response and
/// the page has asked for the status, which says that there is no result yet.
async fn end_the_transaction(
    portal: &Portal,
    before: usize,
    language: &Language,
) -> anyhow::Result<()> {
    loop {
        let events = portal.events().await?.into_iter().skip(before);
        let kinds: Vec<_> = events.map(|event| event.kind).collect();
        let callbacks = kinds.iter().filter(|it| callback(it).is_some()).count();
        let mut paths = requests(&kinds).into_iter().map(|(path, ..)| path);
        if callbacks == 2 && paths.any(|path| path.ends_with("/status")) {
            return portal.open_gate(language.name).await;
        }
        tokio::task::yield_now().await;
    }
}

fn outcome(output: &Output, words: &str) -> String {
    match output.both().contains(words) {
        true => format!("{output}, `{words}`"),
        false => format!("{output}, without `{words}`"),
    }
}

/// Returns the events of the mock, with all callbacks: the last is logged only after its response.
async fn since(portal: &Portal, before: usize, task: Task) -> anyhow::Result<Vec<EventKind>> {
    let expected = if task == Task::Callback {
        CALLBACKS.len()
    } else {
        0
    };
    let complete = async {
        loop {
            let events = portal.events().await?;
            let kinds: Vec<_> = events.into_iter().skip(before).map(|it| it.kind).collect();
            let callbacks = kinds.iter().filter(|it| callback(it).is_some());
            if callbacks.count() >= expected {
                return anyhow::Ok(kinds);
            }
        }
    };
    let limit = Duration::from_secs(20);
    let complete = timeout(limit, complete).await;
    complete.context("the mock has not posted all callbacks")?
}

/// Shows requests and callbacks in a few words.
fn summary(events: &[EventKind]) -> String {
    let words = events.iter().filter_map(|kind| match kind {
        EventKind::Request { path, status, .. } => {
            let word = path.split('/').rfind(|word| !word.contains('-'));
            Some(format!("{} {status}", word.unwrap_or_default()))
        }
        EventKind::Connection(ConnectionEvent::HandshakeFailed {
            alert_sent: Some(alert),
            ..
        }) => Some(format!("sent alert {alert}")),
        _ => callback(kind).map(|(state, status)| match status {
            Some(status) => format!("{state} answered {status}"),
            None => format!("{state} not answered"),
        }),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_tool_is_a_language() {
        let names: Vec<_> = LANGUAGES.iter().map(|it| it.name).collect();
        assert_eq!(names, PEER_TOOLS);
    }
}
