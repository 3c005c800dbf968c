//! The proxy between here and the server.

use transport::ProxyProblem as Problem;

use crate::diagnosis::Side;

/// Returns the side that has to act, and the remedy.
pub(super) fn remedy(problem: Problem) -> (Side, &'static str) {
    match problem {
        Problem::CredentialsRefused | Problem::CredentialsRequired => (
            Side::Client,
            "set user name and password of the proxy in the URL of HTTPS_PROXY",
        ),
        Problem::Certificate(_) => (
            Side::Client,
            "check the host of the proxy, and name its CA with --ca-file",
        ),
        Problem::NotHttp | Problem::Tls | Problem::ReplyTooLarge => {
            (Side::Client, "check the scheme and port in the proxy's URL")
        }
        Problem::Resolve | Problem::Unreachable => (
            Side::Network,
            "check host and port of the proxy, or use --proxy none if there is a direct way",
        ),
        Problem::Refused { .. } => (
            Side::Proxy,
            "ask the proxy's operator to allow this host and port",
        ),
        Problem::UnsupportedScheme => (
            Side::Proxy,
            "ask its operator for an exemption, or run a local proxy that authenticates to it",
        ),
        _ => (Side::Proxy, "ask the proxy's operator for the log"),
    }
}
