//! Clients of others call the mock over mutual TLS, with our keys and its portal's certificates.
//!
//! Each is called as its guide shows it, with one thing wrong at a time. Asserted are its exit
//! code, the words that decide, and the events of the mock meanwhile.

mod case;
mod client;
mod curl;
mod files;
mod napi;
mod newman;
mod script;

use crate::{
    clients::{case::Case, client::Client, files::Files},
    context::Context,
    report::Report,
};

/// The peer tools of this group.
pub(crate) const PEER_TOOLS: &[&str] = &[
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
                    if let Some(output) = (client.output)(*case) {
                        report.add(client.ask(&tool, *case, output, context, &files).await?);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Tells whether NAPI is to say hello in the case of this name.
pub(crate) fn is_hello(case: &str) -> bool {
    let mut cases = Case::ALL.iter().filter(|it| it.is_hello());
    cases.any(|it| it.to_string() == case)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_tool_is_a_client() {
        let names: Vec<_> = CLIENTS.iter().map(|it| it.name).collect();
        assert_eq!(names, PEER_TOOLS);
    }

    #[test]
    fn every_client_says_hello_where_and_only_where_expected() {
        for client in CLIENTS {
            for case in Case::ALL {
                let Some((code, words)) = (client.output)(*case) else {
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
