//! Requests that the server did not answer: a stable type for each kind of error.

use std::time::Duration;

use http::StatusCode;
use transport::{
    ClientCertificateProblem, Error, ErrorKind, Phase, ProxyProblem, RetryAdvice,
    ServerCertificateProblem,
};
use vocabulary::variant_name;

use crate::problem::{Problem, Retry, Side};

/// The members that all errors of a kind share.
struct Known {
    name: &'static str,
    title: &'static str,
    status: StatusCode,
    side: Side,
    remedy: &'static str,
}

/// Returns the problem of a request that got no response.
pub(crate) fn problem(error: &Error) -> Problem {
    let Known {
        name,
        title,
        status,
        side,
        remedy,
    } = known(error.kind(), error.phase());
    let retry = retry(error.retry_advice());
    let is_queue = error.kind() == ErrorKind::Timeout && error.phase() == Phase::Queue;
    Problem {
        status,
        name,
        title,
        detail: error.to_string().into(),
        side,
        retry,
        remedy,
        kind: Some(variant_name(&error.kind())),
        retry_after: is_queue.then_some(Duration::from_secs(1)),
    }
}

fn retry(advice: RetryAdvice) -> Retry {
    match advice {
        RetryAdvice::NotProcessed => Retry::NotProcessed,
        RetryAdvice::After(_) | RetryAdvice::OnlyIfIdempotent => Retry::OnlyIfIdempotent,
        RetryAdvice::WithAnotherIdentity => Retry::WithAnotherIdentity,
        _ => Retry::Never,
    }
}

fn known(kind: ErrorKind, phase: Phase) -> Known {
    let (name, title, status) = names(kind, phase);
    let (side, remedy) = remedy(kind, phase);
    Known {
        name,
        title,
        status,
        side,
        remedy,
    }
}

fn names(kind: ErrorKind, phase: Phase) -> (&'static str, &'static str, StatusCode) {
    const BAD: StatusCode = StatusCode::BAD_GATEWAY;
    const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
    match kind {
        ErrorKind::BodyTooLarge => ("response-body-too-large", "The response is too long", BAD),
        ErrorKind::ClientCertificate(_) => (
            "client-certificate",
            "The server rejected the gateway's certificate",
            BAD,
        ),
        ErrorKind::Closed => ("closed", "The connection to the server broke", BAD),
        ErrorKind::Connect => ("connect", "The server cannot be reached", BAD),
        ErrorKind::Http => ("http", "The HTTP exchange with the server failed", BAD),
        ErrorKind::Http11Required => ("http11-required", "The server wants HTTP/1.1", BAD),
        ErrorKind::IdentityRotated => (
            "identity-rotated",
            "The gateway's certificate was replaced during the request",
            BAD,
        ),
        ErrorKind::InvalidPort | ErrorKind::InvalidServerName | ErrorKind::NotHttps => (
            "invalid-upstream",
            "The gateway's URL of the server cannot be used",
            BAD,
        ),
        ErrorKind::Local(_) => (
            "local",
            "The gateway's machine is short of something",
            UNAVAILABLE,
        ),
        ErrorKind::Proxy(_) => ("proxy", "The forward proxy could not be used", BAD),
        ErrorKind::Renegotiation => ("renegotiation", "The server wants a second handshake", BAD),
        ErrorKind::Resolve => ("resolve", "The server's name cannot be resolved", BAD),
        ErrorKind::ServerCertificate(_) => (
            "server-certificate",
            "The gateway refused the server's certificate",
            BAD,
        ),
        ErrorKind::Signer(_) => ("signer", "The gateway's key could not sign", UNAVAILABLE),
        // Nothing was sent, and the gateway's own limit was the reason.
        ErrorKind::Timeout if phase == Phase::Queue => {
            ("timeout", "No response in time", UNAVAILABLE)
        }
        ErrorKind::Timeout => (
            "timeout",
            "No response in time",
            StatusCode::GATEWAY_TIMEOUT,
        ),
        ErrorKind::Tls => ("tls", "The TLS handshake with the server failed", BAD),
        ErrorKind::UnreadableHead(_) => (
            "unreadable-head",
            "The head of the server's response cannot be read",
            BAD,
        ),
        _ => ("upstream", "The request to the server failed", BAD),
    }
}

fn remedy(kind: ErrorKind, phase: Phase) -> (Side, &'static str) {
    match kind {
        ErrorKind::BodyTooLarge => (Side::Caller, "ask for less"),
        ErrorKind::ClientCertificate(problem) => of_client_certificate(problem),
        ErrorKind::Closed => (
            Side::Either,
            "if it stays so, ask the server's operator for the log",
        ),
        ErrorKind::Connect => (
            Side::Network,
            "check host, port and firewall from the gateway's machine",
        ),
        ErrorKind::Http | ErrorKind::UnreadableHead(_) => (
            Side::Server,
            "tell the server's operator: it breaks the rules of HTTP",
        ),
        ErrorKind::Http11Required => (Side::Server, "offer HTTP/1.1 alone to the server"),
        ErrorKind::IdentityRotated => {
            (Side::Gateway, "look the request up before it is sent again")
        }
        ErrorKind::InvalidPort | ErrorKind::InvalidServerName | ErrorKind::NotHttps => {
            (Side::Gateway, "correct the URL of the server")
        }
        ErrorKind::Local(_) => (
            Side::Gateway,
            "the detail names what the gateway's machine lacks",
        ),
        ErrorKind::Proxy(problem) => of_proxy(problem),
        ErrorKind::Renegotiation => (
            Side::Server,
            "have its operator request the certificate in the first handshake",
        ),
        ErrorKind::Resolve => (
            Side::Network,
            "check the server's name, and DNS on the gateway's machine",
        ),
        ErrorKind::ServerCertificate(problem) => of_server_certificate(problem),
        ErrorKind::Signer(_) => (Side::Gateway, "check the device that has the key"),
        ErrorKind::Timeout => of_timeout(phase),
        ErrorKind::Tls => (
            Side::Either,
            "check that the URL is that of the server over TLS, and that nothing intercepts it",
        ),
        _ => (Side::Either, "see the gateway's log"),
    }
}

