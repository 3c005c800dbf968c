//! What came of a request, and what the server says in an answer of the certificate that it has
//! seen.

use std::{error::Error as StdError, fmt, iter};

use anyhow::Context as _;
use http::{Response, Version};
use http_body_util::{BodyExt as _, Limited};
use transport::{ConnectionInfo, Error, ErrorKind, ResponseBody};

/// How much of an answer is kept; `openssl s_server` goes on to the keys of the session.
const MOST_WORDS: usize = 200;

/// What came of it.
#[derive(Debug)]
pub(crate) enum ClientOutcome {
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

    /// The serial number of the certificate that the server has seen, in lower case; empty if it
    /// has seen none.
    pub(crate) fn serial(&self) -> Option<String> {
        named_serial(&self.seen)
    }

    /// Does the server name this serial number, or if it is empty, say that it has seen none?
    pub(crate) fn names(&self, serial: &str) -> bool {
        self.serial() == Some(digits(serial))
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// The version of TLS, as our client has it.
    pub(crate) fn tls(&self) -> &'static str {
        self.tls
    }

    /// The digest of the certificate; few servers know it.
    pub(crate) fn sha256(&self) -> Option<String> {
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

/// Lower-case digits without leading zeros and colons. Apache writes `(null)` or nothing where
/// there is none.
fn digits(serial: &str) -> String {
    let digits = serial.chars().filter(char::is_ascii_hexdigit);
    let digits: String = match serial.starts_with('(') || serial == "-" {
        true => String::new(),
        false => digits.collect(),
    };
    digits.trim_start_matches('0').to_lowercase()
}

/// What follows this name, without colons and in lower case; none if nothing does.
fn named(text: &str, name: &str) -> Option<String> {
    let (_, after) = text.split_once(name)?;
    let value = after.split(char::is_whitespace).next()?;
    (!value.is_empty()).then(|| value.replace(':', "").to_lowercase())
}

impl ClientOutcome {
    /// All of it, for whoever looks into the report.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Answer(answer) => answer.seen.chars().take(MOST_WORDS).collect(),
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

/// In short, for the table.
impl fmt::Display for ClientOutcome {
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
    fn digest_is_the_same_however_it_is_written() {
        assert_eq!(
            named("sha256=0A:1B tls=x", "sha256=").as_deref(),
            Some("0a1b")
        );
        assert_eq!(named("sha256= tls=x", "sha256="), None);
    }

    #[test]
    fn answer_names_one_certificate_and_no_other() {
        let answer = |seen: &str| Answer {
            status: 200,
            version: Version::HTTP_11,
            tls: "TLSv1.3",
            seen: seen.to_owned(),
        };
        assert!(answer("serial=0A1B2C").names("A1B2C"));
        assert!(!answer("serial=0A1B2D").names("A1B2C"));
        assert!(answer("serial=-").names("") && !answer("serial=-").names("A1B2C"));
        assert!(!answer("hello").names(""));
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
