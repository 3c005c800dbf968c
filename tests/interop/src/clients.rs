//! Clients of others call the mock over mutual TLS, with our keys and its portal's certificates.
//!
//! Each of them does what the guide shows it doing, and each is given one wrong thing at a time.
//! Asserted are its exit code, the words that decide, and what the mock logged meanwhile.

mod case;
mod curl;
mod files;
mod napi;
mod newman;
mod script;

use crate::{
    clients::{
        case::{Call, Case},
        files::Files,
    },
    context::Context,
    report::{Report, Row},
    server_events::{Mark, ServerEvents},
    tool::{Invocation, Place, Program, Tool},
};

/// The witnesses of this group.
pub(crate) const WITNESSES: &[&str] = &[
    curl::CLIENT.name,
    newman::CLIENT.name,
    script::NODE_HTTPS.name,
    script::NODE_FETCH.name,
    script::NET_HTTP.name,
    script::REQUESTS.name,
    script::REQUESTS_PASSPHRASE.name,
    napi::CLIENT.name,
];

const CLIENTS: &[Client] = &[
    curl::CLIENT,
    newman::CLIENT,
    script::NODE_HTTPS,
    script::NODE_FETCH,
    script::NET_HTTP,
    script::REQUESTS,
    script::REQUESTS_PASSPHRASE,
    napi::CLIENT,
];

/// A client: what it is, how it is called, and what it says.
#[derive(Clone, Copy)]
struct Client {
    name: &'static str,
    program: Program,
    place: Place,
    call: fn(&Tool, &Call<'_>, &Context) -> anyhow::Result<Invocation>,
    /// Exit code and words that decide; `None` where the client cannot be given such a thing.
    says: fn(Case) -> Option<Said>,
    /// What the client finds out by itself, before it connects.
    knows: &'static [Case],
}

/// How a client ends: its exit code, and words all of which it prints.
type Said = (i32, &'static [&'static str]);

/// Asks each of them.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    let asked = context.selection().of("clients");
    if asked.is_empty() {
        return Ok(());
    }
    let files = Files::new(context).await?;
    for client in CLIENTS.iter().filter(|it| asked.contains(&it.name)) {
        match client.program.find_in(client.place).await {
            Err(error) => report.add_missing("clients", client.name, &error),
            Ok(tool) => {
                for case in Case::ALL {
                    if let Some(said) = (client.says)(*case) {
                        report.add(client.ask(&tool, *case, said, context, &files).await?);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Whether NAPI is to say hello in the case of this name.
pub(crate) fn is_hello(case: &str) -> bool {
    let mut cases = Case::ALL.iter().filter(|it| it.is_hello());
    cases.any(|it| it.to_string() == case)
}

impl Client {
    async fn ask(
        &self,
        tool: &Tool,
        case: Case,
        (code, words): Said,
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
        let is_said = output.code == Some(code) && missing.is_empty();
        let knows = self.knows.contains(&case);
        let is_seen = if knows {
            events.is_nothing()
        } else {
            case.is_seen(&events)
        };
        let expected = if knows {
            "no handshake, because the client knows"
        } else {
            case.expected()
        };
        let words = words.join("` and `");
        let row = Row {
            group: "clients",
            witness: self.name.to_owned(),
            version: tool.version().to_owned(),
            what: case.to_string(),
            expected: format!("exit {code} and `{words}`; {expected}"),
            client_saw: match missing.is_empty() {
                true => format!("{output}, `{words}`"),
                false => format!("{output}, without {missing:?}"),
            },
            server_saw: events.to_string(),
            ok: is_said && is_seen,
            ..Row::default()
        };
        Ok(row.with_output(&output))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_witness_is_a_client() {
        let names: Vec<_> = CLIENTS.iter().map(|it| it.name).collect();
        assert_eq!(names, WITNESSES);
    }

    #[test]
    fn every_client_says_hello_and_something_else_otherwise() {
        for client in CLIENTS {
            for case in Case::ALL {
                let Some((code, words)) = (client.says)(*case) else {
                    continue;
                };
                let hello = words.iter().any(|it| it.contains("Hello acme-api"));
                assert_eq!(
                    (code == 0, hello),
                    (case.is_hello(), case.is_hello()),
                    "{} {case}",
                    client.name
                );
            }
        }
    }
}
