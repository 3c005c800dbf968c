//! The return values of a module, sorted by what they mean to a person.
//!
//! `CKR_...` of [PKCS#11 3.1], section 5.1. Leaves out those that only a defect of ours could
//! cause.
//!
//! [PKCS#11 3.1]: https://docs.oasis-open.org/pkcs11/pkcs11-spec/v3.1/pkcs11-spec-v3.1.html

use cryptoki::error::{Error as CryptokiError, RvError};
use identity::SignerProblem;

/// A token that failed, or refused us.
#[derive(Debug, thiserror::Error)]
#[error("the token cannot be used: {problem}")]
pub struct DeviceFailure {
    pub(crate) problem: SignerProblem,
    /// It may be that only what was remembered of the device is out of date: it was taken out and
    /// put back, say.
    pub(crate) is_stale: bool,
    pub(crate) source: Option<CryptokiError>,
}

impl DeviceFailure {
    /// Returns the reason; the module's own is the source.
    #[must_use]
    pub const fn problem(&self) -> SignerProblem {
        self.problem
    }
}

impl From<SignerProblem> for DeviceFailure {
    fn from(problem: SignerProblem) -> Self {
        Self {
            problem,
            is_stale: false,
            source: None,
        }
    }
}

impl From<CryptokiError> for DeviceFailure {
    fn from(error: CryptokiError) -> Self {
        let (problem, is_stale) = match &error {
            CryptokiError::Pkcs11(value, _) => meaning(value),
            _ => (SignerProblem::Other, false),
        };
        Self {
            problem,
            is_stale,
            source: Some(error),
        }
    }
}

fn meaning(value: &RvError) -> (SignerProblem, bool) {
    match value {
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => {
            (SignerProblem::PinWrong, false)
        }
        RvError::PinLocked => (SignerProblem::PinLocked, false),
        RvError::ActionProhibited
        | RvError::FunctionRejected
        | RvError::KeyFunctionNotPermitted
        | RvError::MechanismInvalid
        | RvError::MechanismParamInvalid
        | RvError::PinExpired
        | RvError::SessionReadOnly
        | RvError::TokenWriteProtected
        | RvError::UserPinNotInitialized
        | RvError::UserTypeInvalid => (SignerProblem::NotAllowed, false),
        // Both are said of a key that was deleted and of a token that was taken out.
        RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid => {
            (SignerProblem::KeyNotFound, true)
        }
        RvError::CryptokiNotInitialized
        | RvError::DeviceError
        | RvError::DeviceMemory
        | RvError::DeviceRemoved
        | RvError::SessionClosed
        | RvError::SessionHandleInvalid
        | RvError::SlotIdInvalid
        | RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::UserNotLoggedIn => (SignerProblem::DeviceGone, true),
        // What modules say of everything for which they have no other value.
        RvError::FunctionFailed | RvError::GeneralError => (SignerProblem::Other, true),
        _ => (SignerProblem::Other, false),
    }
}

#[cfg(test)]
mod tests {
    use cryptoki::context::Function;

    use super::*;

    fn of(value: RvError) -> DeviceFailure {
        CryptokiError::Pkcs11(value, Function::Sign).into()
    }

    #[test]
    fn what_is_about_the_pin_is_never_taken_for_stale() {
        for value in [
            RvError::PinIncorrect,
            RvError::PinInvalid,
            RvError::PinLenRange,
            RvError::PinLocked,
            RvError::PinExpired,
        ] {
            assert!(!of(value).is_stale);
        }
        assert_eq!(of(RvError::PinIncorrect).problem, SignerProblem::PinWrong);
        assert_eq!(of(RvError::PinLocked).problem, SignerProblem::PinLocked);
    }

    #[test]
    fn device_that_was_taken_out_is_looked_for_again() {
        for value in [RvError::DeviceRemoved, RvError::SessionHandleInvalid] {
            let failure = of(value);
            assert!(failure.is_stale);
            assert_eq!(failure.problem, SignerProblem::DeviceGone);
        }
        assert!(!of(RvError::KeyFunctionNotPermitted).is_stale);
    }
}
