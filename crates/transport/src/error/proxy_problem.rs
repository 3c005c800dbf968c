//! Reasons why there is no tunnel through the proxy.

use crate::error::server_certificate::ServerCertificateProblem;

/// The problem between us and the proxy; nothing has reached the server.
///
/// Each variant says first on whose side it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyProblem {
    /// Ours: we refused the certificate of an `https` proxy.
    #[error("we refused its certificate: {0}")]
    Certificate(ServerCertificateProblem),
    /// The proxy's: it requests a client certificate.
    #[error(
        "it requests a client certificate, and ours is for the server alone; use a proxy that takes a name and a password, or none"
    )]
    ClientCertificate,
    /// The proxy's: it closed the connection before its reply was complete.
    #[error("it closed the connection before its reply was complete; ask its operator for the log")]
    Closed,
    /// Ours: it rejected our credentials.
    #[error("it rejected our credentials (407); check user name and password of the proxy")]
    CredentialsRefused,
    /// Ours: it requires credentials, and none are set.
    #[error("it requires credentials (407), and none are set; set those of the proxy")]
    CredentialsRequired,
    /// The proxy's: its reply is not HTTP/1.
    #[error(
        "its reply is not HTTP/1; check its port, and whether its URI must start with https://"
    )]
    NotHttp,
    /// The proxy's: it rejected the CONNECT request for a reason other than credentials.
    #[error("it rejected the tunnel with status {status}: {}", advice(*.status))]
    Refused {
        /// The status of its reply.
        status: u16,
    },
    /// The proxy's: the head of its reply is longer than 16 KiB, or has more than 128 fields.
    #[error("the head of its reply is too large; check that it is a proxy")]
    ReplyTooLarge,
    /// Ours or the network's: its name could not be resolved.
    #[error("cannot resolve its name; check the proxy's URI and DNS")]
    Resolve,
    /// Either side's: TLS with an `https` proxy failed for a reason other than a certificate.
    #[error(
        "the TLS handshake with it failed; check its port, and whether its URI must start with http://"
    )]
    Tls,
    /// The network's: no TCP connection could be established.
    #[error("cannot reach it; check its host, its port and the firewall")]
    Unreachable,
    /// The proxy's: it requires credentials in a scheme other than Basic, such as NTLM or
    /// Negotiate.
    #[error(
        "it takes no Basic credentials (407); ask its operator for an exemption, or run a local proxy that authenticates to it"
    )]
    UnsupportedScheme,
}

/// Returns where to look for the reason of a rejection.
fn advice(status: u16) -> &'static str {
    match status {
        400 | 405 | 501 => "it does not open tunnels; check that it is a proxy for HTTPS",
        401 | 403 | 451 => {
            "its rules do not allow this host and port; ask its operator to allow them"
        }
        404 | 502..=504 => {
            "it could not reach the server; check the host in the URI, then ask its operator"
        }
        429 => "it has had too many requests from us; wait, or ask its operator",
        _ => "ask its operator",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejection_names_the_side_at_fault() {
        let words = |status| ProxyProblem::Refused { status }.to_string();
        assert!(words(403).contains("its rules"));
        assert!(words(502).contains("could not reach the server"));
        assert!(words(599).contains("599"));
    }
}
