//! The login of the user, with a PIN that is tried once.
//!
//! Tokens lock after a few wrong PINs, some for good, and a program that reconnects would try one
//! again and again. Leaves out the security officer.

use std::sync::{Arc, Mutex};

use cryptoki::error::{Error as CryptokiError, RvError};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::TokenInfo;
use cryptoki::types::RawAuthPin;
use identity::{Passphrase, PassphraseSource, SignerProblem};

use crate::device_failure::DeviceFailure;
use crate::error::Error;
use crate::module::{Module, locked};

/// The source of the PIN, and the PIN once it was needed.
pub(crate) struct Pin {
    source: Option<PassphraseSource>,
    /// Read once: a token that comes back is opened without a prompt.
    read: Mutex<Option<Arc<Passphrase>>>,
}

impl Pin {
    pub(crate) const fn new(source: Option<PassphraseSource>) -> Self {
        Self {
            source,
            read: Mutex::new(None),
        }
    }

    /// Logs the user in, unless that was done or the token asks for none.
    pub(crate) fn log_in(
        &self,
        module: &Module,
        session: &Session,
        token: &TokenInfo,
    ) -> Result<(), Error> {
        // From here to the end: of several threads one tries the PIN, and the others know.
        let mut wrong_pins = module.wrong_pins();
        if !token.login_required() || is_logged_in(session)? {
            return Ok(());
        }
        if token.user_pin_locked() {
            return Err(DeviceFailure::from(SignerProblem::PinLocked).into());
        }
        if token.protected_authentication_path() {
            return logged_in(session.login(UserType::User, None)).map_err(Error::from);
        }
        let pin = self.read()?;
        let (serial, pin) = (token.serial_number(), pin.secret_bytes());
        if wrong_pins.contains(serial, pin) {
            return Err(DeviceFailure::from(SignerProblem::PinWrong).into());
        }
        let raw = RawAuthPin::new(Box::new(pin.to_vec()));
        let outcome = logged_in(session.login_with_raw(UserType::User, &raw));
        if let Err(failure) = &outcome
            && failure.problem == SignerProblem::PinWrong
        {
            wrong_pins.remember(serial, pin);
        }
        outcome.map_err(Error::from)
    }

    /// Returns the PIN. Of several readings of a file only the first counts: each would be a try.
    fn read(&self) -> Result<Arc<Passphrase>, Error> {
        let mut read = locked(&self.read);
        if let Some(pin) = &*read {
            return Ok(Arc::clone(pin));
        }
        let source = self.source.as_ref().ok_or(Error::PinRequired)?;
        let pin = source.read().map_err(|source| Error::Pin { source })?;
        if pin.secret_bytes().is_empty() {
            return Err(Error::PinRequired);
        }
        Ok(Arc::clone(read.insert(pin)))
    }
}

fn is_logged_in(session: &Session) -> Result<bool, DeviceFailure> {
    let info = session.get_session_info()?;
    let state = info.session_state();
    Ok(matches!(state, SessionState::RoUser | SessionState::RwUser))
}

/// Takes a login by someone else in this process for ours: it is the same user.
fn logged_in(outcome: Result<(), CryptokiError>) -> Result<(), DeviceFailure> {
    match outcome {
        Err(CryptokiError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        outcome => outcome.map_err(DeviceFailure::from),
    }
}
