//! One request of ours to a server of somebody else, what has to come of it, and what both sides
//! say.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::ServiceExt as _;
use transport::{Deadlines, MtlsClient, MtlsConnector, TrustAnchors};

use super::{
    certificates::{Certificates, Client},
    client_outcome::{Answer, ClientOutcome},
    expected::Expected,
    serving::Serving,
    version::{Http, Tls},
};
use crate::report::Row;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(20);

/// How much of a line in the log goes into the table.
const MOST_SAID: usize = 60;

/// One request, and what has to come of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario<'a> {
    /// How this server treats client certificates, in the words of its configuration.
    pub(crate) setting: &'a str,
    pub(crate) port: u16,
    pub(crate) path: &'a str,
    pub(crate) tls: Tls,
    pub(crate) http: Http,
    pub(crate) client: Client,
    pub(crate) expected: Expected,
    /// What has to be in the server's log afterwards.
    pub(crate) logged: &'a str,
}

impl Scenario<'_> {
    /// Asks, and says what came of it.
    pub(crate) async fn ask(
        &self,
        serving: &Serving,
        certificates: &Certificates,
    ) -> anyhow::Result<Row> {
        let before = serving.log()?.len();
        let outcome = self.send(certificates).await?;
        let log = serving.log_with(before, self.logged).await?;
        let said = log.find(self.logged).and_then(|place| log.get(place..));
        let said = said.and_then(|said| said.lines().next());
        let is_as_expected = self.expected.is_met(&outcome, self, certificates);
        Ok(Row {
            what: self.to_string(),
            expected: format!("{:?}; the log says {:?}", self.expected, self.logged),
            client_saw: outcome.to_string(),
            server_saw: said
                .unwrap_or("nothing of the kind")
                .chars()
                .take(MOST_SAID)
                .collect(),
            ok: is_as_expected && said.is_some(),
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
            Ok(response) => Ok(ClientOutcome::Answer(Answer::read(response).await?)),
            Err(error) => Ok(ClientOutcome::Failed(error)),
        }
    }

    fn connector(&self, certificates: &Certificates) -> anyhow::Result<MtlsConnector> {
        let settings = MtlsConnector::builder(TrustAnchors::pem(certificates.authority())?)
            .alpn(self.http.alpn())
            .deadlines(Deadlines::default().request(ANSWER));
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

/// `openssl s_server` logs the session of each connection, with its keys.
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
