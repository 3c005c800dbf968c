//! Answers in which a server in front of the service refuses a client certificate.
//!
//! Such a server finishes the handshake, reads the request and then answers for the service. Which sentence it uses is
//! known for a few; all others stay answers. Leaves out alerts, which come before any answer.

use std::fmt;

use http::{HeaderMap, StatusCode, header};

use crate::ClientCertificateProblem;

/// A refusal of our certificate by an answer; the sentence that gives it away is that of one kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpRefusal {
    status: StatusCode,
    server: HttpServer,
    problem: ClientCertificateProblem,
}

/// The kinds of servers whose refusals are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpServer {
    /// Amazon API Gateway and its kin: `{"message":"Forbidden"}`.
    ApiGateway,
    /// Apache httpd, where it asks for a certificate for a part of the site alone.
    Apache,
    /// Cloudflare, whose rules answer `error code: 1020`.
    Cloudflare,
    /// Microsoft IIS: the sub-statuses 403.7, 403.13, 403.16 and 403.17.
    Iis,
    /// nginx, and what is built on it: a 400 with a sentence of its own.
    Nginx,
}

impl HttpRefusal {
    /// Recognises a refusal by the head of an answer and the beginning of its body; 8 KiB are enough.
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use transport::{ClientCertificateProblem, HttpRefusal};
    ///
    /// let page = b"<center>No required SSL certificate was sent</center>";
    /// let refusal = HttpRefusal::recognise(StatusCode::BAD_REQUEST, &HeaderMap::new(), page);
    /// let problem = refusal.map(|refusal| refusal.problem());
    /// assert_eq!(problem, Some(ClientCertificateProblem::Required));
    /// ```
    #[must_use]
    pub fn recognise(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        if !Self::is_possible(status) {
            return None;
        }
        let body = String::from_utf8_lossy(body);
        let sentence = SENTENCES.iter().find(|sentence| {
            sentence.statuses.contains(&status.as_u16()) && body.contains(sentence.text)
        });
        let (server, problem) = match sentence {
            Some(sentence) => (sentence.server, sentence.problem),
            None if is_api_gateway(status, headers, &body) => {
                (HttpServer::ApiGateway, ClientCertificateProblem::Unknown)
            }
            None => return None,
        };
        Some(Self {
            status,
            server,
            problem,
        })
    }

    /// Is it worth looking into the body of such an answer?
    pub(crate) fn is_possible(status: StatusCode) -> bool {
        matches!(status.as_u16(), 400 | 403 | 495 | 496)
    }

    /// Can it be nothing else? Gateways and rules refuse for many reasons with the same words.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        !matches!(self.server, HttpServer::ApiGateway | HttpServer::Cloudflare)
    }

    /// Is it about the certificate that was shown? Apache's is about the moment at which it wants one.
    pub(crate) fn is_about_the_certificate(self) -> bool {
        self.server != HttpServer::Apache
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Whose sentence it is.
    #[must_use]
    pub fn server(&self) -> HttpServer {
        self.server
    }

    /// What it says of our certificate.
    #[must_use]
    pub fn problem(&self) -> ClientCertificateProblem {
        self.problem
    }
}

struct Sentence {
    server: HttpServer,
    statuses: &'static [u16],
    text: &'static str,
    problem: ClientCertificateProblem,
}

impl Sentence {
    const fn new(
        server: HttpServer,
        statuses: &'static [u16],
        text: &'static str,
        problem: ClientCertificateProblem,
    ) -> Self {
        Self {
            server,
            statuses,
            text,
            problem,
        }
    }
}

/// nginx answers 400 on the outside; 495 and 496 are its own numbers, which some configurations let out.
const NGINX: &[u16] = &[400, 495, 496];
const SENTENCES: [Sentence; 8] = {
    use ClientCertificateProblem::{Expired, Required, Revoked, Unknown, UnknownCa};
    [
        Sentence::new(
            HttpServer::Nginx,
            NGINX,
            "No required SSL certificate was sent",
            Required,
        ),
        Sentence::new(
            HttpServer::Nginx,
            NGINX,
            "The SSL certificate error",
            Unknown,
        ),
        Sentence::new(HttpServer::Iis, &[403], "Error 403.7 ", Required),
        Sentence::new(HttpServer::Iis, &[403], "Error 403.13 ", Revoked),
        Sentence::new(HttpServer::Iis, &[403], "Error 403.16 ", UnknownCa),
        Sentence::new(HttpServer::Iis, &[403], "Error 403.17 ", Expired),
        Sentence::new(
            HttpServer::Apache,
            &[403],
            "Cannot perform Post-Handshake Authentication",
            Required,
        ),
        Sentence::new(HttpServer::Cloudflare, &[403], "error code: 1020", Unknown),
    ]
};

