//! Responses in which a server in front of the service rejects a client certificate.
//!
//! Such a server finishes the handshake, reads the request and then responds for the service. The
//! pages of a few are known; all others stay responses. Leaves out alerts, which come before any
//! response.

mod page;

use std::fmt;

use http::{HeaderMap, StatusCode, header};

use crate::connection::client_auth::ClientAuth;
use crate::error::client_certificate::ClientCertificateProblem;

/// A rejection of our certificate by a response: the page of a known kind of server in front of the
/// service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpRefusal {
    status: StatusCode,
    server: HttpServer,
    problem: ClientCertificateProblem,
    is_certain: bool,
}

/// The kinds of servers whose rejections are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpServer {
    /// Amazon API Gateway and compatible ones: `{"message":"Forbidden"}`.
    ApiGateway,
    /// Apache httpd, where it requests a certificate for a part of the site only.
    Apache,
    /// Cloudflare, whose rules respond `error code: 1020`.
    Cloudflare,
    /// Microsoft IIS: the sub-statuses 403.7, 403.13, 403.16 and 403.17.
    Iis,
    /// nginx and its derivatives: a 400 with a sentence of its own.
    Nginx,
}

impl HttpRefusal {
    /// Recognises a rejection by the head of a response, its body, and the certificate that was
    /// sent.
    ///
    /// The first 8 KiB of the body are enough. Only a page that the server itself has written
    /// counts, matched as a whole: `text/html`, markup and all. A sentence that stands in JSON, in
    /// text or in another page is the application's, and may come from its user's input.
    /// ```
    /// use http::{HeaderMap, HeaderValue, StatusCode, header};
    /// use transport::{ClientAuth, ClientCertificateProblem, HttpRefusal};
    ///
    /// let html = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))]);
    /// let page = b"<html>\r\n<head><title>400 The SSL certificate error</title></head>\r\n<body>\r\n\
    ///     <center><h1>400 Bad Request</h1></center>\r\n<center>The SSL certificate error</center>\r\n\
    ///     <hr><center>nginx/1.27.2</center>\r\n</body>\r\n</html>\r\n";
    /// let recognise = |body, sent| HttpRefusal::recognise(StatusCode::BAD_REQUEST, &html, body, sent);
    ///
    /// let refusal = recognise(page, ClientAuth::Presented).unwrap();
    /// assert_eq!(refusal.problem(), ClientCertificateProblem::Unknown);
    /// assert!(refusal.is_certain());
    /// // No certificate was sent, so the page cannot be about it.
    /// assert!(!recognise(page, ClientAuth::NoneAvailable).unwrap().is_certain());
    /// // An application that quotes its input.
    /// assert_eq!(recognise(b"400 The SSL certificate error", ClientAuth::Presented), None);
    /// ```
    #[must_use]
    pub fn recognise(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        client_auth: ClientAuth,
    ) -> Option<Self> {
        let media_type = media_type(headers)?;
        let body = String::from_utf8_lossy(body); // the first 8 KiB may end inside a character
        let (server, problem) = of_page(status, media_type, headers, &body)?;
        // "None was sent" is not about ours if one was, and nothing else is about ours if none was.
        let is_consistent = match (problem, client_auth) {
            (
                ClientCertificateProblem::Required,
                ClientAuth::Presented | ClientAuth::CarriedByTicket,
            ) => false,
            (ClientCertificateProblem::Required, _)
            | (_, ClientAuth::Presented | ClientAuth::CarriedByTicket) => true,
            _ => false,
        };
        let is_own_page = !matches!(server, HttpServer::ApiGateway | HttpServer::Cloudflare);
        Some(Self {
            status,
            server,
            problem,
            is_certain: is_own_page && is_consistent,
        })
    }

