//! What there is to say while a client follows its files.
//!
//! Leaves out names of clients: a certificate is known by its fingerprint.

use std::{error::Error as StdError, fmt, time::Duration};

use identity::Fingerprint;

use crate::connection::generation::Generation;
use crate::error::config_error::ConfigError;
use crate::tls::trust_anchors::TrustAnchors;
use crate::tls::trust_anchors::expiry::TrustExpiry;

/// Something that happened to the identities or trust anchors of a client; its `Display` is a sentence for the operator.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReloadEvent {
    /// The last certificate ends soon, and no other follows it: request one.
    ExpiresSoon {
        /// The certificate that ends last.
        leaf: Fingerprint,
        /// How long there is left.
        left: Duration,
    },
    /// A source could not be looked at; the client keeps what it has.
    Failed {
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// What is new could not be used, or the probe of it failed; the client keeps what it has.
    Refused {
        /// What is new.
        renewal: Renewal,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The client presents another identity from now on.
    Rotated {
        /// The generation in use.
        generation: Generation,
        /// Its preferred identity.
        leaf: Fingerprint,
    },
    /// Something happened to the files of identities.
    Source(identity::Event),
    /// Something happened to the files of trust anchors or revocation lists.
    Trust(TrustEvent),
    /// What the client goes by to judge servers ends soon, or has ended.
    TrustExpires(TrustExpiry),
    /// The client goes by other trust anchors or revocation lists from now on.
    TrustRenewed {
        /// The generation in use.
        generation: Generation,
        /// How many trust anchors there are beside those of the system or of Mozilla's list.
        anchors: usize,
        /// How many revocation lists there are.
        lists: usize,
    },
}

/// What of a generation is new.
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

/// Something that happened to files of trust anchors or revocation lists; its `Display` is a sentence for the operator.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrustEvent {
    /// They cannot be used; the last good content stays.
    Failed {
        /// Why.
        error: ConfigError,
    },
    /// New content was taken.
    Loaded {
        /// How many trust anchors there are beside those of the system or of Mozilla's list.
        anchors: usize,
        /// How many revocation lists there are.
        lists: usize,
        /// How many parts were left out; [`TrustAnchors::findings`] has been logged.
        left_out: usize,
    },
    /// What had failed is as it was before.
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
            Self::Rotated { .. }
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
            Self::ExpiresSoon { leaf, left } => write!(
                f,
                "the last certificate ({leaf}) ends in {} days and none follows it: request one now",
                left.as_secs() / DAY
            ),
            Self::Failed { source } => write!(f, "a source was not looked at: {source}"),
            Self::Refused { renewal, source } => {
                let renewal = match renewal {
                    Renewal::Both => "new identities and trust anchors are",
                    Renewal::Identities => "new identities are",
                    Renewal::Trust => "new trust anchors or revocation lists are",
                };
                write!(f, "{renewal} not used, and what was there stays: {source}")?;
                causes(f, source.source())
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
                "generation {generation} judges servers anew; trust anchors: {anchors}, revocation lists: {lists}"
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
                causes(f, error.source())
            }
            Self::Loaded {
                anchors,
                lists,
                left_out,
            } => {
                write!(
                    f,
                    "whom to trust was loaded; trust anchors: {anchors}, revocation lists: {lists}"
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

/// Writes the causes of an error behind it.
fn causes(f: &mut fmt::Formatter<'_>, first: Option<&(dyn StdError + 'static)>) -> fmt::Result {
    let mut causes = std::iter::successors(first, |cause| (*cause).source());
    causes.try_for_each(|cause| write!(f, ": {cause}"))
}

const DAY: u64 = 24 * 60 * 60;
