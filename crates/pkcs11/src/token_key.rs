//! A key of a token that signs, whatever happens to the token meanwhile.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use identity::{PassphraseSource, SignatureScheme, Signer, SignerError, SignerProblem};
use rustls_pki_types::SubjectPublicKeyInfoDer;

use crate::device_failure::DeviceFailure;
use crate::error::Error;
use crate::key_objects;
use crate::key_pair;
use crate::login::Pin;
use crate::mechanism;
use crate::module::{Entered, Module};
use crate::public_key::UnusableKey;
use crate::session_pool::{KeySession, SessionPool};
use crate::token::Token;
use crate::uri::Pkcs11Uri;

/// A private key that stays in its token; a [`Signer`].
///
/// It can be used on several threads at once: each has a session of its own, at most 16 or as many
/// as the token allows, and the others wait. A token that was taken out and put back is found
/// again, by its serial number, and the user logged in with the PIN that was read first; if need
/// be, the module is started anew. Signing fails meanwhile, and the next handshake tries again.
///
/// A PIN that is wrong is tried once in a process, however many keys are opened with it: tokens
/// lock after a few. A login is the process's: while a key of a token is in use, another one of the
/// same token is opened without its PIN being looked at.
pub struct TokenKey {
    module: Arc<Module>,
    /// With the serial number of the token that was found first.
    uri: Pkcs11Uri,
    pin: Arc<Pin>,
    public_key: SubjectPublicKeyInfoDer<'static>,
    schemes: Vec<SignatureScheme>,
    sessions: SessionPool,
}

impl TokenKey {
    /// Opens the key that the URI names: the only private key, if it has neither label nor id.
    ///
    /// The PIN comes from the file of `pin-source`, if the URI has that, else from `pin`, which is
    /// asked only when the token needs one.
    ///
    /// # Errors
    ///
    /// Every variant of [`Error`] but those of keys that are made.
    pub fn open(uri: &Pkcs11Uri, pin: Option<PassphraseSource>) -> Result<Self, Error> {
        let (module, pin) = prepare(uri, pin)?;
        Self::open_prepared(uri, module, pin)
    }

    /// Returns a function that opens keys by the text of their URI, for key files that hold one
    /// ([`Loader::signers`](identity::Loader::signers)).
    ///
    /// A module is code that runs in this process, and a key file may come from elsewhere: so it is
    /// named here, and a URI that names another one, or a file with the PIN, is refused. The PIN is
    /// that of the pair, if the loader has one for it, else from `pin`.
    ///
    /// What [`open`](Self::open) refuses is the source of its error, and so are
    /// [`Error::ModuleOfFile`] and [`Error::PinSourceOfFile`].
    ///
    /// ```
    /// use identity::{FileSource, Loader, PassphraseSource};
    /// use pkcs11::TokenKey;
    ///
    /// let pin = PassphraseSource::file("/run/credentials/napi.service/pin");
    /// let module = "/usr/lib/softhsm/libsofthsm2.so";
    /// let loader = Loader::new().signers(TokenKey::opener(module, Some(pin)));
    /// let source = FileSource::directory(loader, "/etc/napi/identities");
    /// ```
    pub fn opener(
        module: impl Into<PathBuf>,
        pin: Option<PassphraseSource>,
    ) -> impl Fn(&str, Option<PassphraseSource>) -> Result<Arc<dyn Signer>, SignerError>
    + Send
    + Sync
    + 'static {
        let module = module.into();
        move |uri, pin_of_pair| {
            let uri: Pkcs11Uri = uri
                .parse()
                .map_err(|error| SignerError::with_source(SignerProblem::Refused, error))?;
            let uri = of_file(uri, &module)?;
            let pin = pin_of_pair.or_else(|| pin.clone());
            Ok(Arc::new(Self::open(&uri, pin)?))
        }
    }

    /// Makes an RSA key of 2048 bits in the token that the URI names, under its label, and opens
    /// it. The key is sensitive and cannot be extracted.
    ///
    /// # Errors
    ///
    /// [`Error::KeyExists`] if the label or the id is in use, [`Error::KeyUnnamed`] and
    /// [`Error::KeyExposed`], or as [`open`](Self::open).
    pub fn make(uri: &Pkcs11Uri, pin: Option<PassphraseSource>) -> Result<Self, Error> {
        let (module, pin) = prepare(uri, pin)?;
        Self::make_prepared(uri, module, pin)
    }

    /// Opens the key that the URI names, or makes it as [`make`](Self::make) does if its token has
    /// none of that label and id.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`make`](Self::make).
    pub fn open_or_make(uri: &Pkcs11Uri, pin: Option<PassphraseSource>) -> Result<Self, Error> {
        let (module, pin) = prepare(uri, pin)?;
        match Self::open_prepared(uri, Arc::clone(&module), Arc::clone(&pin)) {
            Err(Error::KeyNotFound) => Self::make_prepared(uri, module, pin),
            opened => opened,
        }
    }

    fn make_prepared(uri: &Pkcs11Uri, module: Arc<Module>, pin: Arc<Pin>) -> Result<Self, Error> {
        retried(&module, || {
            let entered = module.enter();
            let token = Token::find(&entered, uri)?;
            let session = token.writing_session()?;
            pin.log_in(&module, &session, &token.info)?;
            key_pair::make(&session, uri)
        })?;
        Self::open_prepared(uri, module, pin)
    }

    fn open_prepared(uri: &Pkcs11Uri, module: Arc<Module>, pin: Arc<Pin>) -> Result<Self, Error> {
        let (uri, public_key, schemes, sessions) = retried(&module, || {
            let entered = module.enter();
            let token = Token::find(&entered, uri)?;
            let session = token.session()?;
            pin.log_in(&module, &session, &token.info)?;
            let key = key_objects::private_key(&session, uri)?;
            let (kind, public_key) = key_objects::public_half(&session, key)?;
            let mechanisms = token.mechanisms()?;
            let schemes = mechanism::schemes(kind, |it| mechanisms.contains(&it));
            if schemes.is_empty() {
                return Err(Error::Unusable(UnusableKey::Mechanism));
            }
            let sessions = SessionPool::new(token.most_sessions());
            let uri = uri.clone().of_serial(token.info.serial_number());
            Ok((uri, public_key, schemes, sessions))
        })?;
        Ok(Self {
            module,
            uri,
            pin,
            public_key: public_key.into(),
            schemes,
            sessions,
        })
    }

    /// Returns the URI, with the serial number of its token.
    #[must_use]
    pub const fn uri(&self) -> &Pkcs11Uri {
        &self.uri
    }

    fn sign_once(&self, scheme: SignatureScheme, input: &[u8]) -> Result<Vec<u8>, Error> {
        let entered = self.module.enter();
        let start = entered.start();
        let sign = |session: &KeySession| {
            let mechanism = mechanism::mechanism(scheme);
            let signature = session.session.sign(&mechanism, session.key, input);
            Ok(signature.map_err(DeviceFailure::from)?)
        };
        let outcome = self
            .sessions
            .with(start, || self.open_session(&entered), sign);
        if outcome.as_ref().is_err_and(Error::is_stale) {
            self.sessions.clear(start);
        }
        outcome
    }

    fn open_session(&self, entered: &Entered<'_>) -> Result<KeySession, Error> {
        let token = Token::find(entered, &self.uri)?;
        let session = token.session()?;
        self.pin.log_in(&self.module, &session, &token.info)?;
        let key = key_objects::private_key(&session, &self.uri)?;
        let (_, public_key) = key_objects::public_half(&session, key)?;
        // Another key of that name signs nothing that fits our certificate.
        if *public_key != *self.public_key {
            return Err(Error::KeyNotFound);
        }
        Ok(KeySession {
            session,
            key,
            start: entered.start(),
        })
    }
}