fn of_client_certificate(problem: ClientCertificateProblem) -> (Side, &'static str) {
    match problem {
        ClientCertificateProblem::BadStatusResponse => {
            (Side::Server, "ask the server's operator for the log")
        }
        ClientCertificateProblem::Suspected | ClientCertificateProblem::Unknown => (
            Side::Either,
            "check the gateway's certificate, then ask the server's operator for the log",
        ),
        ClientCertificateProblem::Expired => (
            Side::Gateway,
            "renew the gateway's certificate, or check its clock",
        ),
        _ => (
            Side::Gateway,
            "give the gateway a certificate that the server accepts",
        ),
    }
}

fn of_server_certificate(problem: ServerCertificateProblem) -> (Side, &'static str) {
    match problem {
        ServerCertificateProblem::Expired | ServerCertificateProblem::NotYetValid => (
            Side::Either,
            "check the clock of the gateway's machine; if it is right, the server's operator has to renew",
        ),
        ServerCertificateProblem::UnknownIssuer => (
            Side::Gateway,
            "check that nothing intercepts TLS, then give the gateway the server's CA",
        ),
        ServerCertificateProblem::WrongName => {
            (Side::Gateway, "check the host in the URL of the server")
        }
        ServerCertificateProblem::NotPinned
        | ServerCertificateProblem::RevocationListExpired
        | ServerCertificateProblem::RevocationListInvalid
        | ServerCertificateProblem::RevocationStatusUnknown => (
            Side::Gateway,
            "bring the gateway's pins and revocation lists up to date",
        ),
        _ => (
            Side::Server,
            "have the server's operator install a valid certificate",
        ),
    }
}

fn of_proxy(problem: ProxyProblem) -> (Side, &'static str) {
    match problem {
        ProxyProblem::CredentialsRefused | ProxyProblem::CredentialsRequired => {
            (Side::Gateway, "set user name and password of the proxy")
        }
        ProxyProblem::Resolve | ProxyProblem::Unreachable => {
            (Side::Network, "check host and port of the proxy")
        }
        _ => (Side::Proxy, "ask the proxy's operator for the log"),
    }
}

fn of_timeout(phase: Phase) -> (Side, &'static str) {
    match phase {
        Phase::Queue => (
            Side::Gateway,
            "send fewer requests at once, or allow more connections",
        ),
        Phase::Resolve => (Side::Network, "check DNS on the gateway's machine"),
        Phase::Connect => (
            Side::Network,
            "check the firewall between the gateway and the server",
        ),
        Phase::Proxy => (Side::Proxy, "check the proxy"),
        Phase::Tls => (
            Side::Either,
            "ask the operators of server and firewall for their logs",
        ),
        _ => (
            Side::Server,
            "look the request up before it is sent again: it may have been processed",
        ),
    }
}

#[cfg(test)]
mod tests {
    use transport::{HeadProblem, LocalProblem};

    use super::*;

    #[test]
    fn each_kind_has_a_type_that_stays() {
        let expected = [
            (ErrorKind::BodyTooLarge, "response-body-too-large", 502),
            (
                ErrorKind::ClientCertificate(ClientCertificateProblem::Revoked),
                "client-certificate",
                502,
            ),
            (ErrorKind::Closed, "closed", 502),
            (ErrorKind::Connect, "connect", 502),
            (ErrorKind::Http, "http", 502),
            (ErrorKind::Http11Required, "http11-required", 502),
            (ErrorKind::IdentityRotated, "identity-rotated", 502),
            (ErrorKind::InvalidPort, "invalid-upstream", 502),
            (ErrorKind::InvalidServerName, "invalid-upstream", 502),
            (ErrorKind::Local(LocalProblem::ProcessFiles), "local", 503),
            (ErrorKind::NotHttps, "invalid-upstream", 502),
            (ErrorKind::Proxy(ProxyProblem::Closed), "proxy", 502),
            (ErrorKind::Renegotiation, "renegotiation", 502),
            (ErrorKind::Resolve, "resolve", 502),
            (
                ErrorKind::ServerCertificate(ServerCertificateProblem::Expired),
                "server-certificate",
                502,
            ),
            (ErrorKind::Timeout, "timeout", 504),
            (ErrorKind::Tls, "tls", 502),
            (
                ErrorKind::UnreadableHead(HeadProblem::Framing),
                "unreadable-head",
                502,
            ),
        ];
        for (kind, name, status) in expected {
            let known = known(kind, Phase::Request);
            assert_eq!(
                (known.name, known.status.as_u16()),
                (name, status),
                "{kind:?}"
            );
        }
        assert_eq!(known(ErrorKind::Timeout, Phase::Queue).status, 503);
    }
}
