//! A module: the library of a device, loaded once for the whole process.
//!
//! [PKCS#11 3.1], section 5.4, makes its state the process's: `C_Initialize` fails the second time,
//! and `C_Finalize` ends the sessions of everyone. So what is loaded is in one table by path, and
//! stays: modules do not bear being unloaded. Every call enters through a gate that is closed while
//! the module is started anew, which some need before they list a token that was put back.
//!
//! [PKCS#11 3.1]: https://docs.oasis-open.org/pkcs11/pkcs11-spec/v3.1/pkcs11-spec-v3.1.html

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as CryptokiError, RvError};

use crate::error::Error;
use crate::wrong_pins::WrongPins;

/// The modules of this process, by their paths.
static LOADED: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());

/// A module that was started.
pub(crate) struct Module {
    context: Pkcs11,
    gate: RwLock<Start>,
    wrong_pins: Mutex<WrongPins>,
}

/// The latest start of a module.
struct Start {
    /// Counts the starts: what was opened before another one is gone.
    number: u64,
    at: Instant,
}

/// A module that is not started anew as long as this is held.
pub(crate) struct Entered<'a> {
    pub(crate) context: &'a Pkcs11,
    start: RwLockReadGuard<'a, Start>,
}

impl Entered<'_> {
    /// Returns the number of the start that sessions opened now belong to.
    pub(crate) fn start(&self) -> u64 {
        self.start.number
    }
}

impl Module {
    /// Loads the module at this path, unless that was done before.
    pub(crate) fn load(path: &Path) -> Result<Arc<Self>, Error> {
        let failed = |source: CryptokiError| Error::Module {
            path: path.to_owned(),
            source: source.into(),
        };
        // One library by two names would be started twice.
        let name = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut loaded = locked(&LOADED);
        if let Some(module) = loaded.get(&name) {
            return Ok(Arc::clone(module));
        }
        let context = Pkcs11::new(&name).map_err(failed)?;
        start(&context).map_err(failed)?;
        let module = Arc::new(Self {
            context,
            gate: RwLock::new(Start {
                number: 0,
                at: Instant::now(),
            }),
            wrong_pins: Mutex::default(),
        });
        loaded.insert(name, Arc::clone(&module));
        Ok(module)
    }

    /// Enters the module for some calls. Not to be nested: another thread may be waiting to start
    /// it anew.
    pub(crate) fn enter(&self) -> Entered<'_> {
        Entered {
            context: &self.context,
            start: self.gate.read().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Starts the module anew, unless that was done since the start of this number, or a moment
    /// ago: it ends the sessions of all its tokens.
    pub(crate) fn start_anew(&self, since: u64) -> Result<(), CryptokiError> {
        let mut latest = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        if latest.number != since || latest.at.elapsed() < BETWEEN_STARTS {
            return Ok(());
        }
        match self.context.clone().finalize() {
            Ok(()) | Err(CryptokiError::Pkcs11(RvError::CryptokiNotInitialized, _)) => {}
            Err(error) => return Err(error),
        }
        // Also if it does not start: no session is left.
        *latest = Start {
            number: latest.number + 1,
            at: Instant::now(),
        };
        start(&self.context)
    }

    /// Returns the PINs that were wrong. Held during a login, so that two threads do not try one
    /// PIN.
    pub(crate) fn wrong_pins(&self) -> MutexGuard<'_, WrongPins> {
        locked(&self.wrong_pins)
    }
}

/// The least time from one start to the next.
const BETWEEN_STARTS: Duration = Duration::from_millis(200);

/// Starts a module, which something else in this process may have done already.
fn start(context: &Pkcs11) -> Result<(), CryptokiError> {
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Err(CryptokiError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        started => started,
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
