//! The parts that were left out of a file of trust anchors.

use std::fmt;

use identity::{Format, LeftOut};

/// A part of a text or file of trust anchors that was left out; its `Display` is a clause for the
/// operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustAnchorFinding {
    /// Its position in its text or file, from 1.
    pub position: usize,
    /// The reason.
    pub problem: TrustAnchorProblem,
}

/// The reason why a part was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustAnchorProblem {
    /// It is something else; [`Format::Damaged`] if its PEM block is cut or damaged.
    NotACertificate(Format),
    /// It is a certificate that TLS cannot use: damaged inside, or of an unsupported kind.
    Unusable,
}

impl TrustAnchorFinding {
    pub(super) fn not_a_certificate(part: &LeftOut) -> Self {
        Self {
            position: part.position,
            problem: TrustAnchorProblem::NotACertificate(part.format),
        }
    }

    pub(super) fn unusable(position: usize) -> Self {
        Self {
            position,
            problem: TrustAnchorProblem::Unusable,
        }
    }
}

impl fmt::Display for TrustAnchorFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trust anchor {} ", self.position)?;
        match self.problem {
            TrustAnchorProblem::NotACertificate(format) => {
                write!(f, "is {format} and was left out")
            }
            TrustAnchorProblem::Unusable => {
                f.write_str("cannot be used as a certificate and was left out")
            }
        }
    }
}
