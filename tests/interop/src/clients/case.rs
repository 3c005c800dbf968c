//! The cases of every client: those that have to work, and each input that can be wrong.

use std::{fmt, path::Path};

use mock_napi::{Alert, ClientAuth, Denial, Ending, Refusal, Reply, Script, Versions};

use crate::{clients::files::Files, our_key::OurKey, server_events::ServerEvents};

/// One case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// A key without a passphrase.
    PlainKey,
    /// A key with a passphrase.
    Passphrase,
    /// Certificate and key in one file.
    OneFile,
    /// A passphrase that is not the key's.
    WrongPassphrase,
    /// An encrypted key, and no passphrase.
    NoPassphrase,
    /// A certificate of another key.
    OtherKey,
    /// No certificate.
    NoCertificate,
    /// No certificate, which the server says in a response, as nginx does.
    NoCertificateResponse,
    /// An expired certificate.
    Expired,
    /// A revoked certificate.
    Revoked,
    /// A certificate rejected in the handshake of TLS 1.2, without a reason.
    RefusedTls12,
    /// A certificate rejected by a reset of the connection, without an alert.
    RefusedByReset,
    /// A certificate of another CA than the vendor's.
    UnknownCa,
    /// A certificate of another account than the user's.
    OtherAccount,
    /// A password that is not the user's.
    WrongPassword,
    /// A server whose CA is not trusted.
    UntrustedServer,
}

/// The inputs of a client.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    /// The base URL of NAPI.
    pub(crate) base_url: &'a str,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
    /// Certificate and key; the key is absent if it is in the file of the certificate.
    pub(crate) identity: Option<(&'a Path, Option<&'a Path>)>,
    pub(crate) passphrase: Option<&'static str>,
    /// The CA to trust; `None` for those that the client trusts by itself.
    pub(crate) ca_file: Option<&'a Path>,
}

impl Case {
    /// Every case, in the order in which they are tried.
    pub(crate) const ALL: &[Self] = &[
        Self::PlainKey,
        Self::Passphrase,
        Self::OneFile,
        Self::WrongPassphrase,
        Self::NoPassphrase,
        Self::OtherKey,
        Self::NoCertificate,
        Self::NoCertificateResponse,
        Self::Expired,
        Self::Revoked,
        Self::RefusedTls12,
        Self::RefusedByReset,
        Self::UnknownCa,
        Self::OtherAccount,
        Self::WrongPassword,
        Self::UntrustedServer,
    ];

    /// Tells whether NAPI is to say hello.
    pub(crate) fn is_hello(self) -> bool {
        matches!(self, Self::PlainKey | Self::Passphrase | Self::OneFile)
    }

    /// Returns the behaviour of the mock.
    pub(crate) fn script(self) -> Script {
        match self {
            Self::NoCertificateResponse => Script::new()
                .client_auth(ClientAuth::Unjudged)
                .response(Reply::nginx_no_certificate()),
            Self::RefusedTls12 => Script::new()
                .versions(Versions::Tls12)
                .client_auth(refused(Ending::AlertThenFin)),
            Self::RefusedByReset => Script::new()
                // Under TLS 1.3 the reset races the request, and clients have words for each.
                .versions(Versions::Tls12)
                .client_auth(refused(Ending::Reset)),
            _ => Script::new(),
        }
    }

    fn is_without_certificate(self) -> bool {
        matches!(self, Self::NoCertificate | Self::NoCertificateResponse)
    }

