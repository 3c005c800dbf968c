//! Errors of keys that stay where they are.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// A signature that was not made; the fault is on our side, never the server's.
///
/// ```
/// use identity::{SignerError, SignerProblem};
///
/// let error = SignerError::from(SignerProblem::PinLocked);
/// assert_eq!(error.problem(), SignerProblem::PinLocked);
/// ```
#[derive(Clone, Debug)]
pub struct SignerError {
    problem: SignerProblem,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The reason why a signer could not sign; its text names the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SignerProblem {
    /// The device is not there, or cannot be reached at present; it may come back by itself.
    #[error("its device is gone or cannot be reached: check that it is connected and running")]
    DeviceGone,
    /// The device does not hold the key.
    #[error("its device does not hold the key: check the token, and label and id of the key")]
    KeyNotFound,
    /// The device does not let this key, or this user, sign.
    #[error(
        "its device does not allow the key to sign so: check the key's attributes (CKA_SIGN) and \
         who may use it"
    )]
    NotAllowed,
    /// The device failed in another way, which the source names.
    #[error("its device failed")]
    Other,
    /// The PIN is locked after too many wrong ones.
    #[error("the PIN of its device is locked: have the security officer unlock it")]
    PinLocked,
    /// The PIN is wrong. It is not tried again, since devices lock after a few wrong ones.
    #[error(
        "the PIN of its device is wrong and was tried once only, since devices lock: correct it \
         and start again"
    )]
    PinWrong,
    /// Its device was not asked, since the way to it is not allowed, is no URI of a key, or leads
    /// nowhere: the source says which.
    #[error("its device was not asked")]
    Refused,
    /// It did not sign in time; it may at another time.
    #[error(
        "its device did not sign in time: check its load and the way to it, or raise the timeouts"
    )]
    TimedOut,
}

impl SignerError {
    /// Makes an error with the one that it is due to, which must not show anything secret.
    #[must_use]
    pub fn with_source(
        problem: SignerProblem,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            problem,
            source: Some(Arc::from(source.into())),
        }
    }

    /// Returns the reason.
    #[must_use]
    pub const fn problem(&self) -> SignerProblem {
        self.problem
    }
}

impl From<SignerProblem> for SignerError {
    fn from(problem: SignerProblem) -> Self {
        Self {
            problem,
            source: None,
        }
    }
}

impl fmt::Display for SignerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "our key could not sign: {}", self.problem)
    }
}

impl StdError for SignerError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
