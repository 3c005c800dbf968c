//! The outcome of a request, and the certificate that the server names in its response.

use std::{error::Error as StdError, fmt, iter};

use anyhow::Context as _;
use http::{Response, Version};
use http_body_util::{BodyExt as _, Limited};
use transport::{ConnectionInfo, Error, ErrorKind, ResponseBody};

/// The characters of a response in the report; `openssl s_server` goes on to the session's keys.
const MOST_WORDS: usize = 200;

/// The outcome at our client.
#[derive(Debug)]
pub(crate) enum ClientOutcome {
    Response(ServerReport),
    Failed(Error),
}

/// A response, with the server's description of the connection.
#[derive(Debug)]
pub(crate) struct ServerReport {
    status: u16,
    version: Version,
    tls: &'static str,
    text: String,
}

impl ServerReport {
    /// Reads a response to its end.
    pub(crate) async fn read(response: Response<ResponseBody>) -> anyhow::Result<Self> {
        let (head, body) = response.into_parts();
        let connection = head.extensions.get::<ConnectionInfo>();
        let tls = connection.and_then(ConnectionInfo::tls).context("no TLS")?;
        let body = Limited::new(body, 1 << 20).collect().await;
        let body = body.map_err(anyhow::Error::from_boxed)?.to_bytes();
        let text = match head.headers.get("seen") {
            Some(text) => text.to_str()?.to_owned(),
            None => String::from_utf8_lossy(&body).into_owned(),
        };
        Ok(Self {
            status: head.status.as_u16(),
            version: head.version,
            tls: tls.version,
            text,
        })
    }

    /// Returns the serial number of the certificate that the server names, in lower case; empty if
    /// it has received none.
    pub(crate) fn serial(&self) -> Option<String> {
        named_serial(&self.text)
    }

    /// Tells whether the server names this serial number; an empty one stands for no certificate.
    pub(crate) fn names(&self, serial: &str) -> bool {
        self.serial() == Some(digits(serial))
    }

    /// Tells whether the status is of the class 2xx.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns the version of HTTP.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Returns the version of TLS, by our client.
    pub(crate) fn tls(&self) -> &'static str {
        self.tls
    }

    /// Returns the digest of the certificate, which few servers name.
    pub(crate) fn sha256(&self) -> Option<String> {
        named(&self.text, "sha256=")
    }
}

/// Finds the serial number in the forms `serial=…` and of openssl's certificates.
fn named_serial(text: &str) -> Option<String> {
    if let Some((_, after)) = text.split_once("serial=") {
        return after.split(char::is_whitespace).next().map(digits);
    }
    match text.split_once("Serial Number:") {
        Some((_, after)) => Some(digits(after.split_whitespace().next()?)),
        None => text.contains("no client certificate").then(String::new),
    }
}

/// Returns lower-case digits without leading zeros and colons.
///
/// Apache writes `(null)` or nothing where there is no certificate.
fn digits(serial: &str) -> String {
    let digits = serial.chars().filter(char::is_ascii_hexdigit);
    let digits: String = match serial.starts_with('(') || serial == "-" {
        true => String::new(),
        false => digits.collect(),
    };
    digits.trim_start_matches('0').to_lowercase()
}

/// Returns the value after this name, without colons and in lower case.
fn named(text: &str, name: &str) -> Option<String> {
    let (_, after) = text.split_once(name)?;
    let value = after.split(char::is_whitespace).next()?;
    (!value.is_empty()).then(|| value.replace(':', "").to_lowercase())
}

impl ClientOutcome {
    /// Returns the response or the error with its causes, for the report.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Response(response) => response.text.chars().take(MOST_WORDS).collect(),
            Self::Failed(error) => {
                let error: &dyn StdError = error;
                let causes = iter::successors(Some(error), |&error| error.source());
                causes
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(": ")
            }
        }
    }
}

/// Shows the outcome in short, for the table.
impl fmt::Display for ClientOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(response) => {
                let serial = response.serial();
                let serial = serial.as_deref().filter(|serial| !serial.is_empty());
                let status = response.status;
                write!(f, "{status}, certificate {}", serial.unwrap_or("none"))
            }
            Self::Failed(error) => {
                match error.kind() {
                    ErrorKind::ClientCertificate(problem) => write!(f, "rejected: {problem:?}")?,
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
    fn digest_is_the_same_however_it_is_written() {
        assert_eq!(
            named("sha256=0A:1B tls=x", "sha256=").as_deref(),
            Some("0a1b")
        );
        assert_eq!(named("sha256= tls=x", "sha256="), None);
    }

    #[test]
    fn response_names_one_certificate_and_no_other() {
        let report = |text: &str| ServerReport {
            status: 200,
            version: Version::HTTP_11,
            tls: "TLSv1.3",
            text: text.to_owned(),
        };
        assert!(report("serial=0A1B2C").names("A1B2C"));
        assert!(!report("serial=0A1B2D").names("A1B2C"));
        assert!(report("serial=-").names("") && !report("serial=-").names("A1B2C"));
        assert!(!report("hello").names(""));
    }

    #[test]
    fn absent_certificate_is_told_from_absent_response() {
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
