//! Our verdict on the server's certificate.

use transport::ServerCertificateProblem as Problem;

use crate::diagnosis::Side;

/// Returns the side that has to act, and the remedy.
pub(super) fn remedy(problem: Problem) -> (Side, &'static str) {
    match problem {
        Problem::Expired | Problem::NotYetValid => (
            Side::Either,
            "check the clock of this machine; if it is right, the server's operator has to renew",
        ),
        Problem::UnknownIssuer => (
            Side::Client,
            "check that the host is the right one and that nothing on the way intercepts TLS; \
             then name its CA with --ca-file",
        ),
        Problem::WrongName => (Side::Client, "check the host in --base-url"),
        Problem::NotPinned => (
            Side::Client,
            "pin the server's new key, if its owner changed it",
        ),
        Problem::RevocationListExpired
        | Problem::RevocationListInvalid
        | Problem::RevocationStatusUnknown => (
            Side::Client,
            "get the newest revocation lists of the server's CA",
        ),
        _ => (
            Side::Server,
            "have the server's operator install a certificate that is valid; send nothing until then",
        ),
    }
}
