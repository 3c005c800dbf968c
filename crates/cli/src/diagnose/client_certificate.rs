//! The server's verdict on our certificate.

use transport::ClientCertificateProblem as Problem;

use crate::diagnosis::Side;

/// Returns the side that has to act, and the remedy.
pub(super) fn remedy(problem: Problem) -> (Side, &'static str) {
    match problem {
        Problem::AccessDenied => (
            Side::Client,
            "check which account the certificate belongs to, and use one of this account",
        ),
        Problem::Bad => (
            Side::Client,
            "install the certificate again as the portal issued it, with its chain",
        ),
        Problem::BadStatusResponse => (
            Side::Server,
            "ask the server's operator for the log: it wants a revocation status that no client sends",
        ),
        Problem::Expired => (
            Side::Client,
            "request a new certificate, or check the clocks of this machine and of the server",
        ),
        Problem::Required => (
            Side::Client,
            "give --certificate and --key, for this host and of a kind that the server takes",
        ),
        Problem::Revoked => (
            Side::Client,
            "use another live certificate, or request a new one; ask who revoked it in the portal",
        ),
        Problem::SignatureRejected => (
            Side::Client,
            "install key and certificate as a pair: the key does not fit",
        ),
        Problem::Suspected => (
            Side::Either,
            "check the certificate with `napi-mtls check`, try another network, then ask the \
             operators of server and firewall for their logs",
        ),
        Problem::UnknownCa => (
            Side::Client,
            "use a certificate that Trulioo's portal issued, for this environment",
        ),
        Problem::Unsupported => (
            Side::Client,
            "have a certificate issued that is for client authentication",
        ),
        _ => (
            Side::Either,
            "check the certificate with `napi-mtls check`, then ask the server's operator for the log",
        ),
    }
}
