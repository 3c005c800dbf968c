//! A client of others: its program, its command line, and the output that is expected of it.

use crate::{
    clients::{
        case::{Call, Case},
        files::Files,
    },
    context::Context,
    report::Row,
    server_events::{Mark, ServerEvents},
    tool::{Invocation, Place, Program, Tool},
};

/// A client, its command line, and its expected output.
#[derive(Clone, Copy)]
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    pub(crate) place: Place,
    pub(crate) call: fn(&Tool, &Call<'_>, &Context) -> anyhow::Result<Invocation>,
    /// The expected output; `None` where the client has no place for such an input.
    pub(crate) output: fn(Case) -> Option<ExpectedOutput>,
    /// The cases that the client detects by itself, before it connects.
    pub(crate) detects: &'static [Case],
}

/// An exit code, and words all of which have to be printed.
pub(crate) type ExpectedOutput = (i32, &'static [&'static str]);

impl Client {
    /// Runs the client once, and compares its output and the mock's events with the case.
    pub(crate) async fn ask(
        &self,
        tool: &Tool,
        case: Case,
        (code, words): ExpectedOutput,
        context: &Context,
        files: &Files,
    ) -> anyhow::Result<Row> {
        context.portal().repeat(&case.script()).await?;
        let mark = Mark::now(&context.portal()).await?;
        let call = case.call(context.mock().base_url(), files);
        let output = (self.call)(tool, &call, context)?.run().await?;
        let events = ServerEvents::since(mark, context.mock()).await?;
        let printed = output.both();
        let missing: Vec<_> = words.iter().filter(|it| !printed.contains(**it)).collect();
        let is_printed = output.code == Some(code) && missing.is_empty();
        let detects = self.detects.contains(&case);
        let is_met = if detects {
            events.is_nothing()
        } else {
            case.is_met(&events)
        };
        let expected = if detects {
            "no handshake, because the client detects it"
        } else {
            case.expected()
        };
        let words = words.join("` and `");
        let row = Row {
            group: "clients",
            peer_tool: self.name.to_owned(),
            version: tool.version().to_owned(),
            case: case.to_string(),
            expected: format!("exit {code} and `{words}`; {expected}"),
            client_outcome: match missing.is_empty() {
                true => format!("{output}, `{words}`"),
                false => format!("{output}, without {missing:?}"),
            },
            server_events: events.to_string(),
            ok: is_printed && is_met,
            ..Row::default()
        };
        Ok(row.with_output(&output))
    }
}