    /// Checks whether the body of such a response is worth a look.
    pub(crate) fn is_possible(status: StatusCode, headers: &HeaderMap) -> bool {
        // The status first: it rules out most responses without a look at their fields.
        match status.as_u16() {
            400 | 495 | 496 => media_type(headers) == Some(MediaType::Html),
            403 => media_type(headers).is_some(),
            _ => false,
        }
    }

    /// Checks whether it can be nothing else.
    ///
    /// Gateways and firewall rules reject for many reasons with the same text, and a page about a
    /// certificate that was sent means nothing where none was.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.is_certain
    }

    /// Checks whether it is about the certificate itself; Apache's is about the moment of the
    /// request.
    pub(crate) fn is_about_the_certificate(self) -> bool {
        self.server != HttpServer::Apache
    }

    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the kind of server that wrote the page.
    #[must_use]
    pub fn server(&self) -> HttpServer {
        self.server
    }

    /// Returns the verdict on our certificate.
    #[must_use]
    pub fn problem(&self) -> ClientCertificateProblem {
        self.problem
    }
}

/// The media types of known rejections.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MediaType {
    Html,
    Json,
    Plain,
}

/// Returns the media type of a response; none if it is of another type, given twice, or encoded.
fn media_type(headers: &HeaderMap) -> Option<MediaType> {
    let mut named = headers.get_all(header::CONTENT_TYPE).into_iter();
    let (Some(only), None) = (named.next(), named.next()) else {
        return None;
    };
    if headers.contains_key(header::CONTENT_ENCODING) {
        return None;
    }
    let essence = only.to_str().ok()?.split(';').next()?.trim();
    match essence.to_ascii_lowercase().as_str() {
        "text/html" => Some(MediaType::Html),
        "application/json" => Some(MediaType::Json),
        "text/plain" => Some(MediaType::Plain),
        _ => None,
    }
}

/// Finds the server that wrote the page, and its verdict.
///
/// nginx sends 400 to clients; 495 and 496 are its internal codes, which some configurations
/// expose.
fn of_page(
    status: StatusCode,
    media_type: MediaType,
    headers: &HeaderMap,
    body: &str,
) -> Option<(HttpServer, ClientCertificateProblem)> {
    use ClientCertificateProblem::{Required, Unknown};
    match (status.as_u16(), media_type) {
        (400 | 495 | 496, MediaType::Html) => {
            page::nginx(body).map(|problem| (HttpServer::Nginx, problem))
        }
        (403, MediaType::Html) if page::is_apache_post_handshake(body) => {
            Some((HttpServer::Apache, Required))
        }
        (403, MediaType::Html) => page::iis(body).map(|problem| (HttpServer::Iis, problem)),
        (403, MediaType::Json) if is_api_gateway(headers, body) => {
            Some((HttpServer::ApiGateway, Unknown))
        }
        (403, MediaType::Plain) if body.trim() == "error code: 1020" => {
            Some((HttpServer::Cloudflare, Unknown))
        }
        _ => None,
    }
}

/// Checks for API Gateway's rejection. The body is the same for a missing API key, so the error
/// type has to agree.
fn is_api_gateway(headers: &HeaderMap, body: &str) -> bool {
    let body: String = body.split_whitespace().collect();
    (headers.get("x-amzn-errortype")).is_none_or(|it| it == "ForbiddenException")
        && body == r#"{"message":"Forbidden"}"#
}

impl fmt::Display for HttpRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = match self.server {
            HttpServer::ApiGateway => "an API gateway",
            HttpServer::Apache => {
                return write!(
                    f,
                    "a response with status {} that Apache httpd sends when it wants a certificate after the handshake, \
                     which is not supported here: have its operator set SSLVerifyClient for the whole host",
                    self.status.as_u16()
                );
            }
            HttpServer::Cloudflare => "a rule of Cloudflare",
            HttpServer::Iis => "IIS",
            HttpServer::Nginx => "nginx",
        };
        let status = self.status.as_u16();
        write!(f, "a response with status {status} from {server}")
    }
}

#[cfg(test)]
mod tests;
