//! The state that a mock keeps from one start to the next: CAs, certificates, revocations, and
//! which accounts enforce mutual TLS.
//!
//! It keeps what clients hold on to, and what the portal shows. Transactions, tokens, sessions of
//! browsers, scripts, the clock, the settings of the service and the log are those of one start.

mod contents;
mod folder;
mod form;

use std::path::Path;

use mock_tls::Pki;
use rcgen::KeyPair;
use time::OffsetDateTime;

use crate::error::Error;
use crate::state::contents::OWNER;
use crate::state::folder::StateFolder;
use crate::state::form::StateFile;

pub(crate) use contents::{Contents, Snapshot};

/// The state of an earlier mock, or that of a new one, and where it is kept.
pub(crate) struct State {
    pub(crate) contents: Contents,
    pub(crate) keeper: Keeper,
}

/// Keeps what changes, if there is a folder for it.
pub(crate) struct Keeper(Option<StateFolder>);

impl State {
    /// Returns the state of a mock that keeps nothing.
    pub(crate) fn fleeting(now: OffsetDateTime) -> Result<Self, Error> {
        Ok(Self {
            contents: Contents::new(Pki::generate(OWNER, now)?, None),
            keeper: Keeper(None),
        })
    }

    /// Returns the state in a folder, or a new one if there is none in it. The folder is this
    /// mock's alone from now on.
    pub(crate) fn open(folder: &Path, now: OffsetDateTime) -> Result<Self, Error> {
        let folder = StateFolder::lock(folder)?;
        let contents = match folder.read()? {
            Some(json) => StateFile::read(&json)
                .and_then(StateFile::contents)
                .map_err(|flaw| folder.damaged(flaw))?,
            None => {
                let key = KeyPair::generate().map_err(mock_tls::Error::certificate)?;
                let key_pem = key.serialize_pem();
                let pki = Pki::generate(OWNER, now)?.server_key(key);
                Contents::new(pki, Some(key_pem))
            }
        };
        Ok(Self {
            contents,
            keeper: Keeper(Some(folder)),
        })
    }
}

impl Keeper {
    /// Keeps this. When it returns, the state is on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::WriteState`]; the folder has the state of before then.
    pub(crate) fn keep<'a>(&self, snapshot: impl FnOnce() -> Snapshot<'a>) -> Result<(), Error> {
        let Some(folder) = &self.0 else {
            return Ok(());
        };
        // Read under the folder's lock, or an older state could be written after a newer one.
        folder.write(|| StateFile::of(snapshot()).json())
    }
}
