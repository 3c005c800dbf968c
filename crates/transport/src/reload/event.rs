//! The events of a reloader.
//!
//! Leaves out names of clients: a certificate is identified by its fingerprint.

use std::{error::Error as StdError, fmt, time::Duration};

use identity::Fingerprint;

use crate::connection::generation::Generation;
use crate::error::config_error::ConfigError;
use crate::tls::trust_anchors::TrustAnchors;
use crate::tls::trust_anchors::expiry::TrustExpiry;

/// An event of the identities or trust anchors of a client; its `Display` is a sentence for the
/// operator.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReloadEvent {
    /// An acceptor presents another certificate, or verifies clients by other CAs, from the next
    /// handshake on.
    AcceptorRenewed {
        /// The certificate in use.
        leaf: Fingerprint,
    },
    /// The last certificate expires soon, and no other follows it: request one.
    ExpiresSoon {
        /// The certificate that expires last.
        leaf: Fingerprint,
        /// The time that is left.
        left: Duration,
    },
    /// A source could not be polled; the client keeps what it has.
    Failed {
        /// The reason.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// New content could not be used, or its probe failed; the client keeps what it has.
    Refused {
        /// The parts that are new.
        renewal: Renewal,
        /// The reason.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The client presents another identity from now on.
    Rotated {
        /// The generation in use.
        generation: Generation,
        /// Its preferred identity.
        leaf: Fingerprint,
    },
    /// An event of the files of identities.
    Source(identity::Event),
    /// An event of the files of trust anchors or revocation lists.
    Trust(TrustEvent),
    /// A trust anchor or revocation list in use expires soon, or has expired.
    TrustExpires(TrustExpiry),
    /// The client uses other trust anchors or revocation lists from now on.
    TrustRenewed {
        /// The generation in use.
        generation: Generation,
        /// The number of trust anchors beside those of the system or of Mozilla's list.
        anchors: usize,
        /// The number of revocation lists.
        lists: usize,
    },
}

/// The parts of a generation that are new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Renewal {
    /// Identities and trust anchors together.
    Both,
    /// The identities.
    Identities,
    /// The trust anchors or revocation lists.
    Trust,
}

/// An event of files of trust anchors or revocation lists; its `Display` is a sentence for the
/// operator.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrustEvent {
    /// They cannot be used; the last good content stays.
    Failed {
        /// The reason.
        error: ConfigError,
    },
    /// New content was loaded.
    Loaded {
        /// The number of trust anchors beside those of the system or of Mozilla's list.
        anchors: usize,
        /// The number of revocation lists.
        lists: usize,
        /// The number of parts that were left out; [`TrustAnchors::findings`] has been logged.
        left_out: usize,
    },
    /// The content that was there before a failure is back.
    Recovered,
}

impl TrustEvent {
    pub(super) fn loaded(trust: &TrustAnchors) -> Self {
        let (anchors, lists) = trust.counts();
        Self::Loaded {
            anchors,
            lists,
            left_out: trust.findings().len(),
        }
    }
}

impl ReloadEvent {
    pub(super) fn log(&self) {
        match self {
            Self::AcceptorRenewed { .. }
            | Self::Rotated { .. }
            | Self::TrustRenewed { .. }
            | Self::Source(identity::Event::Loaded { .. })
            | Self::Trust(TrustEvent::Loaded { left_out: 0, .. } | TrustEvent::Recovered) => {
                tracing::info!(event = %self, "reload");
            }
            _ => tracing::warn!(event = %self, "reload"),
        }
    }
}

impl fmt::Display for ReloadEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AcceptorRenewed { leaf } => {
                write!(f, "clients that connect are shown the certificate {leaf}")
            }
            Self::ExpiresSoon { leaf, left } => write!(
                f,
                "the last certificate ({leaf}) expires in {} days and none follows it: request one now",
                left.as_secs() / DAY
            ),
            Self::Failed { source } => write!(f, "a source could not be polled: {source}"),
            Self::Refused { renewal, source } => {
                let renewal = match renewal {
                    Renewal::Both => "new identities and trust anchors are",
                    Renewal::Identities => "new identities are",
                    Renewal::Trust => "new trust anchors or revocation lists are",
                };
                write!(f, "{renewal} not used, and the current ones stay: {source}")?;
                write_sources(f, source.source())
            }
            Self::Rotated { generation, leaf } => {
                write!(f, "generation {generation} presents the certificate {leaf}")
            }
            Self::Source(event) => event.fmt(f),
            Self::Trust(event) => event.fmt(f),
            Self::TrustExpires(expiry) => expiry.fmt(f),
            Self::TrustRenewed {
                generation,
                anchors,
                lists,
            } => write!(
                f,
                "generation {generation} verifies servers anew; trust anchors: {anchors}, revocation lists: {lists}"
            ),
        }
    }
}

impl fmt::Display for TrustEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { error } => {
                write!(
                    f,
                    "the trust anchors or revocation lists stay as they were: {error}"
                )?;
                write_sources(f, error.source())
            }
            Self::Loaded {
                anchors,
                lists,
                left_out,
            } => {
                write!(
                    f,
                    "trust files were loaded; trust anchors: {anchors}, revocation lists: {lists}"
                )?;
                match left_out {
                    0 => Ok(()),
                    _ => write!(f, ", parts left out: {left_out}"),
                }
            }
            Self::Recovered => f.write_str(
                "the trust anchors and revocation lists are as they were before the failure",
            ),
        }
    }
}

/// Appends the sources of an error.
fn write_sources(
    f: &mut fmt::Formatter<'_>,
    first: Option<&(dyn StdError + 'static)>,
) -> fmt::Result {
    let mut sources = std::iter::successors(first, |cause| (*cause).source());
    sources.try_for_each(|cause| write!(f, ": {cause}"))
}

const DAY: u64 = 24 * 60 * 60;