impl Signer for TokenKey {
    fn public_key(&self) -> SubjectPublicKeyInfoDer<'_> {
        SubjectPublicKeyInfoDer::from(&*self.public_key)
    }

    fn schemes(&self) -> &[SignatureScheme] {
        &self.schemes
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        if !self.schemes.contains(&scheme) {
            return Err(SignerProblem::NotAllowed.into());
        }
        let input = mechanism::input(scheme, message);
        // What was remembered may be out of date, so another session comes before a new start.
        let again = || match self.sign_once(scheme, &input) {
            Err(error) if error.is_stale() => self.sign_once(scheme, &input),
            outcome => outcome,
        };
        let signature = retried(&self.module, again)?;
        mechanism::output(scheme, signature).ok_or_else(|| SignerProblem::Other.into())
    }
}

impl Drop for TokenKey {
    fn drop(&mut self) {
        let entered = self.module.enter();
        self.sessions.clear(entered.start());
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey")
            .field("uri", &self.uri.to_string())
            .field("schemes", &self.schemes)
            .finish_non_exhaustive()
    }
}

/// Names the module of a URI that a file holds. The file decides neither what is run nor what is
/// read.
fn of_file(uri: Pkcs11Uri, module: &Path) -> Result<Pkcs11Uri, Error> {
    if uri.module_path().is_some_and(|path| path != module) {
        return Err(Error::ModuleOfFile);
    }
    if uri.pin_source().is_some() {
        return Err(Error::PinSourceOfFile);
    }
    Ok(uri.or_module_path(module))
}

/// Loads the module of a URI, and takes the source of its PIN.
fn prepare(
    uri: &Pkcs11Uri,
    pin: Option<PassphraseSource>,
) -> Result<(Arc<Module>, Arc<Pin>), Error> {
    let path = uri.module_path().ok_or(Error::ModuleUnnamed)?;
    let module = Module::load(path)?;
    let pin = uri.pin_source().map(PassphraseSource::file).or(pin);
    Ok((module, Arc::new(Pin::new(pin))))
}

/// Works, and once more after the module was started anew, if that may help.
fn retried<T>(module: &Module, work: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    let start = module.enter().start();
    match work() {
        Err(error) if error.is_stale() => {
            tracing::info!(%error, "the token is looked for again");
            module.start_anew(start).map_err(DeviceFailure::from)?;
            work()
        }
        outcome => outcome,
    }
}
