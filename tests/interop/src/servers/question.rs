//! One request of ours to a server of somebody else, what has to come of it, and what both sides say.

use std::{fmt, time::Duration};

use anyhow::Context as _;
use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt as _, Full, Limited};
use tower::ServiceExt as _;
use transport::{
    Alpn, ClientCertificateProblem, ConnectionInfo, Deadlines, Error, ErrorKind, MtlsClient,
    MtlsConnector, Phase, ResponseBody, RetryAdvice, TrustAnchors,
};

use super::{
    certificates::{Certificates, Client},
    serving::Serving,
};
use crate::report::Row;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(20);

/// How much of an answer is kept; `openssl s_server` goes on to the keys of the session.
const MOST_WORDS: usize = 200;

/// How much of a line in the log goes into the table.
const MOST_SAID: usize = 60;

/// One request, and what has to come of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
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

/// The version of TLS, which the server's port decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    V12,
    V13,
}

/// The version of HTTP, which we decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Http {
    One,
    Two,
}

/// What our client has to report.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// Success; the server names the certificate that we have sent, and no other.
    Seen,
    /// Success; the server has seen no certificate.
    SeenNone,
    /// An alert that says this of our certificate.
    Alert(ClientCertificateProblem),
    /// An answer that says this of our certificate, with its status.
    Answer(u16, ClientCertificateProblem),
    /// Less than that: this kind of error, in this phase.
    Less(ErrorKind, Phase),
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Told {
    Answer(Answer),
    Failed(Error),
}

/// A success as the server describes it.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    version: Version,
    tls: &'static str,
    seen: String,
}

impl Question<'_> {
    /// Asks, and says what came of it.
    pub(crate) async fn ask(
        &self,
        serving: &Serving,
        certificates: &Certificates,
    ) -> anyhow::Result<Row> {
        let before = serving.log()?.len();
        let told = self.send(certificates).await?;
        let log = serving.log_with(before, self.logged).await?;
        let said = log.find(self.logged).and_then(|place| log.get(place..));
        let said = said.and_then(|said| said.lines().next());
        let is_as_expected = self.expected.is_met(&told, self, certificates);
        Ok(Row {
            what: self.to_string(),
            expected: format!("{:?}; the log says {:?}", self.expected, self.logged),
            client_saw: told.to_string(),
            server_saw: said
                .unwrap_or("nothing of the kind")
                .chars()
                .take(MOST_SAID)
                .collect(),
            ok: is_as_expected && said.is_some(),
            stdout: told.words(),
            stderr: without_session(&log),
            ..Row::default()
        })
    }

    async fn send(&self, certificates: &Certificates) -> anyhow::Result<Told> {
        let client = MtlsClient::<Full<Bytes>>::new(self.connector(certificates)?);
        let uri = format!("https://localhost:{}{}", self.port, self.path);
        let request = Request::get(uri).body(Full::default())?;
        match client.oneshot(request).await {
            Ok(response) => Ok(Told::Answer(Answer::read(response).await?)),
            Err(error) => Ok(Told::Failed(error)),
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

impl fmt::Display for Question<'_> {
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

impl Tls {
    pub(crate) const ALL: [Self; 2] = [Self::V12, Self::V13];

    fn name(self) -> &'static str {
        match self {
            Self::V12 => "TLSv1.2",
            Self::V13 => "TLSv1.3",
        }
    }
}

impl fmt::Display for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V12 => "TLS 1.2",
            Self::V13 => "TLS 1.3",
        })
    }
}

impl Http {
    pub(crate) const ALL: [Self; 2] = [Self::One, Self::Two];

    pub(crate) fn alpn(self) -> Alpn {
        match self {
            Self::One => Alpn::Http11,
            Self::Two => Alpn::Http2,
        }
    }

    fn is(self, version: Version) -> bool {
        match self {
            // `openssl s_server` answers as of old.
            Self::One => matches!(version, Version::HTTP_10 | Version::HTTP_11),
            Self::Two => version == Version::HTTP_2,
        }
    }
}

impl fmt::Display for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One => "HTTP/1.1",
            Self::Two => "HTTP/2",
        })
    }
}

impl Expected {
    fn is_met(self, told: &Told, question: &Question<'_>, certificates: &Certificates) -> bool {
        match (self, told) {
            (Self::Seen | Self::SeenNone, Told::Answer(answer)) => {
                let sent = certificates.identity(question.client);
                let serial = sent.map_or("", |identity| identity.leaf().serial());
                let sha256 = sent.map(|identity| identity.leaf().sha256().to_string());
                (200..300).contains(&answer.status)
                    && question.http.is(answer.version)
                    && answer.tls == question.tls.name()
                    && answer.serial() == Some(digits(serial))
                    && answer.sha256().is_none_or(|it| Some(it) == sha256)
                    && matches!(self, Self::SeenNone) == sent.is_none()
            }
            (Self::Alert(problem), Told::Failed(error)) => {
                error.kind() == ErrorKind::ClientCertificate(problem)
                    && error.phase() == Phase::Tls
                    && error.http_refusal().is_none()
                    && error.retry_advice() == RetryAdvice::WithAnotherIdentity
            }
            (Self::Answer(status, problem), Told::Failed(error)) => {
                let refusal = error.http_refusal();
                error.kind() == ErrorKind::ClientCertificate(problem)
                    && error.phase() == Phase::Request
                    && refusal.is_some_and(|it| it.status().as_u16() == status)
                    && error.retry_advice() == RetryAdvice::WithAnotherIdentity
            }
            (Self::Less(kind, phase), Told::Failed(error)) => {
                (error.kind(), error.phase()) == (kind, phase) && error.http_refusal().is_none()
            }
            _ => false,
        }
    }
}

