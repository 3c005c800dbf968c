//! What there is to say while a client follows its files.
//!
//! Leaves out names: a certificate is known by its fingerprint.

use std::{error::Error as StdError, fmt, time::Duration};

use identity::Fingerprint;

use crate::connection::generation::Generation;

/// Something that happened to the identities of a client; its `Display` is a sentence for the operator.
#[derive(Debug)]
#[non_exhaustive]
pub enum FollowEvent {
    /// The last certificate ends soon, and no other follows it: request one.
    ExpiresSoon {
        /// The certificate that ends last.
        leaf: Fingerprint,
        /// How long there is left.
        left: Duration,
    },
    /// The source could not be looked at; the client keeps what it has.
    Failed {
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// New identities could not be used, or the probe of them failed; the client keeps what it has.
    Refused {
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
    /// Something happened to the files.
    Source(identity::Event),
}

impl FollowEvent {
    pub(super) fn log(&self) {
        match self {
            Self::Rotated { .. } | Self::Source(identity::Event::Loaded { .. }) => {
                tracing::info!(event = %self, "identities");
            }
            _ => tracing::warn!(event = %self, "identities"),
        }
    }
}

impl fmt::Display for FollowEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExpiresSoon { leaf, left } => write!(
                f,
                "the last certificate ({leaf}) ends in {} days and none follows it: request one now",
                left.as_secs() / DAY
            ),
            Self::Failed { source } => write!(f, "the identities were not looked at: {source}"),
            Self::Refused { source } => {
                write!(f, "new identities are not used: {source}")?;
                let mut cause = source.source();
                while let Some(deeper) = cause {
                    write!(f, ": {deeper}")?;
                    cause = deeper.source();
                }
                Ok(())
            }
            Self::Rotated { generation, leaf } => {
                write!(f, "generation {generation} presents the certificate {leaf}")
            }
            Self::Source(event) => event.fmt(f),
        }
    }
}

const DAY: u64 = 24 * 60 * 60;