/// Its body is the same for a missing key of the API, so the type of the error has to agree.
fn is_api_gateway(status: StatusCode, headers: &HeaderMap, body: &str) -> bool {
    let says_forbidden = || {
        let content_type = headers.get(header::CONTENT_TYPE);
        let is_json = content_type.is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
        let body: String = body.split_whitespace().collect();
        is_json && body == r#"{"message":"Forbidden"}"#
    };
    status == StatusCode::FORBIDDEN
        && (headers.get("x-amzn-errortype")).is_none_or(|it| it == "ForbiddenException")
        && says_forbidden()
}

impl fmt::Display for HttpRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = match self.server {
            HttpServer::ApiGateway => "an API gateway",
            HttpServer::Apache => {
                return write!(
                    f,
                    "an answer with status {}, as Apache httpd gives it when it wants a certificate after the handshake, \
                     which is not spoken here: have its operator set SSLVerifyClient for the whole host",
                    self.status.as_u16()
                );
            }
            HttpServer::Cloudflare => "a rule of Cloudflare",
            HttpServer::Iis => "IIS",
            HttpServer::Nginx => "nginx",
        };
        let status = self.status.as_u16();
        write!(
            f,
            "an answer with status {status}, in the words of {server}"
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn recognise(status: u16, headers: &[(&'static str, &str)], body: &str) -> Option<HttpRefusal> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        HttpRefusal::recognise(StatusCode::from_u16(status).unwrap(), &map, body.as_bytes())
    }

    #[test]
    fn each_servers_sentence_is_recognised() {
        use ClientCertificateProblem::{Expired, Required, Revoked, Unknown, UnknownCa};
        let json = [("content-type", "application/json")];
        let no: &[(&str, &str)] = &[];
        let cases = [
            (
                400,
                no,
                "<center>No required SSL certificate was sent</center>",
                HttpServer::Nginx,
                Required,
            ),
            (
                496,
                no,
                "No required SSL certificate was sent",
                HttpServer::Nginx,
                Required,
            ),
            (
                400,
                no,
                "<center>The SSL certificate error</center>",
                HttpServer::Nginx,
                Unknown,
            ),
            (
                403,
                no,
                "<h2>HTTP Error 403.7 - Forbidden</h2>",
                HttpServer::Iis,
                Required,
            ),
            (
                403,
                no,
                "HTTP Error 403.13 - Forbidden",
                HttpServer::Iis,
                Revoked,
            ),
            (
                403,
                no,
                "HTTP Error 403.16 - Forbidden",
                HttpServer::Iis,
                UnknownCa,
            ),
            (
                403,
                no,
                "HTTP Error 403.17 - Forbidden",
                HttpServer::Iis,
                Expired,
            ),
            (
                403,
                no,
                "Reason: Cannot perform Post-Handshake Authentication.",
                HttpServer::Apache,
                Required,
            ),
            (
                403,
                &json[..],
                r#"{ "message": "Forbidden" }"#,
                HttpServer::ApiGateway,
                Unknown,
            ),
        ];
        for (status, headers, body, server, problem) in cases {
            let refusal = recognise(status, headers, body).unwrap_or_else(|| panic!("{body}"));
            assert_eq!((refusal.server(), refusal.problem()), (server, problem));
            assert_eq!(refusal.status().as_u16(), status);
            assert_eq!(refusal.is_certain(), server != HttpServer::ApiGateway);
            assert!(refusal.to_string().contains(&status.to_string()));
        }
    }

    #[test]
    fn what_is_close_is_an_answer() {
        let json = [("content-type", "application/json")];
        let other = [
            ("content-type", "application/json"),
            ("x-amzn-errortype", "MissingAuthenticationTokenException"),
        ];
        for (status, headers, body) in [
            (200, &[][..], "No required SSL certificate was sent"),
            (404, &[], "No required SSL certificate was sent"),
            (403, &[], "No required SSL certificate was sent"),
            (400, &[], "HTTP Error 403.7 - Forbidden"),
            (403, &[], "HTTP Error 403.14 - Forbidden"),
            (403, &[], "see section 1403.71 of the manual"),
            (403, &[], r#"{"message":"Forbidden"}"#),
            (
                403,
                &json,
                r#"{"message":"Forbidden: your plan has no such product"}"#,
            ),
            (403, &other, r#"{"message":"Forbidden"}"#),
            (400, &json, r#"{"Message":"Invalid CountryCode"}"#),
            (403, &[], ""),
        ] {
            assert_eq!(recognise(status, headers, body), None, "{status} {body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let status = StatusCode::from_u16(status).unwrap();
            let _ = HttpRefusal::recognise(status, &HeaderMap::new(), &body);
        }
    }
}