impl Answer {
    /// Reads it to its end.
    pub(crate) async fn read(response: Response<ResponseBody>) -> anyhow::Result<Self> {
        let (head, body) = response.into_parts();
        let connection = head.extensions.get::<ConnectionInfo>();
        let tls = connection.and_then(ConnectionInfo::tls).context("no TLS")?;
        let body = Limited::new(body, 1 << 20).collect().await;
        let body = body.map_err(anyhow::Error::from_boxed)?.to_bytes();
        let seen = match head.headers.get("seen") {
            Some(seen) => seen.to_str()?.to_owned(),
            None => String::from_utf8_lossy(&body).into_owned(),
        };
        Ok(Self {
            status: head.status.as_u16(),
            version: head.version,
            tls: tls.version,
            seen,
        })
    }

    /// The serial number of the certificate that the server has seen, in lower case; empty if it has seen none.
    pub(crate) fn serial(&self) -> Option<String> {
        named_serial(&self.seen)
    }

    /// The digest of the certificate; few servers know it.
    fn sha256(&self) -> Option<String> {
        named(&self.seen, "sha256=")
    }
}

/// The serial number that a server names: `serial=…`, or as openssl prints certificates.
fn named_serial(text: &str) -> Option<String> {
    if let Some((_, after)) = text.split_once("serial=") {
        return after.split(char::is_whitespace).next().map(digits);
    }
    match text.split_once("Serial Number:") {
        Some((_, after)) => Some(digits(after.split_whitespace().next()?)),
        None => text.contains("no client certificate").then(String::new),
    }
}

/// Lower-case digits without leading zeros and colons. Apache writes `(null)` or nothing where there is none.
fn digits(serial: &str) -> String {
    let digits = serial.chars().filter(char::is_ascii_hexdigit);
    let digits: String = match serial.starts_with('(') || serial == "-" {
        true => String::new(),
        false => digits.collect(),
    };
    digits.trim_start_matches('0').to_lowercase()
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

/// What follows this name, without colons and in lower case; none if nothing does.
fn named(text: &str, name: &str) -> Option<String> {
    let (_, after) = text.split_once(name)?;
    let value = after.split(char::is_whitespace).next()?;
    (!value.is_empty()).then(|| value.replace(':', "").to_lowercase())
}

impl Told {
    /// All of it, for whoever looks into the report.
    fn words(&self) -> String {
        match self {
            Self::Answer(answer) => answer.seen.chars().take(MOST_WORDS).collect(),
            Self::Failed(error) => {
                let error: &dyn std::error::Error = error;
                let causes = std::iter::successors(Some(error), |error| error.source());
                causes
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(": ")
            }
        }
    }
}

/// In short, for the table.
impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => {
                let serial = answer.serial();
                let serial = serial.as_deref().filter(|serial| !serial.is_empty());
                let status = answer.status;
                write!(f, "{status}, certificate {}", serial.unwrap_or("none"))
            }
            Self::Failed(error) => {
                match error.kind() {
                    ErrorKind::ClientCertificate(problem) => write!(f, "refused: {problem:?}")?,
                    kind => write!(f, "{kind:?}")?,
                }
                match error.http_refusal() {
                    Some(it) => write!(
                        f,
                        ", by status {} of {:?}",
                        it.status().as_u16(),
                        it.server()
                    )?,
                    None => write!(f, ", in phase {:?}", error.phase())?,
                }
                write!(f, "; retry {:?}", error.retry_advice())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_is_the_same_however_it_is_written() {
        for text in [
            "serial=0A1B2C tls=TLSv1.3",
            "serial=a1b2c",
            "Client certificate\n Serial Number:\n    0a:1b:2c\n",
        ] {
            assert_eq!(named_serial(text).unwrap(), digits("0A1B2C"), "{text}");
        }
    }

    #[test]
    fn session_of_openssl_is_left_out_of_the_log() {
        let log = "GET /\n-----BEGIN SSL SESSION PARAMETERS-----\nMFUC\n-----END SSL SESSION PARAMETERS-----\nERROR\n";
        assert_eq!(without_session(log), "GET /\n\nERROR\n");
        assert_eq!(without_session("ERROR\n"), "ERROR\n");
    }

    #[test]
    fn digest_is_the_same_however_it_is_written() {
        assert_eq!(
            named("sha256=0A:1B tls=x", "sha256=").as_deref(),
            Some("0a1b")
        );
        assert_eq!(named("sha256= tls=x", "sha256="), None);
    }

    #[test]
    fn absence_of_a_certificate_is_not_absence_of_an_answer() {
        for text in [
            "serial= tls=TLSv1.3",
            "serial=(null)",
            "no client certificate available",
        ] {
            assert_eq!(named_serial(text).as_deref(), Some(""), "{text}");
        }
        assert_eq!(named_serial("hello"), None);
    }
}
