//! Why a connector could not be built.

use std::{io, path::PathBuf, time::SystemTime};

/// A connector's settings cannot work; found when it is built, never when it connects.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file for the secrets of TLS connections cannot be opened.
    #[error("cannot open the key log {} for writing", path.display())]
    KeyLog {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The crate was built with neither `aws-lc-rs` nor `ring`.
    #[error("no crypto provider is compiled in: turn on feature `aws-lc-rs` or `ring`")]
    NoCryptoProvider,
    /// There is no identity to present.
    #[error("no identity was given: is there none that is valid now?")]
    NoIdentity,
    /// The crypto provider does not take the private key; the identity's maker should look at it.
    #[error("the crypto provider does not accept the private key of the identity")]
    PrivateKey {
        /// What the provider said.
        source: rustls::Error,
    },
    /// The operating system's trust anchors could not be loaded.
    #[error("the operating system's trust anchors could not be loaded")]
    PlatformTrustAnchors {
        /// What the verifier said.
        source: rustls::Error,
    },
    /// The chosen provider supports neither TLS 1.2 nor TLS 1.3.
    #[error("the crypto provider supports no TLS version that this connector speaks")]
    ProtocolVersions {
        /// What rustls said.
        source: rustls::Error,
    },
    /// What is wrong with one of several files of trust anchors or revocation lists.
    #[error("the trust anchors or revocation lists in {} cannot be used", path.display())]
    InTrustFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<Self>,
    },
    /// A file of trust anchors or of revocation lists could not be read.
    #[error("cannot read the trust anchors or revocation lists in {}", path.display())]
    ReadTrustAnchors {
        /// The file.
        path: PathBuf,
        /// Why.
        source: identity::Error,
    },
    /// A certificate revocation list cannot be used: damaged, of an old version, or a delta or indirect list.
    #[error(
        "certificate revocation list {position} cannot be used; is it a whole list of version 2, in DER inside?"
    )]
    RevocationList {
        /// Which one in the order given, from 1.
        position: usize,
        /// What rustls said.
        source: rustls::Error,
    },
    /// A certificate revocation list is past its `nextUpdate`, so that no server could be judged by it; found by
    /// [`TrustFiles`](crate::TrustFiles).
    #[error("certificate revocation list {position} is out of date: get the newest one")]
    RevocationListExpired {
        /// Which one in the order given, from 1.
        position: usize,
        /// Its `nextUpdate`.
        next_update: SystemTime,
    },
    /// Certificate revocation lists were given together with the operating system's verifier, which takes none.
    #[error(
        "the operating system's verifier takes no revocation lists: give them with `TrustAnchors::pem` or `TrustAnchors::webpki`"
    )]
    RevocationListsUnsupported,
    /// A setting was made beside a rustls configuration that decides on the same.
    #[error("`{setting}` cannot be set beside `rustls_base_config`: set it in that configuration")]
    SetInRustlsBase {
        /// The method.
        setting: &'static str,
    },
    /// The name that the server's certificate should have is no name.
    #[error("the server name that was set is neither a DNS name nor an IP address")]
    ServerName,
    /// A trust anchor is not a certificate that TLS can use.
    #[error("trust anchor {position} is not a usable certificate")]
    TrustAnchor {
        /// Which one in the order given, from 1.
        position: usize,
    },
    /// Files of trust anchors or revocation lists were different each time that they were looked at.
    #[error(
        "the files of trust anchors or revocation lists keep changing: write them elsewhere and rename them into place"
    )]
    TrustFilesChanging,
    /// A text or file of certificate revocation lists holds none, or one that is damaged.
    #[error(
        "no revocation list found where one was expected, or one is damaged: give PEM with \
         `-----BEGIN X509 CRL-----`, or DER"
    )]
    NoRevocationLists,
    /// There is nothing that is trusted, so no server could be.
    #[error(
        "there are no trust anchors: give the certificate of the authority that vouches for the server"
    )]
    NoTrustAnchors,
    /// A text or file of trust anchors holds no certificate; the source says what it holds and what to do.
    #[error("the trust anchors cannot be read")]
    NotTrustAnchors {
        /// What is there instead.
        source: identity::Error,
    },
}
