//! One request of ours to a server of others, with the expected outcome and the words of its log.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::ServiceExt as _;
use transport::{MtlsClient, MtlsConnector, Timeouts, TrustAnchors};

use crate::{
    report::Row,
    servers::{
        certificates::{Certificates, ClientCertificate},
        client_outcome::{ClientOutcome, ServerReport},
        expected::Expected,
        running_server::RunningServer,
        version::{Http, Tls},
    },
};

/// The time in which a response has to come.
const RESPONSE: Duration = Duration::from_secs(20);

/// The characters of the log in the table.
const MOST_SAID: usize = 60;

/// One request, and its expected outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario<'a> {
    /// The mode of the server towards client certificates, in the words of its configuration.
    pub(crate) setting: &'a str,
    pub(crate) port: u16,
    pub(crate) path: &'a str,
    pub(crate) tls: Tls,
    pub(crate) http: Http,
    pub(crate) client: ClientCertificate,
    pub(crate) expected: Expected,
    /// The words that the server's log has to have afterwards.
    pub(crate) logged: &'a str,
}

impl Scenario<'_> {
    /// Sends the request, and compares outcome and log.
    pub(crate) async fn ask(
        &self,
        server: &RunningServer,
        certificates: &Certificates,
    ) -> anyhow::Result<Row> {
        let before = server.log()?.len();
        let outcome = self.send(certificates).await?;
        let log = server.log_with(before, self.logged).await?;
        let said = log.find(self.logged).and_then(|place| log.get(place..));
        let said = said.and_then(|said| said.lines().next());
        let sent = certificates.identity(self.client);
        let is_met = self.expected.is_met(&outcome, self.tls, self.http, sent);
        Ok(Row {
            case: self.to_string(),
            expected: format!("{:?}; the log says {:?}", self.expected, self.logged),
            client_outcome: outcome.to_string(),
            server_events: said
                .unwrap_or("nothing of the kind")
                .chars()
                .take(MOST_SAID)
                .collect(),
            ok: is_met && said.is_some(),
            stdout: outcome.words(),
            stderr: without_session(&log),
            ..Row::default()
        })
    }

    async fn send(&self, certificates: &Certificates) -> anyhow::Result<ClientOutcome> {
        let client = MtlsClient::<Full<Bytes>>::new(self.connector(certificates)?);
        let uri = format!("https://localhost:{}{}", self.port, self.path);
        let request = Request::get(uri).body(Full::default())?;
        match client.oneshot(request).await {
            Ok(response) => Ok(ClientOutcome::Response(ServerReport::read(response).await?)),
            Err(error) => Ok(ClientOutcome::Failed(error)),
        }
    }

    fn connector(&self, certificates: &Certificates) -> anyhow::Result<MtlsConnector> {
        let settings = MtlsConnector::builder(TrustAnchors::from_pem(certificates.ca())?)
            .alpn(self.http.alpn())
            .timeouts(Timeouts::default().request(RESPONSE));
        Ok(match certificates.identity(self.client) {
            Some(identity) => settings.identity(identity).build()?,
            None => settings.build()?,
        })
    }
}

impl fmt::Display for Scenario<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            setting,
            tls,
            http,
            client,
            ..
        } = self;
        write!(f, "{setting}, {tls}, {http}: {client}")
    }
}

/// Cuts the session of a connection out of the log: `openssl s_server` prints it with its keys.
fn without_session(log: &str) -> String {
    let begin = log.split_once("-----BEGIN SSL SESSION PARAMETERS-----");
    let end = log.rsplit_once("-----END SSL SESSION PARAMETERS-----");
    match (begin, end) {
        (Some((before, _)), Some((_, after))) => format!("{before}{after}"),
        _ => log.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_of_openssl_is_left_out_of_the_log() {
        let log = "GET /\n-----BEGIN SSL SESSION PARAMETERS-----\nMFUC\n-----END SSL SESSION PARAMETERS-----\nERROR\n";
        assert_eq!(without_session(log), "GET /\n\nERROR\n");
        assert_eq!(without_session("ERROR\n"), "ERROR\n");
    }
}
