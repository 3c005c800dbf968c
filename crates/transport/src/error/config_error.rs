//! Errors of building a connector.

use std::{io, path::PathBuf, time::SystemTime};

use crate::error::crypto_provider_problem::CryptoProviderProblem;
use crate::error::tls_library_error::TlsLibraryError;

/// A setting with which a connector cannot work; reported when it is built, never when it connects.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The [crypto provider](crate::CryptoProvider::from_rustls) lacks what a connector needs.
    #[error("the crypto provider cannot be used")]
    CryptoProvider {
        /// The part that is missing.
        source: CryptoProviderProblem,
    },
    /// The file for the secrets of TLS connections cannot be opened.
    #[error("cannot open the key log {} for writing", path.display())]
    KeyLog {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The crate was built with neither `aws-lc-rs` nor `ring`.
    #[error(
        "no crypto provider is compiled in: turn on feature `aws-lc-rs` or `ring`, or give one"
    )]
    NoCryptoProvider,
    /// There is no identity to present.
    #[error("no identity was given; check that one is valid now")]
    NoIdentity,
    /// The crypto provider does not accept the private key; it may be damaged or of an unsupported
    /// kind.
    #[error("the crypto provider does not accept the private key of the identity")]
    PrivateKey {
        /// The provider's error.
        source: TlsLibraryError,
    },
    /// The operating system's trust anchors could not be loaded.
    #[error("the operating system's trust anchors could not be loaded")]
    PlatformTrustAnchors {
        /// The verifier's error.
        source: TlsLibraryError,
    },
    /// The CAs of clients are those of the operating system, or one of them is on Mozilla's list:
    /// from these anyone gets a certificate.
    #[error(
        "the CAs of clients are public ones, from which anyone gets a certificate: give the CA that \
         issued those of your clients"
    )]
    PublicClientCas,
    /// There are more CAs of clients than anyone has of one's own: a list of public ones, as a
    /// rule.
    #[error(
        "there are {count} CAs of clients, as in a list of public ones, from which anyone gets a \
         certificate; at most {most} are accepted: give those that issued the certificates of your \
         clients"
    )]
    TooManyClientCas {
        /// The number of CAs.
        count: usize,
        /// The most that are accepted.
        most: usize,
    },
    /// rustls does not take the chosen provider, for example for a cipher suite whose key exchange
    /// none of its groups can do.
    #[error("the cipher suites and groups of the crypto provider do not go together")]
    ProtocolVersions {
        /// The error of rustls.
        source: TlsLibraryError,
    },
    /// The problem of one among several files of trust anchors or revocation lists.
    #[error("the trust anchors or revocation lists in {} cannot be used", path.display())]
    InTrustFile {
        /// The file.
        path: PathBuf,
        /// The problem.
        source: Box<Self>,
    },
    /// A file of trust anchors or of revocation lists could not be read.
    #[error("cannot read the trust anchors or revocation lists in {}", path.display())]
    ReadTrustAnchors {
        /// The file.
        path: PathBuf,
        /// The error of reading it.
        source: identity::Error,
    },
    /// A certificate revocation list cannot be used: damaged, of an old version, or a delta or
    /// indirect list.
    #[error(
        "certificate revocation list {position} cannot be used: give a complete list of version 2, encoded as DER or PEM of it"
    )]
    RevocationList {
        /// Its position in the order given, from 1.
        position: usize,
        /// The error of rustls.
        source: TlsLibraryError,
    },
    /// A certificate revocation list is past its `nextUpdate`, so that no server could be verified
    /// with it; reported by [`TrustFiles`](crate::TrustFiles).
    #[error("certificate revocation list {position} is out of date: get the newest one")]
    RevocationListExpired {
        /// Its position in the order given, from 1.
        position: usize,
        /// Its `nextUpdate`.
        next_update: SystemTime,
    },
    /// Certificate revocation lists were given together with the operating system's verifier, which
    /// takes none.
    #[error(
        "the operating system's verifier takes no revocation lists: give them with `TrustAnchors::from_pem` or `TrustAnchors::webpki`"
    )]
    RevocationListsUnsupported,
    /// A setting conflicts with the rustls configuration that was given.
    #[error("`{setting}` cannot be set beside `rustls_base_config`: set it in that configuration")]
    SetInRustlsBase {
        /// The name of the method.
        setting: &'static str,
    },
    /// The name to verify in the server's certificate is malformed.
    #[error("the server name that was set is neither a DNS name nor an IP address")]
    ServerName,
    /// A trust anchor is not a certificate that TLS can use.
    #[error("trust anchor {position} is not a usable certificate")]
    TrustAnchor {
        /// Its position in the order given, from 1.
        position: usize,
    },
    /// The files of trust anchors or revocation lists changed each time that they were read.
    #[error(
        "the files of trust anchors or revocation lists keep changing: write them elsewhere and rename them into place"
    )]
    TrustFilesChanging,
    /// A text or file of certificate revocation lists holds none, or a damaged one.
    #[error(
        "no revocation list found where one was expected, or one is damaged: give PEM with \
         `-----BEGIN X509 CRL-----`, or DER"
    )]
    NoRevocationLists,
    /// There are no trust anchors, so no server could be verified.
    #[error(
        "there are no trust anchors: give the certificate of the CA that issued the server's certificate"
    )]
    NoTrustAnchors,
    /// A text or file of trust anchors holds no certificate; the source says what it holds and what
    /// to do.
    #[error("the trust anchors cannot be read")]
    NotTrustAnchors {
        /// The error that names what was found instead.
        source: identity::Error,
    },
}
