//! Everything that can be wrong before a key of a token can sign.
//!
//! No variant carries a PIN. What fails later, while it signs, is an `identity::SignerError`.

use std::path::PathBuf;

use identity::{SignerError, SignerProblem};

use crate::device_failure::DeviceFailure;
use crate::public_key::UnusableKey;

/// The reason why a key of a token cannot be used or made; the message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The device failed, or refused us; nothing was changed in it.
    #[error(transparent)]
    Device(#[from] DeviceFailure),

    /// The token made a key that can be taken out of it, against what it was asked for; the key was
    /// deleted again.
    #[error("the token makes only keys that can be taken out of it: the key was deleted again")]
    KeyExposed,

    /// There is a key of that name already; none was made.
    #[error("the token has a key of that label or id already: choose another, or use that key")]
    KeyExists,

    /// The token holds no such private key.
    #[error(
        "the token has no private key of that label and id: `pkcs11-tool --module MODULE --login \
         --list-objects --type privkey` shows those that it has"
    )]
    KeyNotFound,

    /// A key is to be made, and the URI gives it neither label nor id.
    #[error("a key that is made needs a label: add object=NAME to the URI")]
    KeyUnnamed,

    /// The module cannot be loaded or does not start.
    #[error(
        "the module {} cannot be used: is it the PKCS#11 library of the device?",
        path.display()
    )]
    Module {
        /// Its path.
        path: PathBuf,
        /// The reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The URI in a file names another module than the program that reads the file allows; it was
    /// not loaded.
    #[error(
        "the URI in the file names a module that was not allowed, and a module is code that runs: \
         take module-path out of the file; the program that reads it names the module"
    )]
    ModuleOfFile,

    /// The URI names no module, and no other source did.
    #[error(
        "no module is named: add ?module-path=/PATH/OF/LIBRARY to the URI, the PKCS#11 library \
         that came with the device"
    )]
    ModuleUnnamed,

    /// The PIN could not be read from its source.
    #[error("cannot read the PIN of the token")]
    Pin {
        /// The error of the source.
        source: identity::Error,
    },

    /// The token asks for a PIN, and there is none or an empty one; it was not asked.
    #[error("the token needs a PIN: give one, or name its file by pin-source in the URI")]
    PinRequired,

    /// The URI in a file names a file with the PIN; that was not read.
    #[error(
        "the URI in the file names another file to be read: take pin-source out of it; the PIN \
         comes from NAME.passphrase beside NAME.key, or from the program"
    )]
    PinSourceOfFile,

    /// Several private keys match; one has to be named.
    #[error("{count} private keys of the token match: add object=LABEL or id=ID to the URI")]
    SeveralKeys {
        /// Their number.
        count: usize,
    },

    /// Several tokens match; one has to be named.
    #[error("{count} tokens match: add token=LABEL or serial=NUMBER to the URI")]
    SeveralTokens {
        /// Their number.
        count: usize,
    },

    /// No token matches.
    #[error(
        "no token of that name is there: is it connected? `pkcs11-tool --module MODULE \
         --list-slots` shows those that are"
    )]
    TokenNotFound,

    /// The key is of a kind that cannot be used in TLS, or not by this crate.
    #[error("the key cannot be used: {0}")]
    Unusable(UnusableKey),
}

impl Error {
    /// Returns whether the module may only have to be started anew.
    pub(crate) fn is_stale(&self) -> bool {
        match self {
            Self::Device(failure) => failure.is_stale,
            Self::KeyNotFound | Self::TokenNotFound => true,
            _ => false,
        }
    }
}

/// Converts the error of a key that was there before.
impl From<Error> for SignerError {
    fn from(error: Error) -> Self {
        let problem = match &error {
            Error::Device(failure) => failure.problem,
            Error::KeyNotFound | Error::SeveralKeys { .. } => SignerProblem::KeyNotFound,
            Error::TokenNotFound | Error::Module { .. } => SignerProblem::DeviceGone,
            Error::Unusable(_) => SignerProblem::NotAllowed,
            Error::ModuleOfFile | Error::ModuleUnnamed | Error::PinSourceOfFile => {
                SignerProblem::Refused
            }
            _ => SignerProblem::Other,
        };
        match error {
            Error::Device(DeviceFailure { source: None, .. }) => problem.into(),
            Error::Device(DeviceFailure {
                source: Some(source),
                ..
            }) => Self::with_source(problem, source),
            other => Self::with_source(problem, other),
        }
    }
}
