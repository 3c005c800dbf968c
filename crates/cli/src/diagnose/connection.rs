//! Failures between here and the service: name, TCP, proxy, TLS and HTTP.

use transport::{ErrorKind, HttpServer, Phase};
use vocabulary::variant_name;

use crate::diagnose::{client_certificate, proxy, server_certificate};
use crate::diagnosis::{Diagnosis, Side};
use crate::exit::Exit;

/// Returns the diagnosis of a request that got no response.
pub(super) fn diagnosis(error: &transport::Error) -> Diagnosis {
    let server = error.http_refusal().map(|refusal| refusal.server());
    let (side, remedy) = match server {
        // Its page is not about the certificate, but about the moment of the request for one.
        Some(HttpServer::Apache) => (
            Side::Server,
            "have its operator request the certificate in the handshake",
        ),
        _ => remedy(error),
    };
    Diagnosis {
        kind: variant_name(&error.kind()),
        side,
        remedy: remedy.into(),
        exit: exit(error),
    }
}

fn exit(error: &transport::Error) -> Exit {
    match error.kind() {
        ErrorKind::ClientCertificate(_) if error.is_client_certificate_rejected() => Exit::Rejected,
        ErrorKind::NotHttps | ErrorKind::InvalidPort | ErrorKind::InvalidServerName => Exit::Usage,
        ErrorKind::Signer(_) => Exit::Local,
        _ => Exit::Unreachable,
    }
}

fn remedy(error: &transport::Error) -> (Side, &'static str) {
    match error.kind() {
        ErrorKind::ClientCertificate(problem) => client_certificate::remedy(problem),
        ErrorKind::ServerCertificate(problem) => server_certificate::remedy(problem),
        ErrorKind::Proxy(problem) => proxy::remedy(problem),
        ErrorKind::Resolve => (
            Side::Network,
            "check the host in --base-url and DNS; behind a proxy, set HTTPS_PROXY",
        ),
        ErrorKind::Connect => (
            Side::Network,
            "check host, port and firewall; behind a proxy, set HTTPS_PROXY",
        ),
        ErrorKind::Local(_) => (
            Side::Client,
            "the message names what this machine lacks; correct it there",
        ),
        ErrorKind::NotHttps | ErrorKind::InvalidPort | ErrorKind::InvalidServerName => {
            (Side::Client, "correct --base-url")
        }
        ErrorKind::Signer(_) => (
            Side::Client,
            "correct what the message says of the device that has the key",
        ),
        ErrorKind::Timeout => of_timeout(error.phase()),
        ErrorKind::Tls => (
            Side::Either,
            "check that host and port are those of NAPI over TLS, and that nothing intercepts it",
        ),
        ErrorKind::Closed => (
            Side::Either,
            "try again, then from another network; then ask the server's operator for the log",
        ),
        ErrorKind::Http11Required => (
            Side::Server,
            "try --http1.1; have its operator request the certificate in the handshake",
        ),
        ErrorKind::Http => (
            Side::Server,
            "try --http1.1, then ask the server's operator",
        ),
        ErrorKind::Renegotiation => (
            Side::Server,
            "have its operator request the certificate in the first handshake",
        ),
        ErrorKind::UnreadableHead(_) => (
            Side::Server,
            "tell the server's operator; what is in front of it breaks the rules of HTTP",
        ),
        ErrorKind::BodyTooLarge => (Side::Client, "ask for less"),
        _ => (Side::Either, "try again"),
    }
}

fn of_timeout(phase: Phase) -> (Side, &'static str) {
    match phase {
        Phase::Resolve => (Side::Network, "check DNS; behind a proxy, set HTTPS_PROXY"),
        Phase::Connect => (
            Side::Network,
            "check the firewall, which may drop what does not go through a proxy: set HTTPS_PROXY",
        ),
        Phase::Proxy => (
            Side::Proxy,
            "check the proxy, then ask its operator for the log",
        ),
        Phase::Tls => (
            Side::Either,
            "try another network, then ask the operators of server and firewall for their logs",
        ),
        _ => (
            Side::Server,
            "try again later; look a verification up before it is sent again, it may be billed",
        ),
    }
}
