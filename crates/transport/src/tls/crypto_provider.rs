//! The library that does the cryptography of the handshake.
//!
//! The choice is an argument, never process-wide state: rustls panics when it is asked for a
//! process default and two providers, or none, are linked.

use std::sync::Arc;

/// The cryptography behind TLS, chosen per connector.
///
/// Both features may be on at once; neither changes what the other does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CryptoProvider {
    /// aws-lc-rs (feature `aws-lc-rs`, on by default): offers the post-quantum hybrid
    /// X25519MLKEM768 first.
    #[cfg(feature = "aws-lc-rs")]
    AwsLcRs,
    /// ring (feature `ring`): classical key exchange only.
    #[cfg(feature = "ring")]
    Ring,
}

impl CryptoProvider {
    /// Returns the default provider: aws-lc-rs if its feature is on, else ring, else none.
    #[must_use]
    pub fn preferred() -> Option<Self> {
        #[cfg(feature = "aws-lc-rs")]
        return Some(Self::AwsLcRs);
        #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
        return Some(Self::Ring);
        #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
        return None;
    }

    pub(crate) fn rustls(self) -> Arc<rustls::crypto::CryptoProvider> {
        match self {
            #[cfg(feature = "aws-lc-rs")]
            Self::AwsLcRs => Arc::new(rustls::crypto::aws_lc_rs::default_provider()),
            #[cfg(feature = "ring")]
            Self::Ring => Arc::new(rustls::crypto::ring::default_provider()),
        }
    }
}