    /// Returns the inputs of the client.
    pub(crate) fn call<'a>(self, base_url: &'a str, files: &'a Files) -> Call<'a> {
        let certificate: &Path = match self {
            Self::Expired => &files.expired,
            Self::OneFile => &files.one_file,
            Self::OtherAccount => &files.of_another_account,
            Self::UnknownCa => &files.of_unknown_ca,
            Self::OtherKey => &files.of_another_key,
            Self::Revoked => &files.revoked,
            _ => &files.certificate,
        };
        let key: Option<&Path> = match self {
            Self::OneFile => None,
            Self::NoPassphrase | Self::Passphrase | Self::WrongPassphrase => {
                Some(&files.encrypted_key)
            }
            _ => Some(&files.key),
        };
        Call {
            base_url,
            user: "acme-api",
            password: match self {
                Self::WrongPassword => "globex-password",
                _ => "acme-password",
            },
            identity: (!self.is_without_certificate()).then_some((certificate, key)),
            passphrase: match self {
                Self::Passphrase => Some(OurKey::PASSPHRASE),
                Self::WrongPassphrase => Some(OurKey::OTHER_PASSPHRASE),
                _ => None,
            },
            ca_file: (self != Self::UntrustedServer).then_some(&files.ca),
        }
    }

    /// Tells whether the events of the mock are those of the case.
    pub(crate) fn is_met(self, events: &ServerEvents) -> bool {
        match self {
            Self::PlainKey | Self::Passphrase | Self::OneFile => events.is_answered(200, None),
            Self::WrongPassphrase | Self::NoPassphrase | Self::OtherKey => events.is_nothing(),
            Self::NoCertificate => events.is_alerted("CertificateRequired"),
            Self::NoCertificateResponse => events.is_scripted(400),
            Self::RefusedTls12 | Self::RefusedByReset => events.is_refused(Refusal::Script),
            Self::Expired => events.is_refused(Refusal::Expired),
            Self::Revoked => events.is_refused(Refusal::Revoked),
            Self::UnknownCa => events.is_refused(Refusal::UnknownCa),
            Self::OtherAccount => {
                events.is_answered(401, Some(Denial::CertificateOfAnotherAccount))
            }
            Self::WrongPassword => events.is_answered(401, Some(Denial::WrongPassword)),
            Self::UntrustedServer => events.is_ended_by_client(),
        }
    }

    /// Describes the expected events of the mock.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::PlainKey | Self::Passphrase | Self::OneFile => {
                "one request, answered 200, over a connection with an accepted certificate"
            }
            Self::WrongPassphrase | Self::NoPassphrase | Self::OtherKey => {
                "no handshake, because the client has no identity"
            }
            Self::NoCertificate => "the alert certificate_required",
            Self::NoCertificateResponse => "a request without a certificate, and a response 400",
            Self::RefusedTls12 | Self::RefusedByReset => "a certificate refused without a reason",
            Self::Expired => "a certificate refused as expired",
            Self::Revoked => "a certificate refused as revoked",
            Self::UnknownCa => "a certificate refused as of an unknown CA",
            Self::OtherAccount => "one request, answered 401 for the certificate's account",
            Self::WrongPassword => "one request, answered 401 for its password",
            Self::UntrustedServer => "a handshake that the client ended, and no certificate",
        }
    }
}

/// Refuses any certificate, by an alert that gives no reason.
fn refused(ending: Ending) -> ClientAuth {
    let alert = Alert::HandshakeFailure;
    ClientAuth::Refused { alert, ending }
}

/// The name in the report and in the headings of `docs/troubleshooting.md`.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PlainKey => "key without passphrase",
            Self::Passphrase => "key with passphrase",
            Self::OneFile => "certificate and key in one file",
            Self::WrongPassphrase => "wrong passphrase",
            Self::NoPassphrase => "no passphrase",
            Self::OtherKey => "certificate of another key",
            Self::NoCertificate => "no certificate",
            Self::NoCertificateResponse => "no certificate, in a response",
            Self::RefusedTls12 => "rejected without a reason, TLS 1.2",
            Self::RefusedByReset => "rejected without an alert",
            Self::Expired => "expired certificate",
            Self::Revoked => "revoked certificate",
            Self::UnknownCa => "certificate of another CA",
            Self::OtherAccount => "certificate of another account",
            Self::WrongPassword => "wrong password",
            Self::UntrustedServer => "untrusted server",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own() {
        let names: BTreeSet<_> = Case::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), Case::ALL.len());
    }
}
