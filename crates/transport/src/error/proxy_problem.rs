//! Why there is no tunnel through the proxy.

use crate::error::server_certificate::ServerCertificateProblem;

/// What went wrong between us and the proxy; nothing has reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyProblem {
    /// Ours: the certificate of an `https` proxy does not satisfy us.
    #[error("we refused its certificate: {0}")]
    Certificate(ServerCertificateProblem),
    /// Its: it wants a client certificate.
    #[error(
        "it wants a client certificate, and ours is for the server alone; use a proxy that takes a name and a password, or none"
    )]
    ClientCertificate,
    /// Its: it closed the connection before its reply was whole.
    #[error("it closed the connection without a whole reply; its operator's log may tell why")]
    Closed,
    /// Ours: it refused our credentials.
    #[error("it refused our credentials (407); check user name and password of the proxy")]
    CredentialsRefused,
    /// Ours: it wants credentials, and we have none.
    #[error("it wants credentials (407) and has been given none; set those of the proxy")]
    CredentialsRequired,
    /// Its: what it answered is not HTTP/1.
    #[error(
        "its answer is not HTTP/1; check its port, and whether its URI must start with https://"
    )]
    NotHttp,
    /// Its: it refused the tunnel for a reason other than credentials.
    #[error("it refused the tunnel with status {status}: {}", whose(*.status))]
    Refused {
        /// The status of its reply.
        status: u16,
    },
    /// Its: the head of its reply is longer than 16 KiB, or has more than 128 fields.
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
    /// The network's: no TCP connection could be made.
    #[error("cannot reach it; check its host, its port and the firewall")]
    Unreachable,
    /// Its: it wants credentials in a scheme other than Basic, such as NTLM or Negotiate.
    #[error(
        "it takes no Basic credentials (407); ask its operator for an exemption, or put a local proxy between that authenticates"
    )]
    UnsupportedScheme,
}

/// On whose side a refusal is to be looked into.
fn whose(status: u16) -> &'static str {
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
    fn a_refusal_says_on_whose_side_it_is() {
        let words = |status| ProxyProblem::Refused { status }.to_string();
        assert!(words(403).contains("its rules"));
        assert!(words(502).contains("could not reach the server"));
        assert!(words(599).contains("599"));
    }
}
